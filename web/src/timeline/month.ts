/** The days of a month as a calendar shows them. Pure; a day is `2026-10-25`. */

export interface Month {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
}

const DAY_MS = 86_400_000;

function nameOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Whole weeks, Monday first; days of the neighbouring months fill the ends. */
export function weeksOf({ year, month }: Month): string[][] {
  const first = Date.UTC(year, month - 1, 1);
  const last = Date.UTC(year, month, 0);
  const sinceMonday = (new Date(first).getUTCDay() + 6) % 7;
  const weeks: string[][] = [];
  for (let monday = first - sinceMonday * DAY_MS; monday <= last; monday += 7 * DAY_MS) {
    weeks.push(Array.from({ length: 7 }, (_, n) => nameOf(monday + n * DAY_MS)));
  }
  return weeks;
}

export function isIn(day: string, { year, month }: Month): boolean {
  return day.startsWith(`${String(year)}-${String(month).padStart(2, "0")}-`);
}

/** The month so many months later; earlier when negative. */
export function monthBy({ year, month }: Month, by: number): Month {
  const count = year * 12 + month - 1 + by;
  return { year: Math.floor(count / 12), month: (count % 12) + 1 };
}

/** The month of a local time, given as `toLocal` of the zone gives it. */
export function monthOf(local: Date): Month {
  return { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1 };
}

/** Midnight of a day as if local time were UTC, milliseconds. */
export function midnightOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}
