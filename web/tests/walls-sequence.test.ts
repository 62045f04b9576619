import { expect, test } from "vitest";

import { firstTurn, LEAD_MS, passed, PATIENCE_MS, type Turn, turned } from "../src/walls/sequence";

const CAMERAS = ["a", "b", "c"];
const usual = { dwellMs: 10_000, cameras: CAMERAS, paused: false, nextPlays: true };

function after(turn: Turn | null, deltaMs: number, change: Partial<typeof usual> = {}): Turn {
  const next = passed(turn, { ...usual, deltaMs, ...change });
  if (!next) throw new Error("nothing is shown");
  return next;
}

test("the next camera is opened a moment before its turn", () => {
  const begin = firstTurn(CAMERAS);
  expect(after(begin, 10_000 - LEAD_MS - 1).next).toBeNull();
  const opened = after(begin, 10_000 - LEAD_MS);
  expect(opened).toMatchObject({ at: "a", next: "b" });
  expect(after(opened, LEAD_MS)).toEqual({ at: "b", next: null, shownMs: 0 });
});

test("a short turn opens the next camera half way", () => {
  const short = { dwellMs: 2_000 };
  expect(after(firstTurn(CAMERAS), 999, short).next).toBeNull();
  expect(after(firstTurn(CAMERAS), 1_000, short).next).toBe("b");
});

test("a camera that shows nothing yet keeps the one before it, but not for ever", () => {
  const waiting = { nextPlays: false };
  let turn = after(firstTurn(CAMERAS), 9_000, waiting);
  turn = after(turn, 1_500, waiting);
  expect(turn).toMatchObject({ at: "a", next: "b" });
  expect(after(turn, 10, {}).at).toBe("b");
  expect(after(turn, PATIENCE_MS, waiting).at).toBe("b");
});

test("a pause holds the picture and its remaining time", () => {
  let turn = after(firstTurn(CAMERAS), 9_990);
  for (let count = 0; count < 100; count++) turn = after(turn, 1_000, { paused: true });
  expect(turn).toEqual({ at: "a", next: "b", shownMs: 9_990 });
  expect(after(turn, 20).at).toBe("b");
});

test("all cameras come in turn, and again", () => {
  const seen: string[] = [];
  let turn = firstTurn(CAMERAS);
  for (let ms = 0; ms < 59_000; ms += 250) {
    turn = after(turn, 250);
    if (turn.at !== seen.at(-1)) seen.push(turn.at);
  }
  expect(seen).toEqual(["a", "b", "c", "a", "b", "c"]);
});

test("a camera that was removed hands over at once; none left shows nothing", () => {
  const turn: Turn = { at: "b", next: null, shownMs: 4_000 };
  expect(after(turn, 1, { cameras: ["a", "c"] })).toEqual({ at: "a", next: null, shownMs: 0 });
  expect(passed(turn, { ...usual, deltaMs: 1, cameras: [] })).toBeNull();
  const lonely = after({ at: "a", next: "b", shownMs: 50_000 }, 1, { cameras: ["a"] });
  expect(lonely).toMatchObject({ at: "a", next: null });
});

test("a person goes on and back by hand, around the ends", () => {
  const begin = firstTurn(CAMERAS);
  expect(turned(begin, CAMERAS, -1)).toEqual({ at: "c", next: null, shownMs: 0 });
  expect(turned(turned(begin, CAMERAS, 1), CAMERAS, 1)?.at).toBe("c");
  expect(turned(null, [], 1)).toBeNull();
});
