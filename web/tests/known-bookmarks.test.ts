import { describe, expect, test } from "vitest";

import type { Bookmark } from "../src/api/types";
import {
  ALL_TIME,
  type BookmarkServer,
  isCrowded,
  type Known,
  learn,
  missing,
  MOST_AT_ONCE,
  NONE_KNOWN,
  type Stretch,
  withBookmark,
  withLearnt,
  withoutBookmark,
} from "../src/timeline/known-bookmarks";

const never = new AbortController().signal;

function mark(us: number, camera = "a"): Bookmark {
  return { id: `${camera}${String(us)}`, start_us: us, end_us: us, cameras: [camera] } as Bookmark;
}

/** Bookmarks as the API gives them: the newest first, page by page. */
function serverOf(all: readonly Bookmark[]) {
  const asked: { readonly cameras: number; readonly from?: number; readonly to?: number }[] = [];
  const server: BookmarkServer = {
    find: ({ camera, start_us, end_us, before, limit }) => {
      asked.push({
        cameras: camera.length,
        ...(start_us !== undefined && { from: start_us }),
        ...(end_us !== undefined && { to: end_us }),
      });
      const found = all
        .filter((one) => one.cameras.some((id) => camera.includes(id)))
        .filter((one) => one.end_us >= (start_us ?? 0) && one.start_us < (end_us ?? Infinity))
        .sort((x, y) => y.start_us - x.start_us);
      const at = before === undefined ? 0 : found.findIndex(({ id }) => id === before) + 1;
      const page = found.slice(at, at + limit);
      const more = at + limit < found.length;
      return Promise.resolve({ bookmarks: page, next: more ? (page.at(-1)?.id ?? null) : null });
    },
  };
  return { server, asked };
}

const hour = (h: number, hours = 1): Stretch => ({ startUs: h * 1000, endUs: (h + hours) * 1000 });
const shown = (known: Known): number[] => [...known.bookmarks.values()].map((one) => one.start_us);

async function begun(server: BookmarkServer, cameras = ["a"]): Promise<Known> {
  return withLearnt(NONE_KNOWN, ALL_TIME, await learn(server, cameras, ALL_TIME, never, 1), false);
}

async function looked(known: Known, server: BookmarkServer, view: Stretch): Promise<Known> {
  let now = known;
  for (const one of missing(known, view)) {
    now = withLearnt(now, one, await learn(server, ["a"], one, never), true);
  }
  return now;
}

/** One each unit of time from `from` up to but without `to`. */
const many = (from: number, to: number): Bookmark[] =>
  Array.from({ length: to - from }, (_, at) => mark(from + at));

describe("the bookmarks of a timeline", () => {
  test("few are known at once, and nothing is asked for again", async () => {
    const known = await begun(serverOf([mark(5), mark(9_000)]).server);
    expect(shown(known).sort()).toEqual([5, 9_000]);
    expect(missing(known, hour(0))).toEqual([]);
  });

  test("of many, those of a time long ago are read once that comes in sight", async () => {
    const { server } = serverOf([mark(1_200), ...many(50_000, 50_600)]);
    const known = await begun(server);
    expect(shown(known)).not.toContain(1_200);
    expect(missing(known, hour(60))).toEqual([]);
    const after = await looked(known, server, hour(1));
    expect(shown(after)).toContain(1_200);
    expect(shown(after)).toHaveLength(MOST_AT_ONCE + 1);
    expect(missing(after, hour(1))).toEqual([]);
    expect(isCrowded(after, hour(1))).toBe(false);
  });

  test("only the part of a view that is not known is asked for", async () => {
    const { server } = serverOf(many(50_000, 50_600));
    const known = await looked(await begun(server), server, hour(10));
    expect(missing(known, { startUs: 9_500, endUs: 11_500 })).toEqual([
      { startUs: 9_500, endUs: 10_000 },
      { startUs: 11_000, endUs: 11_500 },
    ]);
  });

  test("more than a page in sight are read page by page", async () => {
    const { server } = serverOf(many(0, 1_900));
    const known = await looked(await begun(server), server, hour(0, 2));
    expect(shown(known)).toHaveLength(1_900);
    expect(isCrowded(known, hour(0, 2))).toBe(false);
  });

  test("far more than can be told apart are called crowded until the view is narrow", async () => {
    const { server, asked } = serverOf(many(0, 6_000));
    let known = await looked(await begun(server), server, hour(0, 6));
    expect(isCrowded(known, hour(0, 6))).toBe(true);
    const before = asked.length;
    known = await looked(known, server, hour(0, 6));
    expect(asked).toHaveLength(before);
    known = await looked(known, server, hour(1));
    expect(isCrowded(known, hour(1))).toBe(false);
    expect(shown(known).filter((us) => us >= 1_000 && us < 2_000)).toHaveLength(1_000);
    expect(isCrowded(known, hour(0, 6))).toBe(true);
  });

  test("those that begin with the last one that was read are not forgotten", async () => {
    const alike = Array.from({ length: 600 }, (_, at) => ({ ...mark(7), id: String(at) }));
    const { server } = serverOf(alike);
    const known = await begun(server);
    expect(missing(known, hour(0))).toEqual([{ startUs: 0, endUs: 8 }]);
    expect(shown(await looked(known, server, hour(0)))).toHaveLength(600);
  });

  test("a large wall is asked about in parts, and known as far as all of them are", async () => {
    const cameras = Array.from({ length: 70 }, (_, at) => String(at));
    const late = many(5_000, 5_600).map((one) => ({ ...one, cameras: ["0"] }));
    const { server, asked } = serverOf([...late, mark(3, "69")]);
    const known = await begun(server, cameras);
    expect(asked.map((one) => one.cameras)).toEqual([64, 6]);
    expect(shown(known)).toContain(3);
    expect(missing(known, hour(0))).toEqual([hour(0)]);
    expect(missing(known, hour(6))).toEqual([]);
  });

  test("what was pushed is kept by what is read later, and what was deleted is gone", async () => {
    const { server } = serverOf(many(50_000, 50_600));
    const pushed = withBookmark(await begun(server), mark(1_500));
    const known = await looked(pushed, server, hour(20));
    expect(shown(known)).toContain(1_500);
    expect(shown(withoutBookmark(known, mark(1_500).id))).not.toContain(1_500);
  });

  test("what was left meanwhile is not read on", async () => {
    const left = new AbortController();
    const { server, asked } = serverOf(many(0, 1_900));
    const reading = learn(server, ["a"], ALL_TIME, left.signal);
    left.abort();
    await expect(reading).rejects.toThrow();
    expect(asked).toHaveLength(1);
  });
});
