import { describe, expect, test } from "vitest";

import {
  bufferAheadS,
  heldAt,
  indexAt,
  type IndexFragment,
  keyIndex,
  merge,
  nextBatch,
  nextStart,
  playOffset,
  rangeAt,
  videoPart,
} from "../src/media/replay-plan";

const T = 1_700_000_000_000_000;

/** Two-second fragments of 1000 bytes, thirty to a segment. */
function fragment(n: number, more: Partial<IndexFragment> = {}): IndexFragment {
  const inFile = n % 30;
  return {
    start_us: T + n * 2_000_000,
    duration_us: 2_000_000,
    segment_start_us: T + (n - inFile) * 2_000_000,
    offset: 800 + inFile * 1000,
    size: 1000,
    video_size: 900,
    media_start: inFile * 180_000,
    frames: 50,
    lost_frames: 0,
    key: true,
    format_id: "a",
    ...more,
  };
}

const hour = Array.from({ length: 1800 }, (_, n) => fragment(n));

test("the fragment that shows a moment is found", () => {
  expect(indexAt(hour, T)).toBe(0);
  expect(indexAt(hour, T + 1_999_999)).toBe(0);
  expect(indexAt(hour, T + 2_000_000)).toBe(1);
  expect(indexAt(hour, T - 5)).toBe(0);
  expect(indexAt(hour, T + 3_600_000_000)).toBe(-1);
});

describe("decoding begins", () => {
  const split = [fragment(0), fragment(1, { key: false }), fragment(2, { key: false })];
  test("at the key fragment before a split group of pictures", () => {
    expect(keyIndex(split, 2)).toBe(0);
  });
  test("but never before a hole", () => {
    const holed = [fragment(0), fragment(5, { key: false }), fragment(6, { key: false })];
    expect(keyIndex(holed, 2)).toBe(1);
  });
});

describe("a request", () => {
  test("brings neighbours up to its limit", () => {
    expect(nextBatch(hour, 2, 3500)).toMatchObject({ offset: 2800, size: 3000 });
  });
  test("brings one fragment however large", () => {
    expect(nextBatch(hour, 2, 1)?.fragments).toHaveLength(1);
  });
  test("ends with the file, with a change of format and with a hole in the file", () => {
    expect(nextBatch(hour, 28, 1e9)?.fragments).toHaveLength(2);
    const other = [fragment(0), fragment(1, { format_id: "b" })];
    expect(nextBatch(other, 0, 1e9)?.fragments).toHaveLength(1);
    const holed = [fragment(0), fragment(2)];
    expect(nextBatch(holed, 0, 1e9)?.fragments).toHaveLength(1);
  });
  test("is nothing after the last fragment", () => {
    expect(nextBatch(hour, 1800, 1e9)).toBeNull();
  });
});

test("each fragment plays at its wall time, in whichever file it lies", () => {
  const base = T - 1_000_000;
  for (const n of [0, 29, 30, 31, 1799]) {
    const it = fragment(n);
    const shown = it.media_start / 90_000 + playOffset(it, 90_000, base);
    expect(shown).toBeCloseTo((it.start_us - base) / 1e6, 6);
  }
});

test("a fragment listed twice stays once, in order", () => {
  const merged = merge([fragment(2), fragment(3)], [fragment(1), fragment(2)]);
  expect(merged.map((it) => (it.start_us - T) / 2e6)).toEqual([1, 2, 3]);
});

test("without playable audio only the leading video part is taken", () => {
  const batch = nextBatch(hour, 3, 5000);
  if (!batch) throw new Error("no batch");
  const bytes = new Uint8Array(batch.size);
  const second = fragment(4);
  expect(videoPart(bytes, batch, second, true).byteLength).toBe(1000);
  const part = videoPart(bytes, batch, second, false);
  expect([part.byteOffset, part.byteLength]).toEqual([1000, 900]);
});

describe("what is buffered", () => {
  const ranges = [
    { start: 10, end: 20 },
    { start: 65, end: 80 },
  ];
  test("shows a moment, or begins right after it", () => {
    expect(rangeAt(ranges, 15)).toBe(ranges[0]);
    expect(rangeAt(ranges, 64.95)).toBe(ranges[1]);
    expect(rangeAt(ranges, 20)).toBeUndefined();
    expect(rangeAt(ranges, 64)).toBeUndefined();
  });
  test("needs nothing more only strictly inside: a hair before it would wait for ever", () => {
    expect(heldAt(ranges, 10)).toBe(ranges[0]);
    expect(heldAt(ranges, 9.95)).toBeUndefined();
    expect(heldAt(ranges, 19.99)).toBeUndefined();
  });
  test("goes on after a hole", () => {
    expect(nextStart(ranges, 30)).toBe(65);
    expect(nextStart(ranges, 65)).toBeUndefined();
  });
  test("reaches ahead with the speed, bounded", () => {
    expect(bufferAheadS(1)).toBe(20);
    expect(bufferAheadS(4)).toBeLessThanOrEqual(60);
    expect(bufferAheadS(16, true)).toBeGreaterThan(16 * 5);
  });
});
