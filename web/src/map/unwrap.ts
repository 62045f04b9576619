/**
 * Land that lies across the 180th meridian, so that a flat map can draw it. Pure.
 *
 * The borders come from a globe: a ring that crosses the meridian jumps from 180 to -180 degrees,
 * and a flat map would draw the jump as a line around the whole Earth, with land on its wrong side.
 */

import type { Geometry, Position } from "geojson";

const TURN = 360;
const POLE = 90;

/** A ring without jumps; longitudes may leave -180 to 180, which MapLibre draws on both sides. */
export function unwrapRing(ring: readonly Position[]): Position[] {
  let shift = 0;
  let before: number | null = null;
  const flat: Position[] = [];
  for (const [longitude = 0, latitude = 0] of ring) {
    if (before !== null && longitude - before > TURN / 2) shift -= TURN;
    else if (before !== null && before - longitude > TURN / 2) shift += TURN;
    before = longitude;
    flat.push([longitude + shift, latitude]);
  }
  const [first, last] = [flat[0], flat.at(-1)];
  if (shift === 0 || !first || !last) return flat;
  // Once around the Earth: it holds a pole, which on a flat map is an edge.
  const pole = (first[1] ?? 0) < 0 ? -POLE : POLE;
  return [...flat, [last[0] ?? 0, pole], [first[0] ?? 0, pole], first];
}

/** The same land, drawn right on a flat map. */
export function unwrap(shape: Geometry): Geometry {
  if (shape.type === "Polygon") {
    return { ...shape, coordinates: shape.coordinates.map(unwrapRing) };
  }
  if (shape.type === "MultiPolygon") {
    return { ...shape, coordinates: shape.coordinates.map((rings) => rings.map(unwrapRing)) };
  }
  return shape;
}
