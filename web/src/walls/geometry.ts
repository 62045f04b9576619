/** Where the cells of a wall lie on the screen, and what lies under a pointer. Pure; pixels. */

import { type Area, inReadingOrder, type Layout, overlap } from "./model";

export interface Board {
  readonly columns: number;
  readonly rows: number;
  /** Of a cell that covers one column. */
  readonly slotWidthPx: number;
  readonly slotHeightPx: number;
  readonly gapPx: number;
}

const ASPECT = 16 / 9;

/** The largest board of 16:9 slots that fits into a room; never larger than the room. */
export function boardOf(
  grid: { readonly columns: number; readonly rows: number },
  widthPx: number,
  heightPx: number,
  gapPx: number,
): Board {
  const { columns, rows } = grid;
  const byWidth = (widthPx - gapPx * (columns - 1)) / columns;
  const byHeight = ((heightPx - gapPx * (rows - 1)) / rows) * ASPECT;
  const slotWidthPx = Math.max(1, Math.floor(Math.min(byWidth, byHeight)));
  return { columns, rows, slotWidthPx, slotHeightPx: slotWidthPx / ASPECT, gapPx };
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where an area of the grid lies on its board. */
export function boxOf(area: Area, board: Board): Box {
  const stepX = board.slotWidthPx + board.gapPx;
  const stepY = board.slotHeightPx + board.gapPx;
  return {
    left: area.x * stepX,
    top: area.y * stepY,
    width: area.w * stepX - board.gapPx,
    height: area.h * stepY - board.gapPx,
  };
}

/** The whole board. */
export function sizeOf(board: Board): Box {
  return boxOf({ x: 0, y: 0, w: board.columns, h: board.rows }, board);
}

/** The slot under a point of the board; null outside. A gap belongs to the slot before it. */
export function slotAt(board: Board, x: number, y: number): { x: number; y: number } | null {
  const column = Math.floor(x / (board.slotWidthPx + board.gapPx));
  const row = Math.floor(y / (board.slotHeightPx + board.gapPx));
  const inside = column >= 0 && row >= 0 && column < board.columns && row < board.rows;
  return inside ? { x: column, y: row } : null;
}

export type Direction = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

export function isDirection(key: string): key is Direction {
  return ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(key);
}

export function stepOf(direction: Direction): { x: number; y: number } {
  switch (direction) {
    case "ArrowLeft":
      return { x: -1, y: 0 };
    case "ArrowRight":
      return { x: 1, y: 0 };
    case "ArrowUp":
      return { x: 0, y: -1 };
    case "ArrowDown":
      return { x: 0, y: 1 };
  }
}

/**
 * The cell that an arrow key leads to from another one, over empty slots; the same one at the edge.
 *
 * @param from Place in `cells`.
 */
export function neighbourCell(
  layout: Pick<Layout, "columns" | "rows">,
  cells: readonly Area[],
  from: number,
  direction: Direction,
): number {
  const start = cells[from];
  if (!start) return from;
  const { x: dx, y: dy } = stepOf(direction);
  const steps = dx === 0 ? layout.rows : layout.columns;
  for (let step = 1; step <= steps; step++) {
    // The band that lies so many slots beyond the edge of the cell.
    const band: Area =
      dx === 0
        ? { ...start, y: dy > 0 ? start.y + start.h + step - 1 : start.y - step, h: 1 }
        : { ...start, x: dx > 0 ? start.x + start.w + step - 1 : start.x - step, w: 1 };
    const hits = cells
      .map((cell, index) => ({ cell, index }))
      .filter(({ cell, index }) => index !== from && overlap(cell, band));
    const first = inReadingOrder(hits.map(({ cell, index }) => ({ ...cell, index })))[0];
    if (first) return first.index;
  }
  return from;
}
