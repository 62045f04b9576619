/**
 * What to fetch and where to play it, decided from the fragment index. Pure.
 *
 * The player's time line is wall time: second 0 is `baseUs`, so that `currentTime` names an instant
 * even across segments, restarts and formats.
 */

import type { Range } from "./decide";

/** One group of pictures, as `GET /cameras/{id}/fragments` lists it. */
export interface IndexFragment {
  readonly start_us: number;
  readonly duration_us: number;
  readonly segment_start_us: number;
  readonly offset: number;
  readonly size: number;
  readonly video_size: number;
  readonly media_start: number;
  readonly frames: number;
  readonly lost_frames: number;
  readonly key: boolean;
  readonly format_id: string;
}

export interface IndexFormat {
  readonly video_codec: string;
  readonly audio_codec: string;
  readonly width: number;
  readonly height: number;
  readonly video_timescale: number;
}

/** Holes shorter than this are rounding, not missing footage. */
export const HOLE_US = 250_000;

export function endUs(fragment: IndexFragment): number {
  return fragment.start_us + fragment.duration_us;
}

/** The fragment that shows `atUs`, or the next one after it; -1 when there is none. */
export function indexAt(fragments: readonly IndexFragment[], atUs: number): number {
  let low = 0;
  let high = fragments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const fragment = fragments[middle];
    if (fragment && endUs(fragment) <= atUs) low = middle + 1;
    else high = middle;
  }
  return low < fragments.length ? low : -1;
}

/** Where decoding must begin so that fragment `index` can be shown: the key fragment before it. */
export function keyIndex(fragments: readonly IndexFragment[], index: number): number {
  for (let i = index; i >= 0; i--) {
    const fragment = fragments[i];
    const next = fragments[i + 1];
    if (!fragment) break;
    if (i < index && next && next.start_us - endUs(fragment) > HOLE_US) return i + 1;
    if (fragment.key) return i;
  }
  return Math.max(0, index);
}

/** Merge two lists by start; a fragment listed twice stays once. */
export function merge(
  have: readonly IndexFragment[],
  more: readonly IndexFragment[],
): IndexFragment[] {
  const byStart = new Map(have.map((fragment) => [fragment.start_us, fragment]));
  for (const fragment of more) byStart.set(fragment.start_us, fragment);
  return [...byStart.values()].sort((a, b) => a.start_us - b.start_us);
}

export interface Batch {
  readonly segmentStartUs: number;
  /** First byte in the segment's file. */
  readonly offset: number;
  readonly size: number;
  readonly fragments: readonly IndexFragment[];
}

/**
 * Neighbours in one file that one request may bring.
 *
 * @param mostBytes The first fragment comes however large it is.
 */
export function nextBatch(
  fragments: readonly IndexFragment[],
  from: number,
  mostBytes: number,
): Batch | null {
  const first = fragments[from];
  if (!first) return null;
  const chosen = [first];
  let size = first.size;
  for (let i = from + 1; i < fragments.length; i++) {
    const fragment = fragments[i];
    if (!fragment) break;
    const adjacent =
      fragment.segment_start_us === first.segment_start_us &&
      fragment.offset === first.offset + size;
    if (!adjacent || fragment.format_id !== first.format_id) break;
    if (size + fragment.size > mostBytes) break;
    chosen.push(fragment);
    size += fragment.size;
  }
  return { segmentStartUs: first.segment_start_us, offset: first.offset, size, fragments: chosen };
}

/** Seconds to add to a fragment's own media time so that it plays at its wall time. */
export function playOffset(fragment: IndexFragment, timescale: number, baseUs: number): number {
  return (fragment.start_us - baseUs) / 1e6 - fragment.media_start / timescale;
}

/** How much to hold ahead, seconds: enough for the speed, bounded for the memory. */
export function bufferAheadS(speed: number, keysOnly = false): number {
  return keysOnly ? 30 + 10 * speed : Math.min(60, 12 + 8 * speed);
}

/** Footage that begins this soon counts as there: rounding, not a hole. */
const EDGE_S = 0.08;
export const KEEP_BEHIND_S = 20;

/** The buffered range that shows a moment, or begins right after it. */
export function rangeAt(ranges: readonly Range[], second: number): Range | undefined {
  return ranges.find((range) => second >= range.start - EDGE_S && second < range.end);
}

/** The buffered range within which a seek to a moment needs nothing more. */
export function heldAt(ranges: readonly Range[], second: number): Range | undefined {
  return ranges.find((range) => second >= range.start && second < range.end - EDGE_S);
}

/** Where the buffered footage that follows a moment begins; undefined when nothing follows. */
export function nextStart(ranges: readonly Range[], second: number): number | undefined {
  return ranges.find((range) => range.start > second)?.start;
}

/** What a fragment's bytes are for a player that cannot play its audio: the leading video part. */
export function videoPart(
  bytes: Uint8Array,
  batch: Batch,
  fragment: IndexFragment,
  audio: boolean,
): Uint8Array {
  const start = fragment.offset - batch.offset;
  return bytes.subarray(start, start + (audio ? fragment.size : fragment.video_size));
}

/** What follows the video part of a fragment: the boxes of its sound. */
export function audioPart(bytes: Uint8Array, batch: Batch, fragment: IndexFragment): Uint8Array {
  const start = fragment.offset - batch.offset;
  return bytes.subarray(start + fragment.video_size, start + fragment.size);
}
