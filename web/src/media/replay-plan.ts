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
export function bufferAheadS(speed: number): number {
  return Math.min(90, 12 + 8 * speed);
}

export interface ReplayView {
  readonly current: number;
  readonly ranges: readonly Range[];
}

export interface ReplayStep {
  /** Over a hole, to where there is footage again. */
  readonly seekTo: number | null;
  readonly trimTo: number | null;
  readonly ahead: number;
}

const EDGE_S = 0.08;
const KEEP_BEHIND_S = 20;

/** Cross holes, and say how much is buffered ahead. */
export function decideReplay(view: ReplayView): ReplayStep {
  const within = view.ranges.find((r) => view.current >= r.start - EDGE_S && view.current < r.end);
  const next = view.ranges.find((r) => r.start > view.current + 1e-6);
  const first = view.ranges[0];
  const trimTo =
    first && view.current - first.start > 2 * KEEP_BEHIND_S ? view.current - KEEP_BEHIND_S : null;
  if (within) {
    if (view.current < within.start) {
      return { seekTo: within.start, trimTo, ahead: within.end - within.start };
    }
    const atEdge = within.end - view.current < EDGE_S;
    const follows = next && next.start > within.end;
    return {
      seekTo: atEdge && follows ? next.start : null,
      trimTo,
      ahead: (view.ranges.at(-1)?.end ?? within.end) - view.current,
    };
  }
  return {
    seekTo: next ? next.start : null,
    trimTo,
    ahead: next ? (view.ranges.at(-1)?.end ?? 0) - view.current : 0,
  };
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
