/** How many columns a wall of tiles gets. Pure. */

export interface WallLayout {
  readonly columns: number;
  readonly tileWidthPx: number;
  /** Whether everything fits without scrolling. */
  readonly fits: boolean;
}

const ASPECT = 16 / 9;
const SMALLEST_PX = 232;
const PHONE_PX = 560;

/**
 * The columns that make the tiles as large as the window allows; when they would become too small
 * to see anything, the wall scrolls instead. A phone shows one column, two for many cameras.
 */
export function wallLayout(
  count: number,
  widthPx: number,
  heightPx: number,
  gapPx: number,
): WallLayout {
  const tileAt = (columns: number): number => (widthPx - gapPx * (columns - 1)) / columns;
  if (widthPx < PHONE_PX) {
    const columns = count > 8 ? 2 : 1;
    return { columns, tileWidthPx: tileAt(columns), fits: false };
  }
  let best: WallLayout = { columns: 1, tileWidthPx: 0, fits: true };
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const byHeight = ((heightPx - gapPx * (rows - 1)) / rows) * ASPECT;
    const tile = Math.min(tileAt(columns), byHeight);
    if (tile > best.tileWidthPx + 0.5) best = { columns, tileWidthPx: tile, fits: true };
  }
  if (best.tileWidthPx >= SMALLEST_PX) return best;
  const columns = Math.max(1, Math.floor((widthPx + gapPx) / (SMALLEST_PX + gapPx)));
  return { columns, tileWidthPx: tileAt(columns), fits: false };
}

/** The tile that an arrow key leads to; the same one at the edge. */
export function neighbour(
  index: number,
  count: number,
  columns: number,
  key: string,
): number | null {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (step === undefined) return null;
  const to = index + step;
  if (to >= 0 && to < count) return to;
  // From the last full row down into an incomplete one.
  if (key === "ArrowDown" && Math.floor(index / columns) < Math.floor((count - 1) / columns)) {
    return count - 1;
  }
  return index;
}
