import { expect, test } from "vitest";

import { neighbour, wallLayout } from "../src/parts/wall-layout";

test("tiles are as large as the window allows", () => {
  expect(wallLayout(1, 1200, 800, 8)).toMatchObject({ columns: 1, fits: true });
  expect(wallLayout(4, 1200, 800, 8).columns).toBe(2);
  expect(wallLayout(6, 1900, 900, 8).columns).toBe(3);
  expect(wallLayout(16, 1900, 1000, 8).columns).toBe(4);
});

test("whatever fits lies inside the window", () => {
  for (let count = 1; count <= 40; count++) {
    for (const [width, height] of [
      [1220, 800],
      [1900, 950],
      [900, 600],
      [3700, 2000],
    ] as const) {
      const { columns, tileWidthPx, fits } = wallLayout(count, width, height, 8);
      expect(columns * tileWidthPx + (columns - 1) * 8).toBeLessThanOrEqual(width + 0.001);
      const rows = Math.ceil(count / columns);
      if (fits) {
        expect((rows * tileWidthPx * 9) / 16 + (rows - 1) * 8).toBeLessThanOrEqual(height + 0.001);
      } else expect(tileWidthPx).toBeGreaterThanOrEqual(200);
    }
  }
});

test("a phone shows one column, two for many cameras", () => {
  expect(wallLayout(6, 374, 700, 8).columns).toBe(1);
  expect(wallLayout(20, 374, 700, 8).columns).toBe(2);
});

test("arrows go from tile to tile and stay at the edge", () => {
  // 0 1 2
  // 3 4
  expect(neighbour(0, 5, 3, "ArrowRight")).toBe(1);
  expect(neighbour(1, 5, 3, "ArrowDown")).toBe(4);
  expect(neighbour(2, 5, 3, "ArrowDown")).toBe(4);
  expect(neighbour(4, 5, 3, "ArrowDown")).toBe(4);
  expect(neighbour(0, 5, 3, "ArrowUp")).toBe(0);
  expect(neighbour(3, 5, 3, "Home")).toBe(0);
  expect(neighbour(3, 5, 3, "x")).toBeNull();
});
