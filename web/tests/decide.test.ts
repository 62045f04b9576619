import { describe, expect, test } from "vitest";

import { retryDelayMs } from "../src/media/backoff";
import {
  adaptTarget,
  chooseRole,
  wantsEncoding,
  decideLive,
  fallsBehind,
  LagMemory,
  offerOf,
  runOffset,
} from "../src/media/decide";

const target = 0.06;
const calm = { target, least: null, hurrying: false };

describe("a live picture", () => {
  test("starts at the newest frame of the cached pictures, not at their beginning", () => {
    const step = decideLive({ current: 0, ranges: [{ start: 3600, end: 3602 }], ...calm });
    expect(step.seekTo).toBeCloseTo(3601.94);
  });

  test("plays on when it is close to now", () => {
    const step = decideLive({ current: 9.93, ranges: [{ start: 0, end: 10 }], ...calm });
    expect(step).toMatchObject({ rate: 1, seekTo: null, trimTo: null });
    expect(step.lag).toBeCloseTo(0.07);
  });

  test("hurries when it falls behind, and dawdles when it is about to run dry", () => {
    const ranges = [{ start: 0, end: 10 }];
    expect(decideLive({ current: 9.7, ranges, ...calm }).rate).toBe(1.1);
    expect(decideLive({ current: 9.99, ranges, ...calm }).rate).toBeLessThan(1);
  });

  test("jumps when it is more than half a second late", () => {
    const step = decideLive({ current: 9.3, ranges: [{ start: 0, end: 10 }], ...calm });
    expect(step.seekTo).toBeCloseTo(9.94);
  });

  test("jumps over a hole to where pictures come again", () => {
    const ranges = [
      { start: 0, end: 10 },
      { start: 15, end: 15.04 },
    ];
    expect(decideLive({ current: 10, ranges, ...calm }).seekTo).toBe(15);
  });

  test("forgets what lies half a minute back", () => {
    const step = decideLive({ current: 39.9, ranges: [{ start: 5, end: 39.96 }], ...calm });
    expect(step.trimTo).toBeCloseTo(29.9);
  });

  test("waits while nothing is buffered", () => {
    expect(decideLive({ current: 0, ranges: [], ...calm })).toEqual({
      rate: 1,
      seekTo: null,
      trimTo: null,
      lag: 0,
    });
  });

  test("hurries while even the least lag is more than it aims at, until well below", () => {
    const ranges = [{ start: 0, end: 10 }];
    const look = (least: number, hurrying: boolean) =>
      decideLive({ current: 9.9, ranges, target, least, hurrying }).rate;
    expect(look(0.07, false)).toBe(1.1);
    expect(look(0.05, true)).toBe(1.1);
    expect(look(0.05, false)).toBe(1);
    expect(look(0.039, true)).toBe(1);
  });

  test("does not hurry on a network whose ups and downs need what is buffered", () => {
    const lags = new LagMemory(5, 20);
    for (const lag of [0.14, 0.12, 0.03, 0.15, 0.13]) lags.add(lag);
    const view = { current: 9.87, ranges: [{ start: 0, end: 10 }], target, hurrying: false };
    expect(decideLive({ ...view, least: lags.least }).rate).toBe(1);
  });
});

describe("what is remembered of the lag", () => {
  test("tells nothing before it has looked often enough, nor after a jump", () => {
    const lags = new LagMemory(3, 4);
    for (const lag of [0.1, 0.2]) lags.add(lag);
    expect(lags.least).toBeNull();
    lags.add(0.3);
    expect(lags.least).toBe(0.1);
    lags.clear();
    expect(lags.least).toBeNull();
  });

  test("forgets what is long past", () => {
    const lags = new LagMemory(3, 4);
    for (const lag of [0.02, 0.2, 0.21, 0.22, 0.23]) lags.add(lag);
    expect(lags.least).toBe(0.2);
  });
});

test("the target grows by stalls, has a ceiling, and comes back to what the server asked", () => {
  let wanted = 0.06;
  for (let i = 0; i < 100; i++) wanted = adaptTarget(wanted, 0.06, 0);
  expect(wanted).toBeCloseTo(0.36);
  for (let i = 0; i < 100; i++) wanted = adaptTarget(wanted, 0.06, 30);
  expect(wanted).toBeCloseTo(0.06);
});

describe("a new run", () => {
  test("lands at its wall time on the same time line", () => {
    expect(runOffset(1_000_005_000_000, 1_000_000_000_000, 3)).toBe(5);
  });
  test("of the same origin keeps its offset although media lie beyond it", () => {
    expect(runOffset(1_000_000_000_000, 1_000_000_000_000, 30)).toBe(0);
  });
  test("that would overlap what was shown starts afresh", () => {
    expect(runOffset(1_000_002_000_000, 1_000_000_000_000, 30)).toBeNull();
    expect(runOffset(999_000_000_000, 1_000_000_000_000, 1)).toBeNull();
  });
});

describe("which stream a tile asks for", () => {
  const good = { playable: true, up: true };
  const hevc = { playable: false, up: true };
  const down = { playable: true, up: false };
  test.each([
    ["small tile", { tileWidthPx: 480, main: good, sub: good }, "sub"],
    ["large tile", { tileWidthPx: 1400, main: good, sub: good }, "main"],
    ["no sub stream", { tileWidthPx: 480, main: good, sub: null }, "main"],
    ["main in a codec that the browser lacks", { tileWidthPx: 1400, main: hevc, sub: good }, "sub"],
    ["sub stream down", { tileWidthPx: 480, main: good, sub: down }, "main"],
    ["sub down and main not playable", { tileWidthPx: 480, main: hevc, sub: down }, "sub"],
  ] as const)("%s", (_name, choice, role) => {
    expect(chooseRole(choice)).toBe(role);
  });
});

test.each([
  ["nearly everything", { arrived: 50, shown: 47 }, false],
  ["a third", { arrived: 50, shown: 16 }, true],
  ["nothing at all", { arrived: 50, shown: 0 }, true],
  ["of a camera with one frame a second", { arrived: 2, shown: 0 }, false],
  ["while nothing comes", { arrived: 0, shown: 0 }, false],
] as const)("a browser that shows %s falls behind or not", (_name, pace, behind) => {
  expect(fallsBehind(pace)).toBe(behind);
});

describe("a stream counts as up", () => {
  const health = { state: "live", since_us: 5, video_codec: "avc1" };
  const up = (state: string, closedUs: number | null): boolean =>
    offerOf({ ...health, state }, closedUs, () => true).up;
  test("only while it is live, so that a tile takes the other one meanwhile", () => {
    expect([up("live", null), up("connecting", null), up("offline", null)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(offerOf(undefined, null, () => true)).toEqual({ playable: true, up: false });
  });
  test("not after its end was told, until its health tells a new beginning", () => {
    expect(up("live", 5)).toBe(false);
    expect(up("live", 4)).toBe(true);
  });
});

test("retries spread out and stay below fourteen seconds", () => {
  expect(retryDelayMs(0, 0)).toBe(268);
  expect(retryDelayMs(0, 1)).toBe(532);
  for (let attempt = 0; attempt < 50; attempt++) {
    expect(retryDelayMs(attempt, 1)).toBeLessThanOrEqual(13_300);
  }
});

describe("pictures that the server makes anew", () => {
  const hevc = { playable: false, up: true };
  test("are asked for only where the camera's own cannot be shown and the made ones can", () => {
    expect(wantsEncoding(hevc, true)).toBe(true);
    expect(wantsEncoding(hevc, false)).toBe(false);
    expect(wantsEncoding({ playable: true, up: true }, true)).toBe(false);
    expect(wantsEncoding(null, true)).toBe(false);
  });
});
