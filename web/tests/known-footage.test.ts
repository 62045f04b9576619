import { expect, test } from "vitest";

import { type FootageSource, KnownFootage } from "../src/media/known-footage";
import type { IndexFragment } from "../src/media/replay-plan";

const S = 1_000_000;
const T = 1_700_000_000 * S;

/** Two-second fragments from `from` to `to`, seconds after T. */
function fragments(from: number, to: number): IndexFragment[] {
  const all: IndexFragment[] = [];
  for (let s = from; s < to; s += 2) {
    all.push({
      start_us: T + s * S,
      duration_us: 2 * S,
      segment_start_us: T + from * S,
      offset: 800 + (s - from) * 500,
      size: 1000,
      video_size: 1000,
      media_start: (s - from) * 90_000,
      frames: 50,
      lost_frames: 0,
      key: true,
      format_id: "a",
    });
  }
  return all;
}

function known(all: readonly IndexFragment[]) {
  const asked: (readonly [number, number])[] = [];
  const source: FootageSource = {
    index: (startUs, endUs, limit) => {
      asked.push([(startUs - T) / S, (endUs - T) / S]);
      const found = all.filter((f) => f.start_us + f.duration_us > startUs && f.start_us < endUs);
      return Promise.resolve({ formats: {}, fragments: found.slice(0, limit) });
    },
    init: () => Promise.resolve(new Uint8Array()),
    bytes: () => Promise.resolve(new Uint8Array()),
    keys: () => Promise.resolve(new Uint8Array()),
  };
  const footage = new KnownFootage(source, () => T + 9_000 * S);
  const batch = (s: number) =>
    footage.batch(
      { fromUs: T + (s - 30) * S, atUs: T + s * S },
      1,
      true,
      new AbortController().signal,
    );
  return { footage, batch, asked };
}

test("nothing is known of a time that nobody asked about, before or after", async () => {
  const { footage, batch } = known(fragments(0, 8_000));
  await batch(4_000);
  expect(footage.holeAt(T + 100 * S)).toBeUndefined();
  expect(footage.holeAt(T + 7_999 * S)).toBeUndefined();
  expect(footage.holeAt(T + 4_001 * S)).toBeUndefined();
});

test("an earlier moment is asked for anew", async () => {
  const { batch, asked } = known(fragments(0, 8_000));
  await batch(4_000);
  const found = await batch(100);
  expect(found?.fragments[0]?.start_us).toBe(T + 100 * S);
  expect(asked).toHaveLength(2);
});

test("a hole is known with its end, and so is the end of everything", async () => {
  const { footage, batch } = known([...fragments(0, 100), ...fragments(200, 300)]);
  await batch(50);
  expect(footage.holeAt(T + 99 * S)).toBeUndefined();
  expect(footage.holeAt(T + 150 * S)).toEqual({ untilUs: T + 200 * S });
  expect(footage.holeAt(T + 301 * S)).toBeUndefined();
  expect(await batch(301)).toBeNull();
  expect(footage.holeAt(T + 301 * S)).toEqual({ untilUs: null });
  footage.grew();
  expect(footage.holeAt(T + 301 * S)).toBeUndefined();
});
