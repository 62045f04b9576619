/**
 * Digital zoom: which part of a picture fills its box. Pure. Pixels of the box unless said
 * otherwise; the picture is centred in its box with its own proportions (`object-fit: contain`).
 */

export interface Zoom {
  /** 1 shows the whole picture. */
  readonly scale: number;
  /** How far the picture's centre is moved from the box's, before scaling is undone. */
  readonly dx: number;
  readonly dy: number;
}

export interface Frame {
  readonly boxWidth: number;
  readonly boxHeight: number;
  /** Of the picture itself, in its own pixels; 0 while unknown. */
  readonly pictureWidth: number;
  readonly pictureHeight: number;
}

export const WHOLE: Zoom = { scale: 1, dx: 0, dy: 0 };
export const LARGEST_SCALE = 16;
/** One press of a key. */
export const KEY_FACTOR = 1.25;
/** Part of the box by which one arrow key moves. */
export const KEY_STEP = 0.15;
const WHEEL_PX_PER_DOUBLING = 300;
const LINE_PX = 33;

/** How large the whole picture is in its box. */
export function pictureSize(frame: Frame): { width: number; height: number } {
  const { boxWidth, boxHeight, pictureWidth, pictureHeight } = frame;
  if (pictureWidth <= 0 || pictureHeight <= 0) return { width: boxWidth, height: boxHeight };
  const fit = Math.min(boxWidth / pictureWidth, boxHeight / pictureHeight);
  return { width: pictureWidth * fit, height: pictureHeight * fit };
}

/** The nearest zoom that shows nothing beyond the picture's edge that the whole view hides. */
export function clamped(zoom: Zoom, frame: Frame): Zoom {
  const scale = Math.min(LARGEST_SCALE, Math.max(1, Number.isFinite(zoom.scale) ? zoom.scale : 1));
  const { width, height } = pictureSize(frame);
  const roomX = Math.max(0, (width * scale - frame.boxWidth) / 2);
  const roomY = Math.max(0, (height * scale - frame.boxHeight) / 2);
  return { scale, dx: between(zoom.dx, roomX), dy: between(zoom.dy, roomY) };
}

function between(value: number, room: number): number {
  // `+ 0` turns -0 into 0.
  return Number.isFinite(value) ? Math.min(room, Math.max(-room, value)) + 0 : 0;
}

/**
 * Zooms so that what lies under a point stays there, as far as the edges allow.
 *
 * @param x From the box's left edge.
 * @param y From its upper edge.
 */
export function zoomedAt(zoom: Zoom, frame: Frame, factor: number, x: number, y: number): Zoom {
  const scale = Math.min(LARGEST_SCALE, Math.max(1, zoom.scale * factor));
  const grown = scale / zoom.scale;
  const px = x - frame.boxWidth / 2;
  const py = y - frame.boxHeight / 2;
  const next = { scale, dx: px - (px - zoom.dx) * grown, dy: py - (py - zoom.dy) * grown };
  return clamped(next, frame);
}

export function panned(zoom: Zoom, frame: Frame, byX: number, byY: number): Zoom {
  return clamped({ scale: zoom.scale, dx: zoom.dx + byX, dy: zoom.dy + byY }, frame);
}

/** What a turn of the wheel multiplies the scale by. */
export function wheelFactor(delta: number, mode: number): number {
  const px = mode === 0 ? delta : delta * LINE_PX;
  return 2 ** (-Math.max(-600, Math.min(600, px)) / WHEEL_PX_PER_DOUBLING);
}

/** The part of the picture that is seen, as shares of it from 0 to 1; for the overview. */
export function seenPart(zoom: Zoom, frame: Frame) {
  const { width, height } = pictureSize(frame);
  const share = (size: number, box: number, shift: number): { from: number; to: number } => {
    if (size <= 0) return { from: 0, to: 1 };
    const whole = size * zoom.scale;
    const half = Math.min(1, box / whole) / 2;
    const middle = 0.5 - shift / whole;
    return { from: Math.max(0, middle - half), to: Math.min(1, middle + half) };
  };
  const x = share(width, frame.boxWidth, zoom.dx);
  const y = share(height, frame.boxHeight, zoom.dy);
  return { left: x.from, right: x.to, top: y.from, bottom: y.to };
}

/** For `transform` of an element that fills the box, about its centre. */
export function transformOf(zoom: Zoom): string {
  if (zoom.scale === 1) return "none";
  const px = (value: number): string => `${value.toFixed(2)}px`;
  return `translate(${px(zoom.dx)}, ${px(zoom.dy)}) scale(${zoom.scale.toFixed(4)})`;
}

/** What a key does to the zoom; null when it means nothing here. */
export function zoomKey(zoom: Zoom, frame: Frame, key: string): Zoom | null {
  const { boxWidth, boxHeight } = frame;
  const centred = (factor: number): Zoom =>
    zoomedAt(zoom, frame, factor, boxWidth / 2, boxHeight / 2);
  if (key === "+" || key === "=") return centred(KEY_FACTOR);
  if (key === "-") return centred(1 / KEY_FACTOR);
  if (key === "0") return WHOLE;
  // The arrows belong to others until there is something to move.
  if (zoom.scale === 1) return null;
  if (key === "ArrowLeft") return panned(zoom, frame, boxWidth * KEY_STEP, 0);
  if (key === "ArrowRight") return panned(zoom, frame, -boxWidth * KEY_STEP, 0);
  if (key === "ArrowUp") return panned(zoom, frame, 0, boxHeight * KEY_STEP);
  if (key === "ArrowDown") return panned(zoom, frame, 0, -boxHeight * KEY_STEP);
  return null;
}
