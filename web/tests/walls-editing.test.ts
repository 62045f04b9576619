import { expect, test } from "vitest";

import {
  advanced,
  appended,
  type Carried,
  cursorAfter,
  historyOf,
  put,
  redo,
  regridded,
  removed,
  resized,
  undo,
} from "../src/walls/editing";
import {
  cameraContent,
  camerasOn,
  cellAt,
  type Content,
  emptySlots,
  isFree,
  type Layout,
  sameLayout,
  sequenceContent,
  SPOT,
  startLayout,
  within,
} from "../src/walls/model";
import { randomFrom } from "./random";

const nameOf = (content: Content): string => content.cameras[0] ?? content.kind;
const list = (content: Content): Carried => ({ from: "list", content });

/** Nothing overlaps and nothing sticks out: what the server would refuse. */
function isSound(layout: Layout): boolean {
  return layout.cells.every((cell, index) => within(cell, layout) && isFree(layout, cell, index));
}

test("a camera is put into an empty slot, joins a sequence and replaces another", () => {
  const empty: Layout = { columns: 3, rows: 2, cells: [] };
  const gate = put(empty, list(cameraContent("Gate")), { x: 1, y: 1 }, nameOf);
  expect(gate.layout.cells).toEqual([
    { x: 1, y: 1, w: 1, h: 1, kind: "camera", cameras: ["Gate"], dwell_s: 0 },
  ]);
  expect(gate.said).toBe("Gate is at row 2, column 2.");
  const lobby = put(gate.layout, list(cameraContent("Lobby")), { x: 1, y: 1 }, nameOf);
  expect(lobby.said).toBe("Lobby replaces Gate at row 2, column 2.");
  const turn = put(lobby.layout, list(sequenceContent(["Yard"])), { x: 0, y: 0 }, nameOf);
  const both = put(turn.layout, list(cameraContent("Roof")), { x: 0, y: 0 }, nameOf);
  expect(both.layout.cells[cellAt(both.layout, 0, 0)]?.cameras).toEqual(["Yard", "Roof"]);
  // The same camera twice in one sequence would only look like a longer turn.
  const again = put(both.layout, list(cameraContent("Roof")), { x: 0, y: 0 }, nameOf);
  expect(again.layout).toEqual(both.layout);
  expect(put(empty, list(SPOT), { x: 3, y: 0 }, nameOf).layout).toBe(empty);
});

test("two cells change places together with their sizes", () => {
  const four = startLayout(["a", "b", "c", "d"]);
  const wide: Layout = {
    columns: 3,
    rows: 2,
    cells: [
      { x: 0, y: 0, w: 2, h: 2, ...cameraContent("a") },
      { x: 2, y: 0, w: 1, h: 1, ...cameraContent("b") },
    ],
  };
  const swapped = put(wide, { from: "wall", index: 0 }, { x: 2, y: 0 }, nameOf);
  expect(swapped.said).toBe("a and b change places.");
  expect(cellAt(swapped.layout, 1, 1)).toBe(1);
  expect(swapped.layout.cells[1]).toMatchObject({ cameras: ["b"], w: 2, h: 2 });
  expect(swapped.layout.cells[0]).toMatchObject({ cameras: ["a"], x: 2, w: 1 });
  expect(camerasOn(four)).toEqual(["a", "b", "c", "d"]);
});

test("a large cell goes where it fits, and shrinks only where it must", () => {
  const layout: Layout = {
    columns: 4,
    rows: 2,
    cells: [
      { x: 0, y: 0, w: 2, h: 2, ...cameraContent("big") },
      { x: 3, y: 1, w: 1, h: 1, ...cameraContent("small") },
    ],
  };
  const shifted = put(layout, { from: "wall", index: 0 }, { x: 1, y: 1 }, nameOf).layout;
  expect(shifted.cells[0]).toMatchObject({ x: 1, y: 0, w: 2, h: 2 });
  const shrunk = put(layout, { from: "wall", index: 0 }, { x: 3, y: 0 }, nameOf).layout;
  expect(shrunk.cells[0]).toMatchObject({ x: 3, y: 0, w: 1, h: 1 });
});

test("a cell grows until something is in the way", () => {
  const layout = startLayout(["a", "b", "c"]);
  const grown = resized(layout, 2, { w: 9, h: 9 }, nameOf);
  expect(grown.layout.cells[2]).toMatchObject({ x: 0, y: 1, w: 2, h: 1 });
  const blocked = resized(layout, 0, { w: 2, h: 1 }, nameOf);
  expect(blocked.layout).toBe(layout);
  expect(blocked.said).toBe("There is no room for a to grow that way.");
  expect(resized(grown.layout, 2, { w: 1, h: 1 }, nameOf).layout).toEqual(layout);
});

test("a smaller grid moves what it can and names what it drops", () => {
  const layout: Layout = { ...startLayout(["a", "b", "c", "d", "e"]) };
  expect(layout).toMatchObject({ columns: 3, rows: 2 });
  const smaller = regridded(layout, 2, 2, nameOf);
  expect(isSound(smaller.layout)).toBe(true);
  expect(camerasOn(smaller.layout)).toEqual(["a", "b", "d", "e"]);
  expect(smaller.said).toContain("c: off the wall");
  const lower = regridded(removed(layout, 0, nameOf).layout, 2, 3, nameOf);
  // c, which lies outside now, has found the first empty slot.
  expect(lower.layout.cells[cellAt(lower.layout, 0, 0)]?.cameras).toEqual(["c"]);
  const one = regridded(layout, 1, 1, nameOf);
  expect(camerasOn(one.layout)).toEqual(["a"]);
  expect(one.said).toContain("b, c, d, e: off the wall");
});

test("a full wall says what to do", () => {
  const full = startLayout(["a"]);
  const more = appended(full, cameraContent("b"), nameOf);
  expect(more.layout).toBe(full);
  expect(more.said).toContain("Make the grid larger");
});

test("the cursor passes over a cell that covers several slots", () => {
  const layout: Layout = {
    columns: 4,
    rows: 2,
    cells: [{ x: 1, y: 0, w: 2, h: 2, ...cameraContent("a") }],
  };
  expect(cursorAfter(layout, { x: 0, y: 0 }, "ArrowRight")).toEqual({ x: 1, y: 0 });
  expect(cursorAfter(layout, { x: 1, y: 0 }, "ArrowRight")).toEqual({ x: 3, y: 0 });
  expect(cursorAfter(layout, { x: 2, y: 1 }, "ArrowLeft")).toEqual({ x: 0, y: 1 });
  expect(cursorAfter(layout, { x: 3, y: 0 }, "ArrowUp")).toEqual({ x: 3, y: 0 });
});

test("whatever is done, cells neither overlap nor stick out, and every step can be undone", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomFrom(seed);
    let history = historyOf({ columns: 1 + random(8), rows: 1 + random(8), cells: [] });
    const first = history.now;
    for (let step = 0; step < 40; step++) {
      const { now } = history;
      const slot = { x: random(now.columns), y: random(now.rows) };
      const index = random(Math.max(1, now.cells.length));
      const camera = cameraContent(`c${String(random(9))}`);
      const made = [
        () => put(now, list(camera), slot, nameOf),
        () => put(now, list(random(2) ? SPOT : sequenceContent(camera.cameras)), slot, nameOf),
        () => put(now, { from: "wall", index }, slot, nameOf),
        () => resized(now, index, { w: 1 + random(8), h: 1 + random(8) }, nameOf),
        () => removed(now, index, nameOf),
        () => regridded(now, 1 + random(8), 1 + random(8), nameOf),
        () => appended(now, camera, nameOf),
      ][random(7)]?.() ?? { layout: now };
      expect(isSound(made.layout), JSON.stringify(made.layout)).toBe(true);
      const covered = made.layout.cells.reduce((sum, cell) => sum + cell.w * cell.h, 0);
      const { columns, rows } = made.layout;
      expect(covered + emptySlots(made.layout).length).toBe(columns * rows);
      history = advanced(history, made.layout);
    }
    const last = history.now;
    const steps = history.past.length;
    for (let step = 0; step < steps; step++) history = undo(history);
    expect(sameLayout(history.now, first)).toBe(true);
    expect(undo(history)).toBe(history);
    for (let step = 0; step < steps; step++) history = redo(history);
    expect(sameLayout(history.now, last)).toBe(true);
  }
});
