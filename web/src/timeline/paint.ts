/** Draws the timeline onto a canvas. All deciding is in `model.ts`. */

import { type Lane, laneHeight, type Marker, type Piece } from "./lanes";
import { type Gap, gapEnd, type Loss, MINUTE_US, ticks, type View, xAt } from "./model";

export interface Colours {
  readonly ground: string;
  readonly line: string;
  readonly text: string;
  readonly textStrong: string;
  readonly footage: string;
  readonly loss: string;
  readonly wrong: string;
  readonly quiet: string;
  readonly playhead: string;
  readonly now: string;
  readonly bookmark: string;
  readonly event: string;
}

export interface Scene {
  readonly view: View;
  readonly zone: string;
  readonly lanes: readonly Lane[];
  readonly markers: readonly Marker[];
  readonly nowUs: number;
  readonly playheadUs: number | null;
  readonly hoverUs: number | null;
  readonly heightPx: number;
}

/** Height of the scale above the lanes. */
export const SCALE_PX = 22;
const MARKS_PX = 8;
/** Where the first lane begins. */
export const LANES_TOP_PX = SCALE_PX + MARKS_PX;
const BOTTOM_PX = 4;

/** How high the whole drawing is. */
export function heightOf(lanes: number): number {
  return LANES_TOP_PX + laneHeight(lanes) * Math.max(1, lanes) + BOTTOM_PX;
}

const FONT = "12px ui-sans-serif, system-ui, sans-serif";
const LANE_FONT = "11px ui-sans-serif, system-ui, sans-serif";

/** Reasons that are somebody's wish rather than a fault. */
const WISHED = new Set(["not_wanted", "stopped"]);

export function isFault(reason: string): boolean {
  return !WISHED.has(reason);
}

export function paint(context: CanvasRenderingContext2D, scene: Scene, colours: Colours): void {
  const { view, heightPx, lanes } = scene;
  context.clearRect(0, 0, view.widthPx, heightPx);
  const height = heightPx - SCALE_PX;
  context.fillStyle = colours.ground;
  context.fillRect(0, SCALE_PX, view.widthPx, height);
  paintTicks(context, scene, colours);
  const each = laneHeight(lanes.length);
  for (const [index, lane] of lanes.entries()) {
    paintLane(context, scene, lane, colours, LANES_TOP_PX + index * each, each);
  }
  paintFuture(context, scene, colours, SCALE_PX, height);
  for (const marker of scene.markers) paintMarker(context, view, marker, colours);
  if (scene.hoverUs !== null) {
    context.fillStyle = colours.text;
    context.globalAlpha = 0.5;
    context.fillRect(Math.round(xAt(view, scene.hoverUs)), SCALE_PX, 1, height);
    context.globalAlpha = 1;
  }
  if (scene.playheadUs !== null) paintPlayhead(context, scene, colours, scene.playheadUs);
}

function paintLane(
  context: CanvasRenderingContext2D,
  scene: Scene,
  lane: Lane,
  colours: Colours,
  top: number,
  height: number,
): void {
  for (const gap of lane.drawn.gaps) paintGap(context, scene, gap, colours, top, height);
  for (const piece of lane.pieces) paintPiece(context, scene, piece, colours, top, height);
  for (const loss of lane.drawn.losses) paintLoss(context, scene.view, loss, colours, top + height);
  if (scene.lanes.length < 2 || height < 11) return;
  context.font = LANE_FONT;
  context.textBaseline = "middle";
  const width = Math.min(180, context.measureText(lane.name).width);
  context.fillStyle = colours.ground;
  context.globalAlpha = 0.82;
  context.fillRect(0, top + 1, width + 12, height - 2);
  context.globalAlpha = 1;
  context.fillStyle = colours.textStrong;
  context.fillText(lane.name, 6, top + height / 2, 180);
}

function paintLoss(
  context: CanvasRenderingContext2D,
  view: View,
  loss: Loss,
  colours: Colours,
  bottom: number,
): void {
  const x = xAt(view, loss.startUs);
  const width = Math.max(2, xAt(view, loss.startUs + MINUTE_US) - x);
  if (x + width < 0 || x > view.widthPx) return;
  context.fillStyle = colours.loss;
  context.fillRect(x, bottom - 4, width, 3);
}

function paintMarker(
  context: CanvasRenderingContext2D,
  view: View,
  marker: Marker,
  colours: Colours,
): void {
  const x = Math.round(xAt(view, marker.us));
  if (x < -6 || x > view.widthPx + 6) return;
  const y = SCALE_PX + MARKS_PX / 2;
  context.fillStyle = colours[marker.kind];
  context.beginPath();
  if (marker.kind === "bookmark") {
    context.moveTo(x - 4, y - 5);
    context.lineTo(x + 4, y - 5);
    context.lineTo(x + 4, y + 5);
    context.lineTo(x, y + 1);
    context.lineTo(x - 4, y + 5);
  } else context.arc(x, y, 4, 0, 7);
  context.closePath();
  context.fill();
}

function paintTicks(context: CanvasRenderingContext2D, scene: Scene, colours: Colours): void {
  context.font = FONT;
  context.textBaseline = "middle";
  for (const tick of ticks(scene.view, scene.zone)) {
    const x = Math.round(xAt(scene.view, tick.us));
    context.fillStyle = colours.line;
    context.fillRect(x, tick.major ? 4 : 14, 1, scene.heightPx);
    context.fillStyle = tick.major ? colours.textStrong : colours.text;
    context.fillText(tick.label, x + 5, SCALE_PX / 2);
  }
}

function paintPiece(
  context: CanvasRenderingContext2D,
  scene: Scene,
  piece: Piece,
  colours: Colours,
  top: number,
  height: number,
): void {
  const x0 = Math.max(-2, xAt(scene.view, piece.start_us));
  const x1 = Math.min(scene.view.widthPx + 2, xAt(scene.view, piece.end_us));
  if (x1 < -1 || x0 > scene.view.widthPx + 1) return;
  const inset = insetOf(height);
  const high = Math.max(2, (height - 2 * inset) * piece.share);
  context.fillStyle = colours.footage;
  context.fillRect(x0, top + height - inset - high, Math.max(1, x1 - x0), high);
}

/** Air above and below the footage of a lane. */
function insetOf(height: number): number {
  return height > 30 ? 3 : 1;
}

function paintGap(
  context: CanvasRenderingContext2D,
  scene: Scene,
  gap: Gap,
  colours: Colours,
  top: number,
  height: number,
): void {
  const x0 = Math.max(-2, xAt(scene.view, gap.start_us));
  const x1 = Math.min(scene.view.widthPx + 2, xAt(scene.view, gapEnd(gap, scene.nowUs)));
  if (x1 <= x0 || x1 < 0 || x0 > scene.view.widthPx) return;
  const width = Math.max(isFault(gap.reason) ? 2 : 1, x1 - x0);
  const colour = isFault(gap.reason) ? colours.wrong : colours.quiet;
  context.fillStyle = colour;
  context.globalAlpha = isFault(gap.reason) ? 0.2 : 0.1;
  context.fillRect(x0, top + insetOf(height), width, height - 2 * insetOf(height));
  context.globalAlpha = 1;
  context.fillRect(x0, top + height / 2 - 1, width, 2);
}

function paintFuture(
  context: CanvasRenderingContext2D,
  scene: Scene,
  colours: Colours,
  top: number,
  height: number,
): void {
  const x = xAt(scene.view, scene.nowUs);
  if (x < 0 || x > scene.view.widthPx) return;
  context.fillStyle = colours.now;
  context.fillRect(Math.round(x), top, 1, height);
  context.font = FONT;
  const label = "now";
  const width = context.measureText(label).width;
  if (x + width + 10 < scene.view.widthPx) {
    context.fillStyle = colours.text;
    context.fillText(label, x + 6, top + height / 2);
  }
}

function paintPlayhead(
  context: CanvasRenderingContext2D,
  scene: Scene,
  colours: Colours,
  us: number,
): void {
  const x = Math.round(xAt(scene.view, us));
  if (x < -8 || x > scene.view.widthPx + 8) return;
  context.fillStyle = colours.playhead;
  context.fillRect(x - 1, SCALE_PX - 4, 2, scene.heightPx - SCALE_PX + 4);
  context.beginPath();
  context.moveTo(x - 6, SCALE_PX - 6);
  context.lineTo(x + 6, SCALE_PX - 6);
  context.lineTo(x, SCALE_PX + 3);
  context.closePath();
  context.fill();
}
