import { describe, expect, test } from "vitest";

import {
  decideClock,
  decideFollow,
  type FollowView,
  type Look,
  nextSpeed,
  PATIENCE_MS,
  SPEEDS,
  StepClock,
} from "../src/media/in-step";

const ready: Look = { kind: "ready", offS: 0, frameS: 0.04 };
const gap = (untilUs: number | null): Look => ({ kind: "gap", untilUs });
const loading = (forMs: number): Look => ({ kind: "loading", forMs });
const edge = (forMs: number): Look => ({ kind: "edge", forMs });
const broken: Look = { kind: "broken" };

describe("the clock", () => {
  test("runs when everybody has a picture", () => {
    expect(decideClock([ready, ready])).toEqual({ kind: "run" });
  });
  test("waits for whoever has none yet, but not for ever", () => {
    expect(decideClock([ready, loading(PATIENCE_MS - 1)])).toEqual({ kind: "wait" });
    expect(decideClock([ready, loading(PATIENCE_MS)])).toEqual({ kind: "run" });
    expect(decideClock([loading(9e9)])).toEqual({ kind: "wait" });
  });
  test("runs on while a camera has a gap, and while one is broken", () => {
    expect(decideClock([ready, gap(5), broken])).toEqual({ kind: "run" });
  });
  test("jumps to the first footage when all have a gap", () => {
    expect(decideClock([gap(9), gap(5), gap(null), broken])).toEqual({ kind: "jump", toUs: 5 });
  });
  test("stands at the end, and where nothing follows", () => {
    expect(decideClock([edge(0), gap(null)])).toEqual({ kind: "end" });
    expect(decideClock([gap(null), gap(null)])).toEqual({ kind: "nothing" });
    expect(decideClock([broken])).toEqual({ kind: "nothing" });
  });
  test("waits a little for the newest footage of the others", () => {
    expect(decideClock([ready, edge(100)])).toEqual({ kind: "wait" });
    expect(decideClock([ready, edge(PATIENCE_MS)])).toEqual({ kind: "run" });
  });
  test("waits for the first player", () => {
    expect(decideClock([])).toEqual({ kind: "wait" });
  });
});

describe("the clock's hands", () => {
  test("run at a speed, stand, and go on from there", () => {
    const clock = new StepClock(1_000_000);
    expect(clock.at(500)).toBe(1_000_000);
    clock.start(1_000);
    clock.setSpeed(2, 1_500);
    expect(clock.at(2_000)).toBe(1_000_000 + 500_000 + 1_000_000);
    clock.stop(2_000);
    expect(clock.at(9_000)).toBe(2_500_000);
    clock.start(9_000);
    clock.set(7, 9_000);
    expect(clock.at(9_000)).toBe(7);
    expect(clock.running).toBe(true);
  });
});

/** A browser that plays at the rate it is told, and is shown another moment by a seek. */
function follow(view: Partial<FollowView>, forS: number, lag: (s: number) => number = () => 0) {
  const speed = view.speed ?? 1;
  const frameS = view.frameS ?? 0.04;
  let offS = view.offS ?? 0;
  let sinceSeekMs = 10_000;
  let seeks = 0;
  const offsets: number[] = [];
  for (let s = 0; s < forS; s += 0.05) {
    const step = decideFollow({ offS, frameS, speed, running: true, exact: false, sinceSeekMs });
    sinceSeekMs += 50;
    if (step.seek) {
      offS = 0;
      sinceSeekMs = 0;
      seeks += 1;
    } else offS += (step.rate - speed) * 0.05;
    offS -= lag(s) * 0.05;
    offsets.push(offS);
  }
  return { offsets, seeks };
}

describe("a player", () => {
  test("comes back to the clock within seconds, whichever side it is on", () => {
    for (const speed of SPEEDS.filter((one) => one <= 4)) {
      for (let offS = -0.39; offS < 0.4; offS += 0.03) {
        const { offsets, seeks } = follow({ offS, speed }, 4);
        expect(seeks).toBe(0);
        const last = offsets.slice(-20).map(Math.abs);
        expect(Math.max(...last), `${String(offS)} at ${String(speed)}x`).toBeLessThan(
          0.04 * Math.max(1, speed),
        );
      }
    }
  });
  test("never overshoots so that it swings", () => {
    const { offsets } = follow({ offS: 0.2 }, 4);
    expect(Math.min(...offsets)).toBeGreaterThan(-0.01);
  });
  test("keeps up although the computer plays a tenth too slowly", () => {
    const { offsets, seeks } = follow({}, 20, () => 0.1);
    expect(seeks).toBe(0);
    expect(Math.abs(offsets.at(-1) ?? 1)).toBeLessThan(0.05);
  });
  test("seeks when it is far off, and not again at once", () => {
    expect(follow({ offS: -5 }, 1).seeks).toBe(1);
    const far = { offS: -5, frameS: 0.04, speed: 1, running: true, exact: false };
    expect(decideFollow({ ...far, sinceSeekMs: 50 }).seek).toBe(false);
  });
  test("shows exactly the moment where a person stopped, and does not fidget while it waits", () => {
    const stands = { offS: 0.03, frameS: 0.04, speed: 1, running: false, sinceSeekMs: 0 };
    expect(decideFollow({ ...stands, exact: true }).seek).toBe(true);
    expect(decideFollow({ ...stands, offS: 0.001, exact: true }).seek).toBe(false);
    expect(decideFollow({ ...stands, exact: false }).seek).toBe(false);
  });
  test("is never asked to play faster than a browser can", () => {
    const late = { offS: -3, frameS: 2, speed: 16, running: true, exact: false, sinceSeekMs: 0 };
    expect(decideFollow(late).rate).toBe(16);
  });
});

test("speeds follow each other and have ends", () => {
  expect(nextSpeed(1, 1)).toBe(2);
  expect(nextSpeed(1, -1)).toBe(0.5);
  expect(nextSpeed(16, 1)).toBe(16);
  expect(nextSpeed(0.25, -1)).toBe(0.25);
});
