/** Which bookmarks a timeline knows, of which times it knows all, and how it learns of others. */

import type { Bookmark } from "../api/types";

/** From `startUs` up to but without `endUs`. */
export interface Stretch {
  readonly startUs: number;
  readonly endUs: number;
}

export interface Known {
  readonly bookmarks: ReadonlyMap<string, Bookmark>;
  /** Every bookmark that begins in these is known. */
  readonly whole: readonly Stretch[];
  /** Asked for, and there are more in them than were read. */
  readonly crowded: readonly Stretch[];
}

export const NONE_KNOWN: Known = { bookmarks: new Map(), whole: [], crowded: [] };
export const ALL_TIME: Stretch = { startUs: 0, endUs: Infinity };

/** What the API gives in one answer, and takes in one question. */
export const MOST_AT_ONCE = 500;
const MOST_CAMERAS = 64;
/** More than so many answers for one stretch show as no more than a band anyway. */
const MOST_PAGES = 4;

/** What is left of some stretches without others. */
function without(from: readonly Stretch[], taken: readonly Stretch[]): readonly Stretch[] {
  return taken.reduce<readonly Stretch[]>(
    (left, { startUs, endUs }) =>
      left
        .flatMap((one) => [
          { startUs: one.startUs, endUs: Math.min(one.endUs, startUs) },
          { startUs: Math.max(one.startUs, endUs), endUs: one.endUs },
        ])
        .filter((one) => one.endUs > one.startUs),
    from,
  );
}

/** What to ask for when `view` is shown; what is crowded only once less than it is shown. */
export function missing(known: Known, view: Stretch): readonly Stretch[] {
  const inside = known.crowded.filter(
    ({ startUs, endUs }) => view.startUs <= startUs && endUs <= view.endUs,
  );
  return without([view], [...known.whole, ...inside]);
}

/** Whether there are bookmarks in sight that are not known. */
export function isCrowded(known: Known, view: Stretch): boolean {
  return known.crowded.some(({ startUs, endUs }) => startUs < view.endUs && view.startUs < endUs);
}

/** The same with a bookmark as it is now. */
export function withBookmark(known: Known, bookmark: Bookmark): Known {
  return { ...known, bookmarks: new Map([...known.bookmarks, [bookmark.id, bookmark]]) };
}

export function withoutBookmark(known: Known, id: string): Known {
  return { ...known, bookmarks: new Map([...known.bookmarks].filter(([one]) => one !== id)) };
}

export interface Learnt {
  readonly bookmarks: readonly Bookmark[];
  /** From here to the end of the stretch these are all. */
  readonly fromUs: number;
}

/** The same with what was learnt of a stretch. */
export function withLearnt(known: Known, of: Stretch, learnt: Learnt, isCapped: boolean): Known {
  const fromUs = Math.min(of.endUs, Math.max(of.startUs, learnt.fromUs));
  const whole = { startUs: fromUs, endUs: of.endUs };
  const rest = { startUs: of.startUs, endUs: fromUs };
  const crowded = without(known.crowded, [of]);
  return {
    bookmarks: new Map([
      ...known.bookmarks,
      ...learnt.bookmarks.map((one) => [one.id, one] as const),
    ]),
    whole: [...without(known.whole, [whole]), whole].filter((one) => one.endUs > one.startUs),
    crowded: isCapped && rest.endUs > rest.startUs ? [...crowded, rest] : crowded,
  };
}

/** The part of the API's client that is needed here. */
export interface BookmarkServer {
  find(
    wish: {
      readonly camera: readonly string[];
      readonly start_us?: number;
      readonly end_us?: number;
      readonly before?: string;
      readonly limit: number;
    },
    signal: AbortSignal,
  ): Promise<{ readonly bookmarks: readonly Bookmark[]; readonly next: string | null }>;
}

/** The bookmarks of some cameras in a stretch of time, the newest first, within some answers. */
export async function learn(
  server: BookmarkServer,
  cameras: readonly string[],
  of: Stretch,
  signal: AbortSignal,
  pages = MOST_PAGES,
): Promise<Learnt> {
  const found: Bookmark[] = [];
  let fromUs = of.startUs;
  for (let at = 0; at < cameras.length; at += MOST_CAMERAS) {
    const some = cameras.slice(at, at + MOST_CAMERAS);
    const part = await learnOfSome(server, some, of, signal, pages);
    found.push(...part.bookmarks);
    fromUs = Math.max(fromUs, part.fromUs);
  }
  return { bookmarks: found, fromUs };
}

async function learnOfSome(
  server: BookmarkServer,
  camera: readonly string[],
  of: Stretch,
  signal: AbortSignal,
  pages: number,
): Promise<Learnt> {
  const found: Bookmark[] = [];
  const within = {
    ...(of.startUs > 0 && { start_us: Math.floor(of.startUs) }),
    ...(of.endUs < Infinity && { end_us: Math.ceil(of.endUs) }),
  };
  let next: string | null = null;
  for (let page = 0; page < pages; page++) {
    const before: { before?: string } = next === null ? {} : { before: next };
    const answer = await server.find({ camera, ...within, ...before, limit: MOST_AT_ONCE }, signal);
    signal.throwIfAborted();
    found.push(...answer.bookmarks);
    next = answer.next;
    if (next === null) return { bookmarks: found, fromUs: of.startUs };
  }
  // Others may begin with the very last one.
  return { bookmarks: found, fromUs: (found.at(-1)?.start_us ?? of.endUs) + 1 };
}
