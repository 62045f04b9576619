/** What a timeline asks the server for, and when. Knows no page. */

import type { Gap, LossMinute, Span, StreamFootage, StreamRole } from "../api/types";
import {
  closeGaps,
  DAY_US,
  grow,
  HOUR_US,
  type Loss,
  lossesOf,
  SECOND_US,
  type View,
} from "./model";

export interface Window {
  readonly startUs: number;
  /** After the start. */
  readonly endUs: number;
  /** How much time was in sight when it was chosen. */
  readonly spanUs: number;
  /** What is shorter than this cannot be seen and is not asked for; 0 asks for everything. */
  readonly resolutionUs: number;
}

/** Beyond this a minute is too narrow to see, and there are too many of them. */
const LOSS_UP_TO_US = 30 * HOUR_US;
const LOSS_AT_ONCE = 4;

/** What one pixel shows; 0 where it shows less than a second. */
function resolutionOf(view: View): number {
  const us = view.spanUs / Math.max(1, view.widthPx);
  return us < SECOND_US ? 0 : Math.floor(us);
}

/**
 * What is in sight with room on either side, up to an hour from now; null when that is empty. Of a
 * day or less the room is as wide as what is in sight, of more a quarter.
 */
export function windowOf(view: View, nowUs: number): Window | null {
  const room = view.spanUs <= DAY_US ? view.spanUs : view.spanUs / 4;
  const startUs = Math.max(0, view.startUs - room);
  const endUs = Math.min(view.startUs + view.spanUs + room, nowUs + HOUR_US);
  const resolutionUs = resolutionOf(view);
  return endUs - startUs >= 1 ? { startUs, endUs, spanUs: view.spanUs, resolutionUs } : null;
}

/** Whether what was asked for still covers what is in sight, finely enough and not too finely. */
export function covers(loaded: Window, view: View, nowUs: number): boolean {
  const endUs = Math.min(view.startUs + view.spanUs, nowUs);
  const inside = Math.max(0, view.startUs) >= loaded.startUs && endUs <= loaded.endUs;
  const fine = loaded.resolutionUs <= 2 * resolutionOf(view);
  return inside && fine && view.spanUs <= loaded.spanUs * 3;
}

/** The part of the API's client that is needed here. */
export interface FootageServer {
  footage(
    cameras: readonly string[],
    role: StreamRole,
    window: Window,
    signal: AbortSignal,
  ): Promise<StreamFootage[]>;
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
 * Footage, gaps and losses of one window, by camera.
 *
 * The cameras are given by value: a page that was left meanwhile shows others, or none.
 */
export async function askFootage(
  server: FootageServer,
  cameras: readonly string[],
  role: StreamRole,
  window: Window,
  signal: AbortSignal,
): Promise<Map<string, Drawn>> {
  if (cameras.length === 0) return new Map();
  const found = await server.footage(cameras, role, window, signal);
  signal.throwIfAborted();
  const losses = new Map<string, Loss[]>();
  if (window.spanUs <= LOSS_UP_TO_US) {
    const { startUs, endUs } = window;
    for (let i = 0; i < cameras.length; i += LOSS_AT_ONCE) {
      const some = cameras.slice(i, i + LOSS_AT_ONCE);
      await Promise.all(
        some.map(async (camera) => {
          const minutes = await server.loss(camera, role, startUs, endUs, signal);
          losses.set(camera, lossesOf(minutes));
        }),
      );
    }
  }
  return new Map(
    found.map(({ camera, spans, gaps }) => [
      camera,
      { spans, gaps, losses: losses.get(camera) ?? [] },
    ]),
  );
}

/** What is drawn, by camera. */
export type DrawnCameras = ReadonlyMap<string, Drawn>;
export const NOTHING: DrawnCameras = new Map();

/** The same with what has just been recorded of one of the cameras. */
export function withNews(
  drawn: DrawnCameras,
  news: { readonly camera: string; readonly start_us: number; readonly end_us: number },
): DrawnCameras {
  const before = drawn.get(news.camera);
  if (!before) return drawn;
  const fresh = { start_us: news.start_us, end_us: news.end_us, lost_frames: 0 };
  const spans = grow(before.spans, fresh);
  const gaps = closeGaps(before.gaps, news.start_us);
  return new Map([...drawn, [news.camera, { ...before, spans, gaps }]]);
}
