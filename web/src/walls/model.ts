/** A wall and its cells, and what lies where on the grid. Pure. */

export type CellKind = "camera" | "sequence" | "spot";

/** What a cell shows. */
export interface Content {
  readonly kind: CellKind;
  /** One; in order of a sequence; none of a spot. */
  readonly cameras: readonly string[];
  /** Seconds per camera of a sequence; else 0. */
  readonly dwell_s: number;
}

/** Part of the grid, in columns and rows, from 0 at the upper left. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Cell extends Area, Content {}

/** What is arranged, without a name. */
export interface Layout {
  readonly columns: number;
  readonly rows: number;
  readonly cells: readonly Cell[];
}

export const LARGEST_GRID = 8;
export const SHORTEST_DWELL_S = 2;
export const LONGEST_DWELL_S = 600;
export const MOST_IN_SEQUENCE = 64;
const USUAL_DWELL_S = 10;

export const SPOT: Content = { kind: "spot", cameras: [], dwell_s: 0 };

export function cameraContent(id: string): Content {
  return { kind: "camera", cameras: [id], dwell_s: 0 };
}

export function sequenceContent(cameras: readonly string[], dwellS = USUAL_DWELL_S): Content {
  const dwell = Number.isFinite(dwellS) ? Math.round(dwellS) : USUAL_DWELL_S;
  return {
    kind: "sequence",
    cameras: [...new Set(cameras)].slice(0, MOST_IN_SEQUENCE),
    dwell_s: Math.min(LONGEST_DWELL_S, Math.max(SHORTEST_DWELL_S, dwell)),
  };
}

export function contentOf({ kind, cameras, dwell_s }: Content): Content {
  return { kind, cameras, dwell_s };
}

export function overlap(a: Area, b: Area): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

export function within(area: Area, grid: { readonly columns: number; readonly rows: number }) {
  return (
    area.x >= 0 &&
    area.y >= 0 &&
    area.w >= 1 &&
    area.h >= 1 &&
    area.x + area.w <= grid.columns &&
    area.y + area.h <= grid.rows
  );
}

/** The cell that covers a slot of the grid, by its place in the list; -1 where there is none. */
export function cellAt(layout: Layout, x: number, y: number): number {
  return layout.cells.findIndex((cell) => overlap(cell, { x, y, w: 1, h: 1 }));
}

/** Whether nothing but `except` lies in an area of the grid. */
export function isFree(layout: Layout, area: Area, except = -1): boolean {
  return (
    within(area, layout) &&
    layout.cells.every((cell, index) => index === except || !overlap(cell, area))
  );
}

/** Slots that no cell covers, in reading order. */
export function emptySlots(layout: Layout): { x: number; y: number }[] {
  const found = [];
  for (let y = 0; y < layout.rows; y++) {
    for (let x = 0; x < layout.columns; x++) {
      if (cellAt(layout, x, y) < 0) found.push({ x, y });
    }
  }
  return found;
}

/** Cells from left to right, line by line. */
export function inReadingOrder<Of extends Area>(cells: readonly Of[]): Of[] {
  return [...cells].sort((a, b) => a.y - b.y || a.x - b.x);
}

/** Cells with a name each that stays when they move; the same camera may hang twice. */
export function keyedCells(layout: Layout): { cell: Cell; index: number; key: string }[] {
  const seen = new Map<string, number>();
  return layout.cells.map((cell, index) => {
    const name = `${cell.kind} ${cell.cameras[0] ?? ""}`;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return { cell, index, key: `${name} ${String(count)}` };
  });
}

/** Every camera that is on a wall, once, in reading order. */
export function camerasOn(layout: Layout): string[] {
  return [...new Set(inReadingOrder(layout.cells).flatMap((cell) => cell.cameras))];
}

/** Whether two layouts show the same, whatever the order of their cells. */
export function sameLayout(a: Layout, b: Layout): boolean {
  return asText(a) === asText(b);
}

function asText(layout: Layout): string {
  const cells = inReadingOrder(layout.cells).map((cell) => [
    cell.x,
    cell.y,
    cell.w,
    cell.h,
    cell.kind,
    cell.cameras,
    cell.dwell_s,
  ]);
  return JSON.stringify([layout.columns, layout.rows, cells]);
}

/** The smallest grid that holds so many cameras side by side, wider than high. */
export function gridFor(count: number): { columns: number; rows: number } {
  const columns = Math.min(LARGEST_GRID, Math.max(1, Math.ceil(Math.sqrt(count))));
  const rows = Math.min(LARGEST_GRID, Math.max(1, Math.ceil(count / columns)));
  return { columns, rows };
}

/** A layout to begin with: the first cameras, one to a cell. */
export function startLayout(cameras: readonly string[]): Layout {
  const { columns, rows } = gridFor(cameras.length);
  const cells = cameras.slice(0, columns * rows).map((id, index) => ({
    x: index % columns,
    y: Math.floor(index / columns),
    w: 1,
    h: 1,
    ...cameraContent(id),
  }));
  return { columns, rows, cells };
}
