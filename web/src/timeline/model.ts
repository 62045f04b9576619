/**
 * The timeline without a canvas: which instant lies where, what is labelled, what lies under the
 * pointer. Pure. Instants are microseconds of wall time (`Us`), places are CSS pixels.
 */

import { clockMinutes, clockSeconds, dayName, fromLocal, offsetMs, toLocal } from "./zone";

export interface View {
  readonly startUs: number;
  readonly spanUs: number;
  readonly widthPx: number;
}

export interface Span {
  readonly start_us: number;
  readonly end_us: number;
  readonly lost_frames: number;
}

export interface Gap {
  readonly start_us: number;
  /** null while it lasts. */
  readonly end_us: number | null;
  readonly reason: string;
  readonly detail: string;
}

export const SECOND_US = 1e6;
export const MINUTE_US = 60e6;
export const HOUR_US = 3_600e6;
export const DAY_US = 86_400e6;
export const NARROWEST_US = SECOND_US;
export const WIDEST_US = 45 * DAY_US;

export function xAt(view: View, us: number): number {
  return ((us - view.startUs) / view.spanUs) * view.widthPx;
}

export function usAt(view: View, x: number): number {
  return view.startUs + (x / view.widthPx) * view.spanUs;
}

/** Zooms so that the instant under `x` stays there. `factor` > 1 shows more time. */
export function zoomAt(view: View, x: number, factor: number): View {
  const spanUs = Math.min(WIDEST_US, Math.max(NARROWEST_US, view.spanUs * factor));
  const fixed = usAt(view, x);
  return { ...view, spanUs, startUs: fixed - (x / view.widthPx) * spanUs };
}

/** Moves the content by `dx` pixels to the right. */
export function pan(view: View, dx: number): View {
  return { ...view, startUs: view.startUs - (dx / view.widthPx) * view.spanUs };
}

/** Never far beyond now: the future is empty. */
export function held(view: View, nowUs: number): View {
  const latest = nowUs + view.spanUs * 0.25 - view.spanUs;
  return view.startUs > latest ? { ...view, startUs: latest } : view;
}

/** Shows `us`: unmoved when it is in sight, else at `share` of the width. */
export function reveal(view: View, us: number, share = 0.5): View {
  const x = xAt(view, us);
  if (x >= 0 && x <= view.widthPx) return view;
  return { ...view, startUs: us - view.spanUs * share };
}

export function resized(view: View, widthPx: number): View {
  return { ...view, widthPx };
}

/** The instant to play for a click: itself where there is footage, else the nearest within `px`. */
export function snap(view: View, us: number, spans: readonly Span[], px = 6): number {
  if (spans.some((span) => us >= span.start_us && us < span.end_us)) return us;
  const reach = (px / view.widthPx) * view.spanUs;
  let best = us;
  let distance = reach;
  for (const span of spans) {
    for (const edge of [span.start_us, span.end_us - 1]) {
      const away = Math.abs(edge - us);
      if (away <= distance) {
        best = edge;
        distance = away;
      }
    }
  }
  return best;
}

export function spanAt<Any extends Pick<Span, "start_us" | "end_us">>(
  spans: readonly Any[],
  us: number,
): Any | null {
  return spans.find((span) => us >= span.start_us && us < span.end_us) ?? null;
}

/** An open gap lasts until now, and no gap reaches into the future. */
export function gapEnd(gap: Gap, nowUs: number): number {
  return Math.min(gap.end_us ?? nowUs, nowUs);
}

export function gapAt(gaps: readonly Gap[], us: number, nowUs: number): Gap | null {
  return gaps.find((gap) => us >= gap.start_us && us < gapEnd(gap, nowUs)) ?? null;
}

/** A minute of which frames are known to be missing. */
export interface Loss {
  readonly startUs: number;
  readonly frames: number;
}

interface CountedMinute {
  readonly minute_us: number;
  readonly expected_frames: number;
  readonly received_frames: number;
}

/** The minutes that lost something. */
export function lossesOf(minutes: readonly CountedMinute[]): Loss[] {
  return minutes
    .map((minute) => ({
      startUs: minute.minute_us,
      frames: minute.expected_frames - minute.received_frames,
    }))
    .filter((loss) => loss.frames > 0);
}

export function lossAt(losses: readonly Loss[], us: number): Loss | null {
  return losses.find((loss) => us >= loss.startUs && us < loss.startUs + MINUTE_US) ?? null;
}

const JOIN_US = 1_500_000;

/** Adds newly recorded time; touching spans become one. */
export function grow(spans: readonly Span[], more: Span): Span[] {
  const all = [...spans, more].sort((a, b) => a.start_us - b.start_us);
  const joined: Span[] = [];
  for (const span of all) {
    const last = joined.at(-1);
    if (last && span.start_us <= last.end_us + JOIN_US) {
      const fresh = span.end_us > last.end_us;
      joined[joined.length - 1] = {
        start_us: last.start_us,
        end_us: Math.max(last.end_us, span.end_us),
        lost_frames: last.lost_frames + (fresh ? span.lost_frames : 0),
      };
    } else joined.push(span);
  }
  return joined;
}

/** Ends the gap that the new footage closes. */
export function closeGaps<Any extends Gap>(gaps: readonly Any[], footageStartUs: number): Any[] {
  return gaps.map((gap) =>
    gap.end_us === null && gap.start_us < footageStartUs ? { ...gap, end_us: footageStartUs } : gap,
  );
}

export interface Tick {
  readonly us: number;
  readonly label: string;
  /** Stronger: a new day, or a whole unit above. */
  readonly major: boolean;
}

const STEPS_S = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
] as const;
const DAY_STEPS = [1, 2, 7, 14] as const;
const DAY_MS = 86_400_000;

/** Labelled lines at least `minPx` apart, at round local times. */
export function ticks(view: View, zone: string, minPx = 84): Tick[] {
  const perPx = view.spanUs / view.widthPx;
  const wantedS = (perPx * minPx) / SECOND_US;
  const stepS = STEPS_S.find((step) => step >= wantedS);
  return stepS === undefined
    ? dayTicks(view, zone, wantedS / 86_400)
    : clockTicks(view, zone, stepS * 1_000);
}

function clockTicks(view: View, zone: string, stepMs: number): Tick[] {
  const found: Tick[] = [];
  const endMs = (view.startUs + view.spanUs) / 1_000;
  let at = aligned(view.startUs / 1_000, zone, stepMs);
  while (at <= endMs && found.length < 200) {
    const local = toLocal(at, zone);
    const midnight = local.getTime() % DAY_MS === 0;
    const label = midnight
      ? dayName(at, zone)
      : stepMs < 60_000
        ? clockSeconds(at, zone)
        : clockMinutes(at, zone);
    found.push({ us: at * 1_000, label, major: midnight });
    // From a little after: where the clocks change, the next round local time may come early.
    const next = aligned(at + 1, zone, stepMs);
    at = next > at ? next : at + stepMs;
  }
  return found;
}

/** The first instant at or after `ms` whose local time is a multiple of the step. */
function aligned(ms: number, zone: string, stepMs: number): number {
  const offset = offsetMs(ms, zone);
  const candidate = Math.ceil((ms + offset) / stepMs) * stepMs - offset;
  const there = offsetMs(candidate, zone);
  if (there === offset) return candidate;
  return Math.max(Math.ceil((ms + there) / stepMs) * stepMs - there, ms);
}

function dayTicks(view: View, zone: string, wantedDays: number): Tick[] {
  const step = DAY_STEPS.find((days) => days >= wantedDays) ?? 28;
  const found: Tick[] = [];
  const endMs = (view.startUs + view.spanUs) / 1_000;
  const firstLocal = toLocal(view.startUs / 1_000, zone).getTime();
  let day = Math.ceil(firstLocal / DAY_MS);
  day = Math.ceil(day / step) * step;
  for (; found.length < 200; day += step) {
    const at = fromLocal(day * DAY_MS, zone);
    if (at > endMs) break;
    found.push({
      us: at * 1_000,
      label: dayName(at, zone),
      major: new Date(day * DAY_MS).getUTCDay() === 1,
    });
  }
  return found;
}
