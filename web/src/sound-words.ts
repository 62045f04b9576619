/** What is said of sound. */

import type { SoundKind } from "./media/replay-sound";

/** Why nothing is heard although sound was asked for. */
export function soundlessWords(answer: string): string {
  switch (answer) {
    case "absent":
      return "This camera has no sound.";
    case "busy":
      return "Too many cameras are being listened to already. Stop one, or raise playback.max_encoded_sounds.";
    default:
      return "No browser plays this camera's sound. It is recorded all the same.";
  }
}

/** The same of footage; empty when it is heard. */
export function soundlessFootageWords(kind: SoundKind | null): string {
  if (kind === "absent") return "This footage has no sound.";
  return kind === "unplayable" ? "This browser does not play the sound. The export has it." : "";
}

/** Somebody listens, and the footage goes by faster or slower than it happened. */
export function speedMutedWords(): string {
  return "Sound is heard at 1× only.";
}
