import { expect, test } from "vitest";

import type { IndexFragment } from "../src/media/replay-plan";
import { decideAhead, placeSound, ReplaySound } from "../src/media/replay-sound";
import { soundPart } from "./sound-boxes";

const S = 1_000_000;
const T = 1_700_000_000 * S;
const TRACK = { law: "alaw", rate: 8_000, channels: 1 } as const;
const LOUD = 0xaa;

interface Started {
  readonly whenS: number;
  readonly skipS: number;
  readonly lengthS: number;
  stopped: boolean;
}

/** Web Audio that only notes what it is told; time passes when the test says so. */
class FakeAudio {
  currentTime = 5;
  outputLatency = 0;
  state = "running";
  readonly destination = {};
  readonly started: Started[] = [];

  constructor(readonly sampleRate: number) {}

  createBuffer(_channels: number, length: number) {
    return { length, copyToChannel: () => undefined };
  }

  createBufferSource() {
    const { started, sampleRate } = this;
    let mine: Started | undefined;
    return {
      buffer: { length: 0 },
      onended: null,
      connect: () => undefined,
      disconnect: () => undefined,
      start(whenS: number, skipS: number) {
        mine = { whenS, skipS, lengthS: this.buffer.length / sampleRate, stopped: false };
        started.push(mine);
      },
      stop() {
        if (!mine) throw new Error("stopped before it was started");
        mine.stopped = true;
      },
    };
  }

  resume() {
    this.state = "running";
    return Promise.resolve();
  }

  suspend() {
    this.state = "suspended";
    return Promise.resolve();
  }

  close() {
    this.state = "closed";
    return Promise.resolve();
  }
}

function group(second: number): IndexFragment {
  return {
    start_us: T + second * S,
    duration_us: S,
    segment_start_us: T,
    offset: 0,
    size: 0,
    video_size: 0,
    media_start: second * 90_000,
    frames: 25,
    lost_frames: 0,
    key: true,
    format_id: "a",
  };
}

/** Sound of the seconds `from` to `to`, and the audio clocks that were opened. */
function heard(from: number, to: number) {
  const opened: FakeAudio[] = [];
  const sound = new ReplaySound((rate) => {
    const made = new FakeAudio(rate);
    opened.push(made);
    return made as unknown as AudioContext;
  });
  for (let second = from; second < to; second++) {
    const packets = Array.from({ length: 50 }, () => ({
      ticks: 160,
      bytes: new Array<number>(160).fill(LOUD),
    }));
    sound.hold(group(second), TRACK, soundPart(second * 8_000, packets), 90_000);
  }
  return { sound, opened };
}

/** The two clocks are looked at a few times before anything is given. */
function agree(sound: ReplaySound, second: number): void {
  for (let look = 0; look < 5; look++) sound.keep(beat(second));
}

function beat(second: number, more: { speed?: number; running?: boolean } = {}) {
  return { atUs: T + second * S, speed: 1, running: true, exact: false, nowMs: 0, ...more };
}

test("nothing is opened for whoever does not listen", () => {
  const { sound, opened } = heard(0, 5);
  sound.keep(beat(0));
  expect(opened).toEqual([]);
});

test("pieces follow each other to the sample, from where the clock is", () => {
  const { sound, opened } = heard(0, 6);
  sound.wanted = true;
  agree(sound, 1.5);
  const [audio] = opened;
  expect(audio?.sampleRate).toBe(8_000);
  expect(audio?.started.map(({ whenS }) => whenS)).toEqual([
    expect.closeTo(5.01, 6),
    expect.closeTo(5.5, 6),
    expect.closeTo(6.5, 6),
    expect.closeTo(7.5, 6),
  ]);
  expect(audio?.started[0]?.skipS).toBeCloseTo(0.51, 6);
  expect(audio?.started[1]?.skipS).toBe(0);
});

test("nothing is given twice, and more follows as the clock goes on", () => {
  const { sound, opened } = heard(0, 8);
  sound.wanted = true;
  agree(sound, 0);
  const [audio] = opened;
  if (!audio) throw new Error("no audio");
  expect(audio.started).toHaveLength(3);
  for (let step = 1; step <= 40; step++) {
    audio.currentTime = 5 + step / 20;
    sound.keep(beat(step / 20));
  }
  expect(audio.started.map(({ whenS }) => Math.round(whenS))).toEqual([5, 6, 7, 8, 9]);
  expect(audio.started.every(({ stopped }) => !stopped)).toBe(true);
});

test("a seek, a pause and another speed silence what was given", () => {
  for (const next of [beat(4), beat(0.1, { running: false }), beat(0.1, { speed: 2 })]) {
    const { sound, opened } = heard(0, 8);
    sound.wanted = true;
    agree(sound, 0);
    const before = [...(opened[0]?.started ?? [])];
    sound.keep(next);
    expect(before.every(({ stopped }) => stopped)).toBe(true);
    expect(opened[0]?.state).toBe(next.running && next.speed === 1 ? "running" : "suspended");
  }
});

test("no hole is filled with anything, and sound goes on behind it", () => {
  const { sound, opened } = heard(0, 1);
  sound.hold(
    group(2),
    TRACK,
    soundPart(16_000, [{ ticks: 8_000, bytes: new Array<number>(8_000).fill(LOUD) }]),
    90_000,
  );
  sound.wanted = true;
  agree(sound, 0);
  const [first, second] = opened[0]?.started ?? [];
  expect(second?.whenS).toBeCloseTo((first?.whenS ?? 0) + 2 - 0.01, 2);
});

test("damaged sound is left out", () => {
  const { sound, opened } = heard(0, 0);
  sound.hold(group(0), TRACK, Uint8Array.from([1, 2, 3]), 90_000);
  sound.wanted = true;
  agree(sound, 0);
  agree(sound, 0.05);
  expect(opened[0]?.started).toEqual([]);
});

test("another rate opens another audio clock", () => {
  const { sound, opened } = heard(0, 1);
  const packets = [{ ticks: 16_000, bytes: new Array<number>(16_000).fill(LOUD) }];
  sound.hold(group(1), { ...TRACK, rate: 16_000 }, soundPart(16_000, packets), 90_000);
  sound.wanted = true;
  agree(sound, 0.5);
  agree(sound, 1.05);
  expect(opened.map(({ sampleRate }) => sampleRate)).toEqual([8_000, 16_000]);
  expect(opened[0]?.state).toBe("closed");
  sound.close();
  expect(opened[1]?.state).toBe("closed");
});

test("what a browser may not play yet, it plays when it may", () => {
  const { sound, opened } = heard(0, 3);
  sound.wanted = true;
  agree(sound, 0);
  sound.rest();
  expect(opened[0]?.state).toBe("suspended");
  const given = opened[0]?.started.length ?? 0;
  sound.keep(beat(0.1)); // asks
  agree(sound, 0.15);
  expect(opened[0]?.started.length).toBeGreaterThan(given);
});

test("one late look moves nothing, five do, and a set clock is known at once", () => {
  const even = [100, 100, 100, 100, 100];
  expect(decideAhead(null, even.slice(1))).toBeNull();
  expect(decideAhead(null, [100.02, 100, 99.98, 100.3, 100])).toBe(100);
  expect(decideAhead(100, [100, 100, 100, 100, 100.4])).toBe(100);
  expect(decideAhead(100, [100.04, 100.05, 100.05, 100.06, 100.04])).toBe(100);
  expect(decideAhead(100, [100.07, 100.08, 100.07, 100.09, 100])).toBe(100.07);
  expect(decideAhead(100, [100, 100, 100, 100, 90])).toBeNull();
});

test("a piece that is over already is not placed", () => {
  const aheadS = T / S - 5;
  expect(placeSound(aheadS, T, 1, 0, 6)).toBeNull();
  expect(placeSound(aheadS, T + S, 1, 6.02, 5)).toEqual({ whenS: 6.02, skipS: 0 });
  expect(placeSound(aheadS, T + S, 1, 6.04, 5)).toEqual({ whenS: 6, skipS: 0 });
});
