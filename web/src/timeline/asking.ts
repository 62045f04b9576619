/** What a timeline asks the server for, and when. Knows no page. */

import type { Gap, LossMinute, Span, StreamFootage, StreamRole } from "../api/types";
import { HOUR_US, type Loss, lossesOf, type View } from "./model";

export interface Window {
  readonly startUs: number;
  /** After the start. */
  readonly endUs: number;
  /** How much time was in sight when it was chosen. */
  readonly spanUs: number;
}

/** Beyond this a minute is too narrow to see, and there are too many of them. */
const LOSS_UP_TO_US = 30 * HOUR_US;

/** What is in sight with as much on either side, up to an hour from now; null when that is empty. */
export function windowOf(view: View, nowUs: number): Window | null {
  const startUs = Math.max(0, view.startUs - view.spanUs);
  const endUs = Math.min(view.startUs + 2 * view.spanUs, nowUs + HOUR_US);
  return endUs - startUs >= 1 ? { startUs, endUs, spanUs: view.spanUs } : null;
}

/** Whether what was asked for still covers what is in sight. */
export function covers(loaded: Window, view: View, nowUs: number): boolean {
  const endUs = Math.min(view.startUs + view.spanUs, nowUs);
  const inside = Math.max(0, view.startUs) >= loaded.startUs && endUs <= loaded.endUs;
  return inside && view.spanUs <= loaded.spanUs * 3;
}

/** The part of the API's client that is needed here. */
export interface FootageServer {
  footage(
    camera: string,
    role: StreamRole,
    startUs: number,
    endUs: number,
    signal: AbortSignal,
  ): Promise<StreamFootage | null>;
  loss(
    camera: string,
    role: StreamRole,
    startUs: number,
    endUs: number,
    signal: AbortSignal,
  ): Promise<LossMinute[]>;
}

export interface Drawn {
  readonly spans: readonly Span[];
  readonly gaps: readonly Gap[];
  readonly losses: readonly Loss[];
}

/**
 * Footage, gaps and losses of one window.
 *
 * The camera is given by value: a page that was left meanwhile belongs to another camera, or none.
 */
export async function askFootage(
  server: FootageServer,
  camera: string,
  role: StreamRole,
  window: Window,
  signal: AbortSignal,
): Promise<Drawn> {
  const { startUs, endUs } = window;
  const found = await server.footage(camera, role, startUs, endUs, signal);
  signal.throwIfAborted();
  const minutes =
    window.spanUs <= LOSS_UP_TO_US ? await server.loss(camera, role, startUs, endUs, signal) : [];
  return { spans: found?.spans ?? [], gaps: found?.gaps ?? [], losses: lossesOf(minutes) };
}
