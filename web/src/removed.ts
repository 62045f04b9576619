/** What a page says of a camera that was removed. Pure. */

import { ApiError, wordsOf } from "./api/problem";
import type { Camera } from "./api/types";
import { momentWords } from "./words";

/** Above its footage, or instead of it where it may not be watched; empty of one that is there. */
export function removedWords(camera: Camera, nowUs: number, zone: string): string {
  if (typeof camera.removed_us !== "number") return "";
  const when = momentWords(camera.removed_us, nowUs, zone);
  return camera.rights.includes("replay")
    ? `This camera was removed: ${when}. What it recorded stays here until its time is up.`
    : `This camera was removed: ${when}. What it recorded is kept, but you may not watch recorded footage. Ask an administrator for the right.`;
}

/** Why there is no camera to show, and what to do. */
export function missingWords(error: unknown): string {
  if (!(error instanceof ApiError) || error.status !== 404) return wordsOf(error);
  return "It was removed and its footage is erased, or you have no right to see it. Exports that were made of it are still on the page of exports; an auditor finds in the event log who removed it.";
}
