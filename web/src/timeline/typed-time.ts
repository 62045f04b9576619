/**
 * A moment as somebody types it: "14:05", "yesterday 8:30", "mon 7:15", "2026-10-25 02:30",
 * "25 Oct 2:30", "10 min ago", or ISO 8601 with an offset. Pure. Nights on which the clocks change
 * are told as they are: a time that exists twice gives two moments, one that does not exist none.
 */

import { fromLocal, instantsOf, offsetMs, toLocal } from "./zone";

export type Typed =
  /** Ascending; two where the clocks showed that time twice. */
  | { readonly kind: "moments"; readonly us: readonly number[] }
  /** The clocks went past it; `us` is when they did. */
  | { readonly kind: "skipped"; readonly us: number }
  | { readonly kind: "future" }
  | { readonly kind: "unclear" };

const DAY_MS = 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  w: 7 * DAY_MS,
};
const UNCLEAR: Typed = { kind: "unclear" };

/** A day without a zone, as midnight UTC in milliseconds, and whether a year was named. */
interface Day {
  readonly ms: number;
  /** Going back by this is allowed while the moment lies in the future; null for a named date. */
  readonly back: ((ms: number) => number) | null;
}

/**
 * What a text means.
 *
 * @param nowUs Wall time, microseconds; a time without a date is the latest one that has passed.
 * @param zone IANA name.
 */
export function parseMoment(text: string, nowUs: number, zone: string): Typed {
  const words = text.trim().toLowerCase().replace(/\s+/g, " ");
  const nowMs = nowUs / 1000;
  if (words === "now") return moments([nowMs]);
  const exact = exactMs(text.trim());
  if (exact !== null) return exact > nowMs ? { kind: "future" } : moments([exact]);
  const ago = agoMs(words);
  if (ago !== null) return moments([nowMs - ago]);
  const { time, rest } = takeTime(words);
  const today = startOfDay(toLocal(nowMs, zone).getTime());
  const day = rest === "" ? { ms: today, back: dayBack } : dayOf(rest, today);
  if (!day || (rest === "" && time === null)) return UNCLEAR;
  if (time === null && rest !== "") return wholeDay(day, nowMs, zone);
  return time === null ? UNCLEAR : place(day, time, nowMs, zone);
}

function moments(ms: readonly number[]): Typed {
  return { kind: "moments", us: ms.map((one) => Math.round(one * 1000)) };
}

const dayBack = (ms: number): number => ms - DAY_MS;
const weekBack = (ms: number): number => ms - 7 * DAY_MS;
const yearBack = (ms: number): number => {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear() - 1, date.getUTCMonth(), date.getUTCDate());
};

function startOfDay(localMs: number): number {
  return Math.floor(localMs / DAY_MS) * DAY_MS;
}

/** ISO 8601 with an offset or Z names an instant, whatever the zone. */
function exactMs(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i.test(text)) return null;
  const ms = Date.parse(text.replace(" ", "T"));
  return Number.isNaN(ms) ? null : ms;
}

/** `10 min ago`, `-10m`, `2 hours ago`. */
function agoMs(words: string): number | null {
  const found =
    /^-\s?(\d{1,6}(?:\.\d+)?) ?([a-z]+)$/.exec(words) ??
    /^(\d{1,6}(?:\.\d+)?) ?([a-z]+) ago$/.exec(words);
  if (!found) return null;
  const name = found[2] ?? "";
  if (!/^(s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?|w|weeks?)$/.test(name)) return null;
  return Number(found[1]) * (UNITS_MS[name[0] ?? ""] ?? 0);
}

const TIME = /(?:^|[ t])(\d{1,2})(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,3}))?)?)? ?(am|pm)?$/;

/** The time of day at the end of a text, milliseconds since midnight, and what stands before it. */
function takeTime(words: string): { time: number | null; rest: string } {
  const found = TIME.exec(words);
  // A lone number is a time only with "am" or "pm".
  if (!found || (found[2] === undefined && found[5] === undefined)) {
    return { time: null, rest: words };
  }
  let hour = Number(found[1]);
  const [minute, second] = [Number(found[2] ?? 0), Number(found[3] ?? 0)];
  const half = found[5];
  if (half !== undefined && (hour < 1 || hour > 12)) return { time: null, rest: words };
  if (half !== undefined) hour = (hour % 12) + (half === "pm" ? 12 : 0);
  if (hour > 23 || minute > 59 || second > 59) return { time: null, rest: words };
  const fraction = Number((found[4] ?? "0").padEnd(3, "0"));
  const time = ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
  return { time, rest: words.slice(0, found.index).trim().replace(/,$/, "") };
}

function dayOf(words: string, today: number): Day | null {
  if (words === "today") return { ms: today, back: null };
  if (words === "yesterday") return { ms: today - DAY_MS, back: null };
  const weekday = DAYS.findIndex((name) => isShort(words, name, 3));
  if (weekday >= 0) {
    const since = (new Date(today).getUTCDay() - weekday + 7) % 7;
    return { ms: today - since * DAY_MS, back: weekBack };
  }
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(words);
  if (iso) return dated(Number(iso[1]), Number(iso[2]), Number(iso[3]), null);
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})?$/.exec(words);
  if (dotted) return anyYear(dotted[3], Number(dotted[2]), Number(dotted[1]), today);
  const named =
    /^(\d{1,2})\.? ([a-z]+)\.?,?(?: (\d{4}))?$/.exec(words) ??
    swapped(/^([a-z]+)\.? (\d{1,2})(?:,? (\d{4}))?$/.exec(words));
  if (!named) return null;
  const month = MONTHS.findIndex((name) => isShort(named[2] ?? "", name, 3));
  return month < 0 ? null : anyYear(named[3], month + 1, Number(named[1]), today);
}

function swapped(found: RegExpExecArray | null): (string | undefined)[] | null {
  return found ? [found[0], found[2], found[1], found[3]] : null;
}

// Typed times are English in every language of the page, as the example beside the field says.
const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS = [
  ...["january", "february", "march", "april", "may", "june", "july", "august"],
  ...["september", "october", "november", "december"],
];

/** Whether a word is a name or begins like it, with at least so many letters. */
function isShort(word: string, name: string, least: number): boolean {
  return word.length >= least && name.startsWith(word);
}

function anyYear(year: string | undefined, month: number, day: number, today: number): Day | null {
  if (year !== undefined) return dated(Number(year), month, day, null);
  const thisYear = new Date(today).getUTCFullYear();
  const found = dated(thisYear, month, day, yearBack) ?? dated(thisYear - 1, month, day, null);
  return found;
}

function dated(year: number, month: number, day: number, back: Day["back"]): Day | null {
  const ms = Date.UTC(year, month - 1, day);
  const date = new Date(ms);
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return real && year >= 1970 ? { ms, back } : null;
}

function wholeDay(day: Day, nowMs: number, zone: string): Typed {
  let ms = day.ms;
  // The day begins when its midnight passes, or right after where there is none.
  if (fromLocal(ms, zone) > nowMs && day.back) ms = day.back(ms);
  const starts = fromLocal(ms, zone);
  return starts > nowMs ? { kind: "future" } : moments([starts]);
}

function place(day: Day, time: number, nowMs: number, zone: string): Typed {
  let local = day.ms + time;
  const earliest = (): number => instantsOf(local, zone)[0] ?? fromLocal(local, zone);
  if (earliest() > nowMs && day.back) local = day.back(day.ms) + time;
  const all = instantsOf(local, zone);
  if (all.length === 0) {
    const us = Math.round(fromLocal(local, zone) * 1000);
    return us > nowMs * 1000 ? { kind: "future" } : { kind: "skipped", us };
  }
  const past = all.filter((ms) => ms <= nowMs);
  return past.length === 0 ? { kind: "future" } : moments(past);
}

/** `UTC+2`, `UTC-3:30`: what tells two equal local times apart. */
export function offsetWords(us: number, zone: string): string {
  const minutes = Math.round(offsetMs(us / 1000, zone) / 60_000);
  if (minutes === 0) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const tail = rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`;
  return `UTC${minutes < 0 ? "-" : "+"}${String(hours)}${tail}`;
}
