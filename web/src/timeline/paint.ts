/** Draws the timeline onto a canvas. All deciding is in `model.ts`. */

import { type Gap, gapEnd, type Loss, MINUTE_US, type Span, ticks, type View, xAt } from "./model";

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
}

export interface Scene {
  readonly view: View;
  readonly zone: string;
  readonly spans: readonly Span[];
  readonly gaps: readonly Gap[];
  readonly losses: readonly Loss[];
  readonly nowUs: number;
  readonly playheadUs: number | null;
  readonly hoverUs: number | null;
  readonly heightPx: number;
}

const LABELS_PX = 22;
const FONT = "12px ui-sans-serif, system-ui, sans-serif";

/** Reasons that are somebody's wish rather than a fault. */
const WISHED = new Set(["not_wanted", "stopped"]);

export function isFault(reason: string): boolean {
  return !WISHED.has(reason);
}

export function paint(context: CanvasRenderingContext2D, scene: Scene, colours: Colours): void {
  const { view, heightPx } = scene;
  context.clearRect(0, 0, view.widthPx, heightPx);
  const top = LABELS_PX;
  const height = heightPx - top - 6;
  context.fillStyle = colours.ground;
  context.fillRect(0, top, view.widthPx, height);
  paintTicks(context, scene, colours);
  for (const gap of scene.gaps) paintGap(context, scene, gap, colours, top, height);
  for (const span of scene.spans) paintSpan(context, scene, span, colours, top, height);
  for (const loss of scene.losses) {
    const x = xAt(view, loss.startUs);
    const width = Math.max(2, xAt(view, loss.startUs + MINUTE_US) - x);
    context.fillStyle = colours.loss;
    context.fillRect(x, top + height - 7, width, 4);
  }
  paintFuture(context, scene, colours, top, height);
  if (scene.hoverUs !== null) {
    context.fillStyle = colours.text;
    context.globalAlpha = 0.5;
    context.fillRect(Math.round(xAt(view, scene.hoverUs)), top, 1, height);
    context.globalAlpha = 1;
  }
  if (scene.playheadUs !== null) paintPlayhead(context, scene, colours, scene.playheadUs);
}

function paintTicks(context: CanvasRenderingContext2D, scene: Scene, colours: Colours): void {
  context.font = FONT;
  context.textBaseline = "middle";
  for (const tick of ticks(scene.view, scene.zone)) {
    const x = Math.round(xAt(scene.view, tick.us));
    context.fillStyle = colours.line;
    context.fillRect(x, tick.major ? 4 : 14, 1, scene.heightPx);
    context.fillStyle = tick.major ? colours.textStrong : colours.text;
    context.fillText(tick.label, x + 5, LABELS_PX / 2);
  }
}

function paintSpan(
  context: CanvasRenderingContext2D,
  scene: Scene,
  span: Span,
  colours: Colours,
  top: number,
  height: number,
): void {
  const x0 = Math.max(-2, xAt(scene.view, span.start_us));
  const x1 = Math.min(scene.view.widthPx + 2, xAt(scene.view, span.end_us));
  if (x1 < -1 || x0 > scene.view.widthPx + 1) return;
  context.fillStyle = colours.footage;
  context.fillRect(x0, top + 3, Math.max(1, x1 - x0), height - 6);
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
  context.fillRect(x0, top + 3, width, height - 6);
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
  context.fillRect(x - 1, LABELS_PX - 4, 2, scene.heightPx - LABELS_PX + 4);
  context.beginPath();
  context.moveTo(x - 6, LABELS_PX - 6);
  context.lineTo(x + 6, LABELS_PX - 6);
  context.lineTo(x, LABELS_PX + 3);
  context.closePath();
  context.fill();
}
