import { expect, test } from "vitest";

import { type Marker, nextMarker } from "../src/timeline/lanes";

const at = (us: number): Marker => ({ us, kind: "bookmark", label: String(us) });
const MARKERS = [at(30e6), at(10e6), at(20e6)];

test("the next marker is the nearest later one, whatever their order", () => {
  expect(nextMarker(MARKERS, 0, 1, 2e6)).toBe(10e6);
  expect(nextMarker(MARKERS, 10e6, 1, 2e6)).toBe(20e6);
  expect(nextMarker(MARKERS, 30e6, 1, 2e6)).toBeNull();
});

test("back leaves the marker behind from which the replay has just begun", () => {
  expect(nextMarker(MARKERS, 31e6, -1, 2e6)).toBe(20e6);
  expect(nextMarker(MARKERS, 33e6, -1, 2e6)).toBe(30e6);
  expect(nextMarker(MARKERS, 10e6, -1, 2e6)).toBeNull();
  expect(nextMarker(MARKERS, 31e6, -1, 0)).toBe(30e6);
});

test("without markers there is nowhere to go", () => {
  expect(nextMarker([], 5, 1, 2e6)).toBeNull();
  expect(nextMarker([], 5, -1, 2e6)).toBeNull();
});
