/** How long to wait before trying again, so that a thousand pages do not come back at once. */

const FIRST_MS = 400;
const LONGEST_MS = 10_000;

/**
 * Doubling, jittered by a third either way, capped.
 *
 * @param attempt 0 for the first retry.
 * @param random 0 to 1.
 * @returns Milliseconds.
 */
export function retryDelayMs(attempt: number, random: number = Math.random()): number {
  const base = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.67 + 0.66 * random));
}
