/** Arranging a wall: every step makes a new layout and says in words what it did. Pure. */

import { plural } from "../plural";
import { type Direction, stepOf } from "./geometry";
import {
  type Area,
  type Cell,
  cellAt,
  type Content,
  contentOf,
  emptySlots,
  isFree,
  type Layout,
  LARGEST_GRID,
  sameLayout,
  sequenceContent,
  within,
} from "./model";

/** What is being carried: something new from the list, or a cell of the wall by its place. */
export type Carried =
  | { readonly from: "list"; readonly content: Content }
  | { readonly from: "wall"; readonly index: number };

export interface Slot {
  readonly x: number;
  readonly y: number;
}

export interface Change {
  readonly layout: Layout;
  /** What a screen reader says; a sentence. */
  readonly said: string;
}

export type NameOf = (content: Content) => string;

/** `row 2, column 1`, as people count. */
export function slotWords({ x, y }: Slot): string {
  return `row ${String(y + 1)}, column ${String(x + 1)}`;
}

/** Puts what is carried down at a slot; cells that are in the way change places with it. */
export function put(layout: Layout, carried: Carried, slot: Slot, nameOf: NameOf): Change {
  return carried.from === "list"
    ? putNew(layout, carried.content, slot, nameOf)
    : moved(layout, carried.index, slot, nameOf);
}

function putNew(layout: Layout, content: Content, slot: Slot, nameOf: NameOf): Change {
  const name = nameOf(content);
  const at = cellAt(layout, slot.x, slot.y);
  const before = layout.cells[at];
  if (!before) {
    const cell: Cell = { x: slot.x, y: slot.y, w: 1, h: 1, ...content };
    if (!within(cell, layout)) return { layout, said: "" };
    const cells = [...layout.cells, cell];
    return { layout: { ...layout, cells }, said: `${name} is at ${slotWords(slot)}.` };
  }
  if (before.kind === "sequence" && content.kind === "camera") {
    const next = sequenceContent([...before.cameras, ...content.cameras], before.dwell_s);
    const said = `${name} joins the sequence at ${slotWords(before)}.`;
    return { layout: withContent(layout, at, next), said };
  }
  const said = `${name} replaces ${nameOf(before)} at ${slotWords(before)}.`;
  return { layout: withContent(layout, at, content), said };
}

function moved(layout: Layout, index: number, slot: Slot, nameOf: NameOf): Change {
  const cell = layout.cells[index];
  const at = cellAt(layout, slot.x, slot.y);
  if (!cell || !within({ ...slot, w: 1, h: 1 }, layout)) return { layout, said: "" };
  const other = layout.cells[at];
  if (other && at !== index) {
    // They exchange their places with the sizes of these, so that nothing else is touched.
    const cells = layout.cells.map((one, place) => {
      if (place === index) return { ...one, ...areaOf(other) };
      if (place === at) return { ...one, ...areaOf(cell) };
      return one;
    });
    const said = `${nameOf(cell)} and ${nameOf(other)} change places.`;
    return { layout: { ...layout, cells }, said };
  }
  const area = fitting(layout, index, {
    x: at === index ? slot.x : Math.min(slot.x, layout.columns - 1),
    y: slot.y,
    w: cell.w,
    h: cell.h,
  });
  if (samePlace(area, cell)) return { layout, said: `${nameOf(cell)} stays where it is.` };
  return {
    layout: withArea(layout, index, area),
    said: `${nameOf(cell)} is at ${slotWords(area)}.`,
  };
}

/** Where a cell goes when it is put at an area: shifted into the grid, or else made smaller. */
function fitting(layout: Layout, index: number, wanted: Area): Area {
  const shifted = {
    ...wanted,
    x: Math.max(0, Math.min(wanted.x, layout.columns - wanted.w)),
    y: Math.max(0, Math.min(wanted.y, layout.rows - wanted.h)),
  };
  if (isFree(layout, shifted, index)) return shifted;
  return largest(layout, index, wanted);
}

/** The largest free area from the same upper left corner that is no larger than wanted. */
function largest(layout: Layout, index: number, wanted: Area): Area {
  let best: Area = { ...wanted, w: 1, h: 1 };
  for (let h = 1; h <= wanted.h; h++) {
    for (let w = 1; w <= wanted.w; w++) {
      const area = { ...wanted, w, h };
      if (w * h > best.w * best.h && isFree(layout, area, index)) best = area;
    }
  }
  return best;
}

/** Lets a cell cover more slots or fewer, as far as nothing else is in the way. */
export function resized(
  layout: Layout,
  index: number,
  size: { readonly w: number; readonly h: number },
  nameOf: NameOf,
): Change {
  const cell = layout.cells[index];
  if (!cell) return { layout, said: "" };
  const wanted: Area = {
    x: cell.x,
    y: cell.y,
    w: Math.max(1, Math.min(size.w, layout.columns - cell.x)),
    h: Math.max(1, Math.min(size.h, layout.rows - cell.y)),
  };
  const area = isFree(layout, wanted, index) ? wanted : largest(layout, index, wanted);
  if (samePlace(area, cell)) {
    const blocked = size.w > cell.w || size.h > cell.h;
    const said = blocked ? `There is no room for ${nameOf(cell)} to grow that way.` : "";
    return { layout, said };
  }
  const wide = plural(area.w, ["# column", "# columns"]);
  const high = plural(area.h, ["# row", "# rows"]);
  const said = `${nameOf(cell)} is ${wide} wide, ${high} high.`;
  return { layout: withArea(layout, index, area), said };
}

export function removed(layout: Layout, index: number, nameOf: NameOf): Change {
  const cell = layout.cells[index];
  if (!cell) return { layout, said: "" };
  const cells = layout.cells.filter((_, place) => place !== index);
  return { layout: { ...layout, cells }, said: `${nameOf(cell)} is off the wall.` };
}

/** Puts something into the first empty slot, for a double click in the list. */
export function appended(layout: Layout, content: Content, nameOf: NameOf): Change {
  const slot = emptySlots(layout)[0];
  if (slot) return putNew(layout, content, slot, nameOf);
  return { layout, said: "The wall is full. Make the grid larger, or drop it onto a cell." };
}

/** Changes what a cell shows; a sequence without cameras goes. */
export function refilled(layout: Layout, index: number, content: Content): Layout {
  if (content.kind === "sequence" && content.cameras.length === 0) {
    return { ...layout, cells: layout.cells.filter((_, place) => place !== index) };
  }
  return withContent(layout, index, content);
}

/**
 * Another grid: cells that stick out are made smaller, those outside go to empty slots, and what
 * finds none is dropped and named.
 */
export function regridded(layout: Layout, columns: number, rows: number, nameOf: NameOf): Change {
  const grid = { columns: clampGrid(columns), rows: clampGrid(rows) };
  const stays: Cell[] = [];
  const outside: Cell[] = [];
  for (const cell of layout.cells) {
    if (cell.x >= grid.columns || cell.y >= grid.rows) outside.push(cell);
    else {
      const w = Math.min(cell.w, grid.columns - cell.x);
      stays.push({ ...cell, w, h: Math.min(cell.h, grid.rows - cell.y) });
    }
  }
  let next: Layout = { ...grid, cells: stays };
  const dropped: string[] = [];
  for (const cell of outside) {
    const slot = emptySlots(next)[0];
    if (slot)
      next = { ...next, cells: [...next.cells, { ...contentOf(cell), ...slot, w: 1, h: 1 }] };
    else dropped.push(nameOf(cell));
  }
  const said = `The grid has ${String(grid.columns)} columns and ${String(grid.rows)} rows.`;
  const lost = dropped.length > 0 ? ` ${dropped.join(", ")}: off the wall, there is no room.` : "";
  return { layout: next, said: said + lost };
}

/** Where the cursor of the keyboard goes: to the next slot, past the cell that it is on. */
export function cursorAfter(layout: Layout, cursor: Slot, direction: Direction): Slot {
  const { x: dx, y: dy } = stepOf(direction);
  const cell = layout.cells[cellAt(layout, cursor.x, cursor.y)];
  const to = { x: cursor.x + dx, y: cursor.y + dy };
  if (cell && dx > 0) to.x = cell.x + cell.w;
  if (cell && dx < 0) to.x = cell.x - 1;
  if (cell && dy > 0) to.y = cell.y + cell.h;
  if (cell && dy < 0) to.y = cell.y - 1;
  return within({ ...to, w: 1, h: 1 }, layout) ? to : cursor;
}

function clampGrid(count: number): number {
  return Number.isFinite(count) ? Math.max(1, Math.min(LARGEST_GRID, Math.round(count))) : 1;
}

function areaOf({ x, y, w, h }: Area): Area {
  return { x, y, w, h };
}

function samePlace(a: Area, b: Area): boolean {
  return a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;
}

function withArea(layout: Layout, index: number, area: Area): Layout {
  const cells = layout.cells.map((cell, place) => (place === index ? { ...cell, ...area } : cell));
  return { ...layout, cells };
}

function withContent(layout: Layout, index: number, content: Content): Layout {
  const cells = layout.cells.map((cell, place) =>
    place === index ? { ...cell, ...contentOf(content) } : cell,
  );
  return { ...layout, cells };
}

const MOST_STEPS = 100;

/** What was done to a layout, to be undone step by step. */
export interface History {
  readonly now: Layout;
  readonly past: readonly Layout[];
  readonly undone: readonly Layout[];
}

export function historyOf(layout: Layout): History {
  return { now: layout, past: [], undone: [] };
}

/** A step that changes nothing is none. */
export function advanced(history: History, layout: Layout): History {
  if (sameLayout(history.now, layout)) return history;
  return { now: layout, past: [...history.past, history.now].slice(-MOST_STEPS), undone: [] };
}

export function undo(history: History): History {
  const before = history.past.at(-1);
  if (!before) return history;
  return { now: before, past: history.past.slice(0, -1), undone: [history.now, ...history.undone] };
}

export function redo(history: History): History {
  const after = history.undone[0];
  if (!after) return history;
  return { now: after, past: [...history.past, history.now], undone: history.undone.slice(1) };
}
