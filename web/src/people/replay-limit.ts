/** How far back a role lets footage be seen, as it is typed: in days. Pure. */

const DAY_S = 86_400;

/** What to show of a limit in seconds; empty for none. */
export function daysText(replayS: number | null): string {
  return replayS === null ? "" : Number((replayS / DAY_S).toFixed(3)).toString();
}

/**
 * The limit in seconds; null for none.
 *
 * @param typed Days, as typed or as a number field gives them; nothing is no limit.
 * @param before The limit until now: what was not touched stays exact, whatever its rounding shows.
 */
export function limitOf(typed: string | number | null, before: number | null): number | null {
  const text = typed === null ? "" : String(typed).trim();
  if (text === daysText(before)) return before;
  return text === "" ? null : Math.max(1, Math.round(Number(text) * DAY_S));
}
