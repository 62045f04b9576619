import { expect, test } from "vitest";

import { heldByCamera } from "../src/state/held";

const of = (
  camera: string,
  bytes: number,
  oldest_us: number | null,
  removed_us: number | null,
) => ({
  camera,
  name: camera,
  removed_us,
  bytes,
  oldest_us,
});

test("streams of a camera are added up, most bytes first", () => {
  const cameras = [
    { id: "gate", name: "Gate" },
    { id: "yard", name: "Yard" },
  ];
  const usage = [of("gate", 5, 300, null), of("gate", 2, 100, null), of("yard", 9, 200, null)];
  expect(heldByCamera(cameras, usage)).toEqual([
    { id: "yard", name: "Yard", bytes: 9, oldestUs: 200, removedUs: null },
    { id: "gate", name: "Gate", bytes: 7, oldestUs: 100, removedUs: null },
  ]);
});

test("a removed camera is named for as long as it holds footage", () => {
  expect(heldByCamera([], [of("old", 4, 50, 70), of("gone", 0, null, 60)])).toEqual([
    { id: "old", name: "old", bytes: 4, oldestUs: 50, removedUs: 70 },
  ]);
});

test("a camera without footage is listed too", () => {
  expect(heldByCamera([{ id: "new", name: "New" }], [])).toEqual([
    { id: "new", name: "New", bytes: 0, oldestUs: null, removedUs: null },
  ]);
});
