/** How long footage will be kept, from what comes in, what is asked for, and the room there is. Pure. */

import { plural } from "../plural";

export interface Inflow {
  readonly id: string;
  /** Bytes an hour that are recorded of it. */
  readonly bytesPerHour: number;
  /** Age at which its footage may be erased, seconds; null asks for as long as there is room. */
  readonly keepS: number | null;
  /** Most bytes to hold of it; null sets no limit. */
  readonly keepBytes: number | null;
}

export interface Forecast {
  /**
   * Age at which footage is erased because there is no more room, seconds; null when the policies
   * of all of it end earlier, so that room never runs out.
   */
  readonly horizonS: number | null;
  /** Seconds that each will be kept in the long run, by identifier; null is for ever. */
  readonly keptS: ReadonlyMap<string, number | null>;
  /** Those that will be kept for less than their policy asks. */
  readonly short: readonly string[];
}

/** How long its own policy lets something be kept, seconds; Infinity when nothing limits it. */
function limitS(one: Inflow): number {
  const byBytes =
    one.keepBytes === null || one.bytesPerHour <= 0
      ? Infinity
      : (one.keepBytes / one.bytesPerHour) * 3600;
  return Math.min(one.keepS ?? Infinity, byBytes);
}

/**
 * The state that storage settles in, when what comes in stays as it is.
 *
 * The oldest footage of all goes first when room is short, so that one age is the end for all that
 * is not erased earlier by its own policy: the age at which what is kept just fills the room.
 *
 * @param room - Bytes that footage may fill, those that it fills now included.
 */
export function forecast(inflows: readonly Inflow[], room: number): Forecast {
  const coming = inflows.filter((one) => one.bytesPerHour > 0);
  const limits = [...new Set(coming.map(limitS))].sort((a, b) => a - b);
  let [horizon, filled, reached] = [null as number | null, 0, 0];
  for (const limit of limits) {
    const growing = coming.filter((one) => limitS(one) >= limit);
    const perS = growing.reduce((sum, one) => sum + one.bytesPerHour, 0) / 3600;
    const needed = (limit - reached) * perS;
    if (filled + needed > room) {
      horizon = reached + Math.max(0, room - filled) / perS;
      break;
    }
    filled += needed;
    reached = limit;
  }
  const end = horizon ?? Infinity;
  const kept = (one: Inflow): number => Math.min(end, limitS(one));
  return {
    horizonS: horizon,
    keptS: new Map(coming.map((one) => [one.id, isFinite(kept(one)) ? kept(one) : null])),
    short: coming
      .filter((one) => one.keepS !== null && end < Math.min(one.keepS, limitS(one)))
      .map((one) => one.id),
  };
}

/** `12 days`, `7 hours`; what is more than two years is as good as for ever. */
export function keptWords(seconds: number | null): string {
  if (seconds === null || seconds > 730 * 86_400) return "more than two years";
  if (seconds >= 2 * 86_400) return plural(Math.round(seconds / 86_400), ["# day", "# days"]);
  const hours = seconds / 3600;
  if (hours >= 2) return plural(Math.round(hours), ["# hour", "# hours"]);
  return plural(Math.round(Math.max(0, seconds / 60)), ["# minute", "# minutes"]);
}
