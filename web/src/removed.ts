/** What a page says of a camera that was removed. Pure. */

import type { Camera } from "./api/types";
import type { ReplayMode } from "./media/conductor";
import type { PictureState } from "./media/replay";
import { momentWords, type Said } from "./words";

/** Above its footage, or instead of it where it may not be watched; empty of one that is there. */
export function removedWords(camera: Camera, nowUs: number, zone: string): string {
  if (typeof camera.removed_us !== "number") return "";
  const when = momentWords(camera.removed_us, nowUs, zone);
  return camera.rights.includes("replay")
    ? `This camera was removed: ${when}. What it recorded stays here until its time is up.`
    : `This camera was removed: ${when}. What it recorded is kept, but you may not watch recorded footage. Ask an administrator for the right.`;
}

/** Over the picture of a removed camera where its footage ends; null before that. */
export function lastWords(picture: PictureState, mode: ReplayMode): Said | null {
  const over =
    (picture.kind === "shown" && mode === "end") || (picture.kind === "gap" && mode === "nothing");
  if (!over) return null;
  return {
    tone: "quiet",
    title: "This was the last of its footage",
    detail: "The camera was removed. Choose an earlier moment on the timeline.",
  };
}
