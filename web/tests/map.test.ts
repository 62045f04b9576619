import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { DARK, layers, LIGHT } from "@protomaps/basemaps";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Camera, Health, Placement, Site } from "../src/api/types";
import {
  boundsOf,
  destination,
  directionTo,
  distanceM,
  heaps,
  type LngLat,
  planDirection,
  planPoint,
  turned,
  wedgePath,
  wedgeRing,
} from "../src/map/geometry";
import { changeOf, keyed, movedOnFloor, movedOnMap, newOnFloor, newOnMap } from "../src/map/place";
import { drawable, namePoints, withoutIcons, worldStyle } from "../src/map/style";
import { summarise, summaryWords, withoutCameras, worstTone } from "../src/map/summary";

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const place = fc.tuple(number(-179, 179), number(-80, 80)) as fc.Arbitrary<LngLat>;
const direction = number(-720, 720);

function apart(a: number, b: number): number {
  const off = turned(a - b);
  return Math.min(off, 360 - off);
}

describe("directions and distances on the globe", () => {
  it("bring every direction to one turn without changing it", () => {
    fc.assert(
      fc.property(number(-1e6, 1e6), (deg) => {
        const kept = turned(deg);
        expect(kept).toBeGreaterThanOrEqual(0);
        expect(kept).toBeLessThan(360);
        expect(apart(kept, deg)).toBeLessThan(1e-6);
      }),
    );
  });

  it("lead back to the distance and the direction that one set out with", () => {
    fc.assert(
      fc.property(place, direction, number(1, 50_000), (from, deg, metres) => {
        const to = destination(from, deg, metres);
        expect(distanceM(from, to)).toBeCloseTo(metres, 2);
        expect(apart(directionTo(from, to), deg)).toBeLessThan(0.01);
      }),
    );
  });

  it("go north by a degree of latitude in about 111 km", () => {
    const [lng, lat] = destination([16, 48], 0, 111_195);
    expect(lng).toBeCloseTo(16, 9);
    expect(lat).toBeCloseTo(49, 3);
  });
});

describe("the wedge that a camera sees", () => {
  it("is closed, and every point of its arc is as far away as the camera sees", () => {
    fc.assert(
      fc.property(place, direction, number(1, 360), number(1, 5000), (at, deg, viewDeg, range) => {
        const ring = wedgeRing(at, { directionDeg: deg, viewDeg }, range);
        expect(ring.length).toBeGreaterThanOrEqual(4);
        expect(ring.at(-1)).toEqual(ring[0]);
        const arc = viewDeg >= 360 ? ring : ring.slice(1, -1);
        for (const point of arc) {
          expect(distanceM(at, point)).toBeCloseTo(range, 2);
          expect(apart(directionTo(at, point), deg)).toBeLessThan(viewDeg / 2 + 0.01);
        }
      }),
    );
  });

  it("is drawn on a plan with its corner at the camera", () => {
    expect(wedgePath({ x: 10, y: 10 }, { directionDeg: 90, viewDeg: 2 }, 5)).toMatch(
      /^M10\.00 10\.00L15\.00 9\.91L15\.00 10\.09Z$/,
    );
  });

  it("turns on a plan as it does under a compass", () => {
    fc.assert(
      fc.property(direction, number(0.01, 3), (deg, far) => {
        const from = { x: 0.5, y: 0.5 };
        const to = planPoint(from, deg, far);
        expect(apart(planDirection(from, to), deg)).toBeLessThan(1e-6);
        expect(Math.hypot(to.x - from.x, to.y - from.y)).toBeCloseTo(far, 9);
      }),
    );
  });
});

describe("bounds and heaps", () => {
  it("hold every point", () => {
    fc.assert(
      fc.property(fc.array(place, { minLength: 1 }), (points) => {
        const box = boundsOf(points);
        for (const [lng, lat] of points) {
          expect(box && lng >= box.west && lng <= box.east).toBe(true);
          expect(box && lat >= box.south && lat <= box.north).toBe(true);
        }
      }),
    );
    expect(boundsOf([])).toBeNull();
  });

  it("put everything into one heap each, and nobody near another heap", () => {
    const points = fc.array(fc.record({ x: number(0, 300), y: number(0, 300) }), { maxLength: 40 });
    fc.assert(
      fc.property(points, (all) => {
        const found = heaps(all, 40);
        expect(found.flat().sort((a, b) => a - b)).toEqual(all.map((_, index) => index));
        found.forEach((heap, one) => {
          for (const other of found.slice(one + 1)) {
            for (const i of heap) {
              for (const j of other) {
                const [a, b] = [all[i], all[j]];
                if (a && b) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(40);
              }
            }
          }
        });
      }),
    );
  });
});

describe("placing by keys and by hand", () => {
  it("moves a metre, ten with Shift, and turns by five degrees", () => {
    const start = newOnMap([16.4, 48.2]);
    const at = (one: typeof start): LngLat => [one.longitude ?? 0, one.latitude ?? 0];
    const east = keyed(start, "ArrowRight", false);
    const far = keyed(start, "ArrowUp", true);
    expect(east && distanceM(at(start), at(east))).toBeCloseTo(1, 0);
    expect(far && distanceM(at(start), at(far))).toBeCloseTo(10, 0);
    expect(keyed(start, "[", false)?.direction_deg).toBe(355);
    expect(keyed(start, "}", true)?.direction_deg).toBe(15);
    expect(keyed(start, "+", false)?.range_m).toBe(33);
    expect(keyed(start, "q", false)).toBeNull();
  });

  it("never leaves the plan or the globe, whatever is pressed", () => {
    const keys = fc.array(
      fc.tuple(
        fc.constantFrom("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "[", "]", "+", "-"),
        fc.boolean(),
      ),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(keys, fc.boolean(), (pressed, onFloor) => {
        let now = onFloor ? newOnFloor("f", { x: 0.99, y: 0.01 }) : newOnMap([179.9999, 89.999]);
        for (const [key, shift] of pressed) now = keyed(now, key, shift, 1.5) ?? now;
        expect(now.direction_deg).toBeGreaterThanOrEqual(0);
        expect(now.direction_deg).toBeLessThan(360);
        if (onFloor) {
          for (const value of [now.x, now.y]) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1);
          }
          expect(now.range_widths).toBeGreaterThan(0);
          expect(now.range_widths).toBeLessThanOrEqual(2);
        } else {
          expect(Math.abs(now.latitude ?? 999)).toBeLessThanOrEqual(90);
          expect(Math.abs(now.longitude ?? 999)).toBeLessThanOrEqual(180);
          expect(now.range_m).toBeGreaterThan(0);
          expect(now.range_m).toBeLessThanOrEqual(20_000);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("keeps what was dragged beyond an edge on the edge", () => {
    expect(movedOnFloor(newOnFloor("f", { x: 0, y: 0 }), { x: 1.2, y: -3 })).toMatchObject({
      x: 1,
      y: 0,
    });
    expect(movedOnMap(newOnMap([0, 0]), [190, 0]).longitude).toBe(-170);
  });

  it("sends back the numbers without the camera", () => {
    expect(changeOf({ ...ON_MAP, camera: "c" })).not.toHaveProperty("camera");
  });
});

const ON_MAP: Placement = {
  camera: "1",
  direction_deg: 0,
  view_deg: 90,
  floor: null,
  latitude: 10,
  longitude: 20,
  range_m: 30,
  x: null,
  y: null,
  range_widths: null,
};

function camera(id: string, site: string | null, state: Health["state"] | null): Camera {
  const health = state === null ? {} : { main: { state, since_us: 0, detail: "" } as Health };
  return { id, name: id, site, enabled: true, health } as unknown as Camera;
}

const SCHOOL: Site = {
  id: "s",
  name: "School",
  time_zone: "UTC",
  address: "",
  latitude: null,
  longitude: null,
  created_us: 0,
};

describe("what the map says of a site", () => {
  it("is the state of its worst camera", () => {
    expect(worstTone(["good", "wrong", "busy"])).toBe("wrong");
    expect(worstTone(["good", "busy"])).toBe("busy");
    expect(worstTone(["quiet", "good"])).toBe("good");
    expect(worstTone([])).toBe("quiet");
  });

  it("counts, and draws a site without a place amid its cameras", () => {
    const cameras = [
      camera("1", "s", "live"),
      camera("2", "s", "offline"),
      camera("3", null, null),
    ];
    const places = new Map([
      ["1", ON_MAP],
      ["2", { ...ON_MAP, latitude: 12 }],
    ]);
    const [school, rest] = summarise([SCHOOL], cameras, places, 0, "UTC");
    expect(school).toMatchObject({ tone: "wrong", wrong: 1, at: [20, 11] });
    expect(school && summaryWords(school)).toBe("2 cameras, 1 needs attention");
    expect(rest).toMatchObject({ site: null, tone: "busy", at: null });
    expect(rest && summaryWords(rest)).toBe("1 camera");
    const placed = { ...SCHOOL, latitude: 1, longitude: 2 };
    expect(summarise([placed], [], places, 0, "UTC")[0]).toMatchObject({ at: [2, 1] });
  });

  it("keeps a site on the map whose cameras are on floors only", () => {
    const sites = [{ id: "school" }, { id: "depot" }];
    const onMap = [{ site: "depot" }, { site: null }];
    expect(withoutCameras(sites, onMap)).toEqual([{ id: "school" }]);
    expect(withoutCameras(sites, [])).toEqual(sites);
  });
});

describe("a street map without pictures from elsewhere", () => {
  const colours = { water: "#000", land: "#111", border: "#222", text: "#fff", halo: "#000" };
  const none = { type: "FeatureCollection" as const, features: [] };

  it("is a style that MapLibre takes, and asks nobody for anything", () => {
    const source = { type: "vector" as const, url: "pmtiles://http://here/maps/a.pmtiles" };
    for (const flavor of [LIGHT, DARK]) {
      const drawn = layers("street", flavor, { lang: "en" }).filter(drawable);
      const style = worldStyle(none, colours, { source, layers: drawn });
      expect(validateStyleMin(style)).toEqual([]);
      expect(drawn.length).toBeGreaterThan(20);
      expect(style).not.toHaveProperty("glyphs");
      expect(style).not.toHaveProperty("sprite");
      expect(JSON.stringify(style)).not.toContain("icon-image");
    }
    expect(validateStyleMin(worldStyle(none, colours, null))).toEqual([]);
  });

  it("keeps text and drops icons, and layers that would show nothing", () => {
    const layer = {
      id: "a",
      type: "symbol",
      source: "street",
      layout: { "icon-image": "x", "text-field": "y" },
    } as const;
    expect(withoutIcons(layer)).toMatchObject({ layout: { "text-field": "y" } });
    expect(withoutIcons(layer)).not.toHaveProperty("layout.icon-image");
    expect(drawable(layer)).toBe(true);
    expect(drawable({ ...layer, layout: { "icon-image": "x" } })).toBe(false);
    expect(drawable({ id: "b", type: "background" })).toBe(false);
  });
});

describe("the names of countries", () => {
  it("stand once each, amid the largest piece", () => {
    const square = (x: number, size: number) => [
      [
        [x, 0],
        [x + size, 0],
        [x + size, size],
        [x, size],
        [x, 0],
      ],
    ];
    const found = namePoints({
      type: "FeatureCollection",
      features: [
        {
          type: "Feature",
          properties: { name: "Two" },
          geometry: { type: "MultiPolygon", coordinates: [square(0, 1), square(10, 4)] },
        },
        { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [1, 1] } },
      ],
    });
    expect(found.features).toHaveLength(1);
    expect(found.features[0]).toMatchObject({
      properties: { name: "Two" },
      geometry: { coordinates: [12, 2] },
    });
  });
});
