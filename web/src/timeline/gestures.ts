/**
 * Wheel, drag, pinch and click on the timeline, told as what they mean. Dragging the footage scrubs;
 * dragging the scale above it, or two fingers, or a sideways wheel, moves the time that is shown.
 */

export interface Gestures {
  /** Height of the scale at the top, CSS pixels. */
  readonly scalePx: number;
  /** The moment under the pointer is to be shown, again and again. */
  readonly onScrub: (x: number) => void;
  /** The dragging that scrubbed is over. */
  readonly onDrop: () => void;
  /** Moves the content by pixels to the right. */
  readonly onPan: (dx: number) => void;
  readonly onZoom: (x: number, factor: number) => void;
  readonly onClick: (x: number) => void;
  /** null when the pointer left. */
  readonly onHover: (x: number | null, y: number) => void;
}

const CLICK_PX = 4;
const WHEEL_ZOOM = 0.0022;

/** @returns What takes the listeners off again. */
export function listen(element: HTMLElement, gestures: Gestures): () => void {
  const pointers = new Map<number, number>();
  let travelled = 0;
  let spread = 0;
  let onScale = false;
  let scrubs = false;

  const height = (event: MouseEvent): number => event.clientY - element.getBoundingClientRect().top;
  const drop = (): void => {
    if (!scrubs) return;
    scrubs = false;
    gestures.onDrop();
  };

  const place = (event: MouseEvent): number => event.clientX - element.getBoundingClientRect().left;

  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    if (pointers.size === 0) {
      travelled = 0;
      onScale = height(event) < gestures.scalePx;
    } else drop();
    pointers.set(event.pointerId, place(event));
    spread = spreadOf(pointers);
  };

  const move = (event: PointerEvent): void => {
    const x = place(event);
    const before = pointers.get(event.pointerId);
    if (before === undefined) {
      if (event.pointerType !== "touch") gestures.onHover(x, height(event));
      return;
    }
    pointers.set(event.pointerId, x);
    const dx = x - before;
    travelled += Math.abs(dx);
    if (pointers.size === 2) {
      const now = spreadOf(pointers);
      if (spread > 0 && now > 0) gestures.onZoom(middleOf(pointers), spread / now);
      spread = now;
      gestures.onPan(dx / 2);
    } else if (travelled > CLICK_PX) {
      if (onScale) gestures.onPan(dx);
      else {
        scrubs = true;
        gestures.onScrub(x);
      }
    }
  };

  const up = (event: PointerEvent): void => {
    const known = pointers.delete(event.pointerId);
    if (pointers.size === 0) drop();
    if (known && pointers.size === 0 && travelled <= CLICK_PX && event.type === "pointerup") {
      gestures.onClick(place(event));
    }
  };

  const leave = (): void => {
    gestures.onHover(null, 0);
  };

  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways) gestures.onPan(-(event.deltaX || event.deltaY) * lines);
    else gestures.onZoom(place(event), Math.exp(event.deltaY * lines * WHEEL_ZOOM));
  };

  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", leave);
  element.addEventListener("wheel", wheel, { passive: false });
  return () => {
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", up);
    element.removeEventListener("pointercancel", up);
    element.removeEventListener("pointerleave", leave);
    element.removeEventListener("wheel", wheel);
  };
}

function spreadOf(pointers: ReadonlyMap<number, number>): number {
  const places = [...pointers.values()];
  return places.length === 2 ? Math.abs((places[0] ?? 0) - (places[1] ?? 0)) : 0;
}

function middleOf(pointers: ReadonlyMap<number, number>): number {
  const places = [...pointers.values()];
  return places.reduce((sum, x) => sum + x, 0) / Math.max(1, places.length);
}
