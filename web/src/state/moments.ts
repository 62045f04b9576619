/** A moment of a replay in the address bar, so that it can be sent to somebody. */

/** The address of a page at a moment; null is live. */
export function addressOf(path: string, us: number | null): string {
  return us === null ? path : `${path}?at=${new Date(us / 1000).toISOString()}`;
}

/** The moment that an address names, microseconds; null without one. */
export function momentOf(query: URLSearchParams): number | null {
  const ms = Date.parse(query.get("at") ?? "");
  return Number.isNaN(ms) ? null : Math.max(0, ms * 1000);
}
