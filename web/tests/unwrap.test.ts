import type { Position } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { describe, expect, it } from "vitest";
import atlas from "world-atlas/countries-50m.json";

import { unwrap, unwrapRing } from "../src/map/unwrap";

function widest(ring: readonly Position[]): number {
  let most = 0;
  for (let n = 1; n < ring.length; n++) {
    const [from, to] = [ring[n - 1]?.[0] ?? 0, ring[n]?.[0] ?? 0];
    most = Math.max(most, Math.abs(to - from));
  }
  return most;
}

describe("land across the 180th meridian", () => {
  it("goes on beyond it instead of around the Earth", () => {
    const fiji = [
      [179, -16],
      [-179, -16],
      [-179, -17],
      [179, -17],
      [179, -16],
    ];
    expect(unwrapRing(fiji)).toEqual([
      [179, -16],
      [181, -16],
      [181, -17],
      [179, -17],
      [179, -16],
    ]);
  });

  it("that holds a pole is closed along it", () => {
    const ring = [
      [-180, -70],
      [-90, -72],
      [0, -71],
      [90, -72],
      [179, -70],
      [-180, -70],
    ];
    const flat = unwrapRing(ring);
    expect(flat.slice(-4)).toEqual([
      [180, -70],
      [180, -90],
      [-180, -90],
      [-180, -70],
    ]);
  });

  it("elsewhere stays as it was", () => {
    const square = [
      [10, 50],
      [11, 50],
      [11, 51],
      [10, 50],
    ];
    expect(unwrapRing(square)).toEqual(square);
  });

  it("of the map that ships with the page nowhere jumps, but along the pole", () => {
    const topology = atlas as unknown as Topology<{ countries: GeometryCollection }>;
    const jumping: unknown[] = [];
    for (const country of feature(topology, topology.objects.countries).features) {
      const shape = unwrap(country.geometry);
      const polygons =
        shape.type === "Polygon"
          ? [shape.coordinates]
          : shape.type === "MultiPolygon"
            ? shape.coordinates
            : [];
      for (const ring of polygons.flat()) {
        const land = ring.filter(([, latitude]) => latitude !== -90);
        if (widest(land) > 180 && land.length === ring.length) {
          jumping.push(country.properties);
        }
      }
    }
    expect(jumping).toEqual([]);
  });
});
