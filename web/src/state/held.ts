/** How much footage each camera holds, removed ones included. Pure. */

import type { Camera, Usage } from "../api/types";

export interface Held {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  /** null without footage. */
  readonly oldestUs: number | null;
  /** null while the camera is there. */
  readonly removedUs: number | null;
}

/** Most bytes first. */
export function heldByCamera(
  cameras: readonly Pick<Camera, "id" | "name">[],
  usage: readonly Pick<Usage, "camera" | "name" | "removed_us" | "bytes" | "oldest_us">[],
): Held[] {
  const held = new Map<string, Held>();
  for (const { id, name } of cameras) {
    held.set(id, { id, name, bytes: 0, oldestUs: null, removedUs: null });
  }
  for (const one of usage) {
    const before = held.get(one.camera) ?? {
      id: one.camera,
      name: one.name || "A camera that nobody knows any more",
      bytes: 0,
      oldestUs: null,
      removedUs: one.removed_us,
    };
    // What a removed camera no longer holds is of no interest.
    if (before.removedUs !== null && one.bytes === 0) continue;
    const ends = [before.oldestUs, one.oldest_us].filter((us) => us !== null);
    held.set(one.camera, {
      ...before,
      bytes: before.bytes + one.bytes,
      oldestUs: ends.length > 0 ? Math.min(...ends) : null,
    });
  }
  return [...held.values()].sort((a, b) => b.bytes - a.bytes);
}
