/** What a page says of a camera of which somebody may see a part only, or nothing. Pure. */

import { ApiError, wordsOf } from "./api/problem";
import type { Camera } from "./api/types";
import type { Said } from "./words";

/** Whether live pictures of a camera may be watched; a removed one has none. */
export function hasLive(camera: Camera | undefined | null): boolean {
  return camera?.rights.includes("live") === true && !isRemoved(camera);
}

export function isRemoved(camera: Camera): boolean {
  return typeof camera.removed_us === "number";
}

/** In place of the timeline, where recorded footage may not be watched; empty where it may. */
export function liveOnlyWords(cameras: readonly Camera[]): string {
  if (cameras.some(({ rights }) => rights.includes("replay"))) return "";
  return cameras.some(hasLive)
    ? "You may watch live pictures here, but not recorded footage. If you need it, ask whoever handles people and roles for the right to watch recorded footage."
    : "";
}

/** Over a picture that may not be watched live; null where it may. */
export function noLiveWords(camera: Camera): Said | null {
  if (hasLive(camera)) return null;
  if (isRemoved(camera)) {
    return {
      tone: "quiet",
      title: "No live picture",
      detail: "The camera was removed. Click on the timeline to see what it recorded.",
    };
  }
  return {
    tone: "quiet",
    title: "You may not watch this camera live",
    detail: camera.rights.includes("replay")
      ? "Click on the timeline to see what it recorded, or ask whoever handles people and roles for the right to watch live."
      : "Ask whoever handles people and roles for the right to watch live.",
  };
}

/** Over a tile in a replay whose footage may not be watched; null where it may. */
export function noReplayWords(camera: Camera): Said | null {
  if (camera.rights.includes("replay")) return null;
  return {
    tone: "quiet",
    title: "You may not watch recorded footage of this camera",
    detail: "Ask whoever handles people and roles for the right.",
  };
}

/** An address that is no camera's may not even look like one. */
const NOT_THERE = new Set([404, 422]);

/** Why there is no camera to show, and what to do. */
export function missingWords(error: unknown): string {
  if (!(error instanceof ApiError) || !NOT_THERE.has(error.status)) return wordsOf(error);
  return "The address may be mistyped, you may have no right to see this camera, or it was removed and its footage is erased. Choose a camera from the list; if somebody sent you the link, ask whoever handles people and roles for the right. Exports that were made of it stay on the page of exports, and the event log says who removed it.";
}
