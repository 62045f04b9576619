import { expect, test } from "vitest";

import { type Beat, Conductor, type Follower, type ReplayMode } from "../src/media/conductor";
import type { Look } from "../src/media/in-step";

const T = 1_700_000_000_000_000;
const S = 1_000_000;

/** A camera with footage in some ranges, whose picture is there after a while. */
class Player implements Follower {
  cued: number[] = [];
  beats: Beat[] = [];
  slowMs = 0;
  dead = false;
  #since = 0;
  readonly #footage: readonly (readonly [number, number])[];

  constructor(footage: readonly (readonly [number, number])[]) {
    this.#footage = footage;
  }

  look(atUs: number, nowMs: number): Look {
    if (this.dead) return { kind: "broken" };
    const here = this.#footage.some(([from, to]) => atUs >= from && atUs < to);
    if (!here) {
      const next = this.#footage.find(([from]) => from > atUs);
      return { kind: "gap", untilUs: next?.[0] ?? null };
    }
    const forMs = nowMs - this.#since;
    if (forMs < this.slowMs) return { kind: "loading", forMs };
    return { kind: "ready", offS: 0, frameS: 0.04 };
  }

  cue(atUs: number): void {
    this.cued.push(atUs);
    this.#since = now.ms;
  }

  keep(beat: Beat): void {
    this.beats.push(beat);
  }

  rest(): void {
    this.beats = [];
  }

  frameUs(): number {
    return 40_000;
  }

  get last(): Beat | undefined {
    return this.beats.at(-1);
  }
}

const now = { ms: 0 };

function house(players: readonly Player[], atUs = T) {
  now.ms = 0;
  const modes: ReplayMode[] = [];
  const skips: (readonly [number, number])[] = [];
  const conductor = new Conductor(atUs, {
    nowUs: () => T + 86_400 * S,
    onMode: (mode) => modes.push(mode),
    onSkip: (from, to) => skips.push([from, to]),
    now: () => now.ms,
  });
  const leaves = players.map((player) => conductor.add(player));
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 50) {
      now.ms += 50;
      conductor.tick();
    }
  };
  return { conductor, modes, skips, pass, leaves };
}

const hour = [[T, T + 3_600 * S]] as const;

test("nobody starts before all have a picture, and all start in the same beat", () => {
  const quick = new Player(hour);
  const slow = new Player(hour);
  slow.slowMs = 400;
  const { conductor, pass } = house([quick, slow]);
  pass(350);
  expect(quick.last?.running).toBe(false);
  expect(conductor.atUs).toBe(T);
  pass(100);
  expect(quick.last).toEqual(slow.last);
  expect(quick.last?.running).toBe(true);
  const before = conductor.atUs;
  pass(1000);
  expect(conductor.atUs - before).toBe(S);
});

test("one that never comes stops the others for a while only, one that broke not at all", () => {
  const good = new Player(hour);
  const late = new Player(hour);
  late.slowMs = Infinity;
  const { conductor, pass } = house([good, late]);
  pass(2_000);
  expect(conductor.atUs).toBe(T);
  pass(2_000);
  expect(good.last?.running).toBe(true);
  late.dead = true;
  pass(1_000);
  expect(conductor.atUs).toBeGreaterThan(T + 2 * S);
});

test("a camera with a gap waits while the others play, and joins again by itself", () => {
  const whole = new Player(hour);
  const holed = new Player([
    [T, T + S],
    [T + 3 * S, T + 9 * S],
  ]);
  const { conductor, pass, skips } = house([whole, holed]);
  pass(2_000);
  expect(holed.look(conductor.atUs, now.ms).kind).toBe("gap");
  expect(whole.last?.running).toBe(true);
  pass(2_000);
  expect(holed.look(conductor.atUs, now.ms).kind).toBe("ready");
  expect(holed.last?.atUs).toBe(whole.last?.atUs);
  expect(skips).toEqual([]);
});

test("where nobody has footage all jump to where somebody has", () => {
  const one = new Player([
    [T, T + S],
    [T + 60 * S, T + 90 * S],
  ]);
  const other = new Player([
    [T, T + S],
    [T + 50 * S, T + 90 * S],
  ]);
  const { conductor, pass, skips } = house([one, other]);
  pass(1_200);
  expect(skips).toHaveLength(1);
  expect(skips[0]?.[1]).toBe(T + 50 * S);
  expect(one.cued.at(-1)).toBe(T + 50 * S);
  pass(1_000);
  expect(conductor.atUs).toBeGreaterThan(T + 50 * S);
});

test("a person stops it, steps frame by frame, and goes on", () => {
  const player = new Player(hour);
  const { conductor, pass, modes } = house([player]);
  pass(1_000);
  conductor.pause();
  const stood = conductor.atUs;
  pass(1_000);
  expect(conductor.atUs).toBe(stood);
  expect(player.last).toMatchObject({ exact: true, running: false });
  conductor.step(1);
  conductor.step(1);
  conductor.step(-1);
  expect(conductor.atUs).toBe(stood + 40_000);
  conductor.setSpeed(4);
  conductor.play();
  pass(1_000);
  expect(conductor.atUs).toBeGreaterThanOrEqual(stood + 40_000 + 3.9 * S);
  expect(modes).toEqual(["playing", "paused", "playing"]);
});

test("dragging moves the clock without a request; letting go fetches once", () => {
  const player = new Player(hour);
  const { conductor, pass } = house([player]);
  pass(500);
  const asked = player.cued.length;
  for (let s = 10; s < 40; s++) conductor.scrub(T + s * S);
  pass(500);
  expect(player.cued).toHaveLength(asked);
  expect(conductor.atUs).toBe(T + 39 * S);
  conductor.drop();
  expect(player.cued.slice(asked)).toEqual([T + 39 * S]);
  pass(500);
  expect(conductor.atUs).toBeGreaterThan(T + 39 * S);
});

test("who left is not waited for, and nobody goes into the future", () => {
  const good = new Player(hour);
  const late = new Player(hour);
  late.slowMs = Infinity;
  const { conductor, pass, leaves } = house([good, late]);
  leaves[1]?.();
  pass(100);
  expect(good.last?.running).toBe(true);
  conductor.seek(T + 999 * 86_400 * S);
  expect(conductor.atUs).toBe(T + 86_400 * S);
});
