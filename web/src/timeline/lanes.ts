/** Several cameras on one timeline: a thin lane each, or one for all. Pure. */

import { plural } from "../plural";
import { type Drawn } from "./asking";
import { type Span, type View, xAt } from "./model";

/** A moment that somebody or something has marked. */
export interface Marker {
  readonly us: number;
  readonly kind: "bookmark" | "event";
  readonly label: string;
}

/** Footage that only some of the cameras of a lane may have. */
export interface Piece {
  readonly start_us: number;
  readonly end_us: number;
  /** Of the cameras that have it, above 0 and up to 1. */
  readonly share: number;
}

export interface Lane {
  readonly cameras: readonly string[];
  readonly name: string;
  readonly pieces: readonly Piece[];
  readonly drawn: Drawn;
}

/** More cameras than these share one lane. */
export const MOST_LANES = 12;
export const EMPTY: Drawn = { spans: [], gaps: [], losses: [] };

/** One lane per camera, or one for all where there are more than `most`. */
export function lanesOf(
  cameras: readonly { readonly id: string; readonly name: string }[],
  drawn: ReadonlyMap<string, Drawn>,
  most = MOST_LANES,
): Lane[] {
  const each = cameras.map(({ id }) => drawn.get(id) ?? EMPTY);
  if (cameras.length <= most) {
    return cameras.map(({ id, name }, index) => {
      const mine = each[index] ?? EMPTY;
      const pieces = mine.spans.map((span) => ({ ...span, share: 1 }));
      return { cameras: [id], name, pieces, drawn: mine };
    });
  }
  const all: Drawn = {
    spans: [],
    gaps: each.flatMap(({ gaps }) => gaps),
    losses: each.flatMap(({ losses }) => losses),
  };
  return [
    {
      cameras: cameras.map(({ id }) => id),
      name: plural(cameras.length, ["# camera", "# cameras"]),
      pieces: shared(each.map(({ spans }) => spans)),
      drawn: all,
    },
  ];
}

/** Where how many of the cameras have footage. */
export function shared(many: readonly (readonly Span[])[]): Piece[] {
  const steps = many
    .flatMap((spans) =>
      spans.flatMap((span) => [
        { us: span.start_us, by: 1 },
        { us: span.end_us, by: -1 },
      ]),
    )
    .sort((a, b) => a.us - b.us);
  const pieces: Piece[] = [];
  let count = 0;
  let sinceUs = 0;
  for (const { us, by } of steps) {
    if (count > 0 && us > sinceUs) {
      const share = count / many.length;
      const last = pieces.at(-1);
      if (last?.end_us === sinceUs && last.share === share) {
        pieces[pieces.length - 1] = { ...last, end_us: us };
      } else pieces.push({ start_us: sinceUs, end_us: us, share });
    }
    count += by;
    sinceUs = us;
  }
  return pieces;
}

/** How high a lane is, CSS pixels. */
export function laneHeight(lanes: number): number {
  if (lanes <= 1) return 52;
  return Math.max(10, Math.min(22, Math.floor(132 / lanes)));
}

/** The lane under a place; the nearest one above or below all of them. */
export function laneAt(y: number, topPx: number, lanes: readonly Lane[]): Lane | undefined {
  const index = Math.floor((y - topPx) / laneHeight(lanes.length));
  return lanes[Math.max(0, Math.min(lanes.length - 1, index))];
}

/** The marker within a few pixels of a place, the nearest one. */
export function markerAt(
  view: View,
  markers: readonly Marker[],
  x: number,
  px = 6,
): Marker | undefined {
  let best: Marker | undefined;
  let distance = px;
  for (const marker of markers) {
    const away = Math.abs(xAt(view, marker.us) - x);
    if (away <= distance) {
      best = marker;
      distance = away;
    }
  }
  return best;
}

/**
 * The nearest marker after a moment, or before it.
 *
 * @param passedUs Back from a moment that plays, the marker just passed is meant to be left behind.
 * @returns Its moment; null where there is none.
 */
export function nextMarker(
  markers: readonly Marker[],
  us: number,
  direction: 1 | -1,
  passedUs: number,
): number | null {
  const moments = markers.map((marker) => marker.us);
  if (direction === 1) {
    const later = moments.filter((one) => one > us);
    return later.length > 0 ? Math.min(...later) : null;
  }
  const earlier = moments.filter((one) => one < us - passedUs);
  return earlier.length > 0 ? Math.max(...earlier) : null;
}
