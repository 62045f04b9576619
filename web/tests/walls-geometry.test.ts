import { expect, test } from "vitest";

import {
  boardOf,
  boxOf,
  type Direction,
  neighbourCell,
  sizeOf,
  slotAt,
} from "../src/walls/geometry";
import { cameraContent, startLayout } from "../src/walls/model";
import { randomFrom } from "./random";

test("a board fits into its room and every point of a slot leads back to it", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomFrom(seed);
    const grid = { columns: 1 + random(8), rows: 1 + random(8) };
    const width = 300 + random(3000);
    const height = 300 + random(2000);
    const board = boardOf(grid, width, height, 8);
    const whole = sizeOf(board);
    expect(whole.width).toBeLessThanOrEqual(width + 0.001);
    expect(whole.height).toBeLessThanOrEqual(height + 0.001);
    const x = random(grid.columns);
    const y = random(grid.rows);
    const box = boxOf({ x, y, w: 1, h: 1 }, board);
    const inside = { x: box.left + random(100) * 0.0099 * box.width, y: box.top + 0.5 };
    expect(slotAt(board, inside.x, inside.y)).toEqual({ x, y });
    expect(slotAt(board, -1, 5)).toBeNull();
    expect(slotAt(board, whole.width + board.gapPx + 1, 5)).toBeNull();
  }
});

test("a cell that covers several slots covers the gaps between them", () => {
  const board = boardOf({ columns: 4, rows: 4 }, 1624, 10_000, 8);
  const box = boxOf({ x: 1, y: 0, w: 2, h: 2 }, board);
  expect(box).toEqual({ left: 408, top: 0, width: 808, height: 458 });
});

test("arrows go to the nearest cell of that direction, over holes, and stay at the edge", () => {
  // a a b
  // a a .
  // c . d
  const cells = [
    { x: 0, y: 0, w: 2, h: 2 },
    { x: 2, y: 0, w: 1, h: 1 },
    { x: 0, y: 2, w: 1, h: 1 },
    { x: 2, y: 2, w: 1, h: 1 },
  ].map((area, index) => ({ ...area, ...cameraContent(String(index)) }));
  const grid = { columns: 3, rows: 3 };
  const go = (from: number, to: Direction): number => neighbourCell(grid, cells, from, to);
  expect(go(0, "ArrowRight")).toBe(1);
  expect(go(1, "ArrowDown")).toBe(3);
  expect(go(3, "ArrowLeft")).toBe(2);
  expect(go(2, "ArrowUp")).toBe(0);
  expect(go(0, "ArrowDown")).toBe(2);
  expect(go(1, "ArrowLeft")).toBe(0);
  expect(go(0, "ArrowLeft")).toBe(0);
  expect(go(3, "ArrowDown")).toBe(3);
});

test("the first wall shows everything on the smallest grid, at most 64", () => {
  expect(startLayout(["a", "b", "c", "d", "e"])).toMatchObject({ columns: 3, rows: 2 });
  expect(startLayout([])).toMatchObject({ columns: 1, rows: 1, cells: [] });
  const many = Array.from({ length: 200 }, (_, index) => String(index));
  expect(startLayout(many).cells).toHaveLength(64);
});
