import { beforeEach, expect, test } from "vitest";

import { Thumbnails } from "../src/media/thumbnails";

interface Asked {
  readonly camera: string;
  readonly atUs: number;
  readonly signal: AbortSignal;
  readonly answer: (picture: string) => void;
}

const S = 1_000_000;
let asked: Asked[] = [];
let released: string[] = [];
let nowMs = 0;
let shown: (string | null)[] = [];

beforeEach(() => {
  asked = [];
  released = [];
  nowMs = 0;
  shown = [];
});

function pictures(more: { mostKept?: number; mostAtOnce?: number } = {}) {
  return new Thumbnails<string>({
    load: (camera, atUs, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => {
          reject(new Error("aborted"));
        });
        asked.push({ camera, atUs, signal, answer: resolve });
      }),
    release: (picture) => released.push(picture),
    now: () => nowMs,
    ...more,
  });
}

const show = (picture: string | null): void => {
  shown.push(picture);
};
const settle = (): Promise<void> => new Promise((done) => setTimeout(done));

test("a pointer that moves has one request on its way, and then one for where it is", async () => {
  const it = pictures();
  for (let s = 0; s < 50; s++) it.want("pointer", "gate", s * S, S, show);
  expect(asked.map(({ atUs }) => atUs)).toEqual([0]);
  asked[0]?.answer("a");
  await settle();
  expect(asked.map(({ atUs }) => atUs)).toEqual([0, 49 * S]);
  expect(shown).toEqual(["a"]);
});

test("what is outdated and slow is cancelled", () => {
  const it = pictures();
  it.want("pointer", "gate", 0, S, show);
  nowMs = 500;
  it.want("pointer", "gate", 9 * S, S, show);
  expect(asked[0]?.signal.aborted).toBe(true);
  expect(asked[1]?.atUs).toBe(9 * S);
  it.leave("pointer");
  expect(asked[1]?.signal.aborted).toBe(true);
  expect(it.underway).toBe(0);
});

test("moments of one step share a picture, which is asked for once", async () => {
  const it = pictures();
  it.want("pointer", "gate", 10.2 * S, S, show);
  asked[0]?.answer("a");
  await settle();
  it.want("pointer", "gate", 9.8 * S, S, show);
  it.want("tile", "gate", 10 * S, S, show);
  expect(asked).toHaveLength(1);
  expect(shown).toEqual(["a", "a", "a"]);
});

test("a bounded number is on its way, the newest wish first", async () => {
  const it = pictures({ mostAtOnce: 2 });
  for (const tile of ["1", "2", "3", "4"]) it.want(tile, tile, 0, S, show);
  expect(asked.map(({ camera }) => camera)).toEqual(["1", "2"]);
  asked[0]?.answer("a");
  await settle();
  expect(asked.map(({ camera }) => camera)).toEqual(["1", "2", "4"]);
});

test("a bounded number is kept, the least used is let go", async () => {
  const it = pictures({ mostKept: 2 });
  for (const [n, name] of ["a", "b"].entries()) {
    it.want("pointer", "gate", n * S, S, show);
    asked[n]?.answer(name);
    await settle();
  }
  it.want("pointer", "gate", 0, S, show);
  it.want("pointer", "gate", 2 * S, S, show);
  asked[2]?.answer("c");
  await settle();
  expect(released).toEqual(["b"]);
  expect(it.kept).toBe(2);
  it.close();
  expect(released).toEqual(["b", "a", "c"]);
});

test("where there is no picture the place stays empty and the next one is asked for", async () => {
  const it = pictures({ mostAtOnce: 1 });
  it.want("1", "gate", 0, S, show);
  it.want("2", "yard", 0, S, show);
  it.leave("1");
  expect(asked[1]?.camera).toBe("yard");
  asked[1]?.answer("b");
  await settle();
  expect(shown).toEqual(["b"]);
});
