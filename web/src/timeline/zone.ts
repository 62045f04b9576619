/** Local time in a named zone, by the browser's own tables, safe across clock changes. */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  return format;
}

/** The zone that this browser lives in. */
export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const cache = new Map<string, number>();
const QUARTER_MS = 900_000;

/** Local minus UTC at an instant, milliseconds. Zones change at multiples of a quarter hour. */
export function offsetMs(utcMs: number, zone: string): number {
  const quarter = Math.floor(utcMs / QUARTER_MS) * QUARTER_MS;
  const name = `${zone}/${String(quarter)}`;
  const have = cache.get(name);
  if (have !== undefined) return have;
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(quarter)) part[type] = Number(value);
  const local = Date.UTC(
    part["year"] ?? 1970,
    (part["month"] ?? 1) - 1,
    part["day"] ?? 1,
    part["hour"] ?? 0,
    part["minute"] ?? 0,
    part["second"] ?? 0,
  );
  const offset = local - quarter;
  if (cache.size > 5_000) cache.clear();
  cache.set(name, offset);
  return offset;
}

/** An instant as if local time were UTC; read it with the `getUTC...` methods. */
export function toLocal(utcMs: number, zone: string): Date {
  return new Date(utcMs + offsetMs(utcMs, zone));
}

/**
 * The instant at which a zone's clocks show a local time. A time that the clocks skip gives the
 * instant of the change; of a time that they show twice, the first.
 */
export function fromLocal(localMs: number, zone: string): number {
  const before = offsetMs(localMs - 86_400_000, zone);
  const after = offsetMs(localMs + 86_400_000, zone);
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetMs(localMs - offset, zone) === offset) return localMs - offset;
  }
  // Skipped: both readings lie around the change; the earlier offset lands right after it.
  const guess = localMs - Math.max(before, after);
  const step = QUARTER_MS;
  let instant = Math.floor(guess / step) * step;
  while (toLocal(instant, zone).getTime() < localMs) instant += step;
  return instant;
}

/**
 * Every instant at which a zone's clocks show a local time, ascending: none where they skip it, two
 * where they show it twice.
 */
export function instantsOf(localMs: number, zone: string): number[] {
  const offsets = [-86_400_000, 0, 86_400_000].map((away) => offsetMs(localMs + away, zone));
  return [...new Set(offsets)]
    .map((offset) => localMs - offset)
    .filter((ms) => toLocal(ms, zone).getTime() === localMs)
    .sort((a, b) => a - b);
}

const two = (n: number): string => String(n).padStart(2, "0");

export const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
export const MONTHS = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
] as const;

/** `23:07`. */
export function clockMinutes(utcMs: number, zone: string): string {
  const local = toLocal(utcMs, zone);
  return `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`;
}

/** `23:07:05`. */
export function clockSeconds(utcMs: number, zone: string): string {
  return `${clockMinutes(utcMs, zone)}:${two(toLocal(utcMs, zone).getUTCSeconds())}`;
}

/** `Mon 23 Nov`. */
export function dayName(utcMs: number, zone: string): string {
  const local = toLocal(utcMs, zone);
  const weekday = WEEKDAYS[local.getUTCDay()] ?? "";
  return `${weekday} ${String(local.getUTCDate())} ${MONTHS[local.getUTCMonth()] ?? ""}`;
}
