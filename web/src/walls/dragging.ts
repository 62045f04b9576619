/** A drag with mouse, pen or finger, from the press to the drop. Pure. */

import type { Carried, Slot } from "./editing";

export interface Dragging {
  readonly carried: Carried;
  /** Resizing pulls at the corner instead of carrying. */
  readonly stretches: boolean;
  readonly pointer: number;
  readonly startX: number;
  readonly startY: number;
  readonly x: number;
  readonly y: number;
  /** Whether it went far enough to be no click. */
  readonly begun: boolean;
  /** The slot under the pointer; null outside the grid. */
  readonly over: Slot | null;
}

const FAR_PX = 6;

export interface Press {
  readonly pointerId: number;
  readonly clientX: number;
  readonly clientY: number;
}

export function pressed(carried: Carried, press: Press, stretches = false): Dragging {
  const { pointerId, clientX: x, clientY: y } = press;
  const begun = false;
  return { carried, stretches, pointer: pointerId, startX: x, startY: y, x, y, begun, over: null };
}

/** The same drag a little later; another finger changes nothing. */
export function dragged(drag: Dragging, press: Press, over: Slot | null): Dragging {
  if (press.pointerId !== drag.pointer) return drag;
  const { clientX: x, clientY: y } = press;
  const begun = drag.begun || Math.hypot(x - drag.startX, y - drag.startY) >= FAR_PX;
  return { ...drag, x, y, begun, over: begun ? over : null };
}
