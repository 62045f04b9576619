import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Camera, Health, LossMinute, Volume } from "../src/api/types";
import { attention, lossOf } from "../src/health/attention";
import { curves } from "../src/health/curves";
import { forecast, type Inflow, keptWords } from "../src/health/forecast";

const DAY = 86_400;
const inflow = fc.record({
  bytesPerHour: fc.double({ min: 1, max: 1e10, noNaN: true }),
  keepS: fc.option(fc.double({ min: 60, max: 4e8, noNaN: true })),
  keepBytes: fc.option(fc.double({ min: 1e3, max: 1e15, noNaN: true })),
});
const inflows = fc
  .array(inflow, { minLength: 1, maxLength: 12 })
  .map((all) => all.map((one, index): Inflow => ({ id: String(index), ...one })));
const room = fc.double({ min: 0, max: 1e15, noNaN: true });

function filled(all: readonly Inflow[], kept: ReadonlyMap<string, number | null>): number {
  return all.reduce((sum, one) => sum + (one.bytesPerHour / 3600) * (kept.get(one.id) ?? 0), 0);
}

describe("the forecast of retention", () => {
  it("never keeps more than there is room for, nor longer than a policy asks", () => {
    fc.assert(
      fc.property(inflows, room, (all, bytes) => {
        const found = forecast(all, bytes);
        expect(filled(all, found.keptS)).toBeLessThanOrEqual(bytes * (1 + 1e-9) + 1);
        for (const one of all) {
          const kept = found.keptS.get(one.id) ?? Infinity;
          expect(kept).toBeLessThanOrEqual(one.keepS ?? Infinity);
          if (one.keepBytes !== null) {
            expect((kept * one.bytesPerHour) / 3600).toBeLessThanOrEqual(
              one.keepBytes * (1 + 1e-9),
            );
          }
        }
      }),
    );
  });

  it("fills the room when it is what ends the keeping", () => {
    fc.assert(
      fc.property(inflows, room, (all, bytes) => {
        const found = forecast(all, bytes);
        if (found.horizonS === null) expect(found.short).toEqual([]);
        else expect(filled(all, found.keptS)).toBeGreaterThan(bytes * (1 - 1e-9) - 1);
      }),
    );
  });

  it("keeps nothing for less time when there is more room", () => {
    fc.assert(
      fc.property(inflows, room, room, (all, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((bytes) => forecast(all, bytes));
        for (const one of all) {
          const before = less?.keptS.get(one.id) ?? Infinity;
          expect((more?.keptS.get(one.id) ?? Infinity) * (1 + 1e-9)).toBeGreaterThanOrEqual(before);
        }
      }),
    );
  });

  it("names who gets less than asked", () => {
    const two: Inflow[] = [
      { id: "a", bytesPerHour: 1e9, keepS: 30 * DAY, keepBytes: null },
      { id: "b", bytesPerHour: 1e9, keepS: 2 * DAY, keepBytes: null },
    ];
    const found = forecast(two, 24e9 * 12);
    expect(found.keptS.get("b")).toBe(2 * DAY);
    expect(found.keptS.get("a")).toBeCloseTo(10 * DAY, 3);
    expect(found.short).toEqual(["a"]);
    expect(forecast(two, 24e9 * 40)).toMatchObject({ horizonS: null, short: [] });
    expect(forecast([], 5)).toMatchObject({ horizonS: null, short: [] });
    expect(forecast(two, 0).short).toEqual(["a", "b"]);
  });

  it("is told in days or hours", () => {
    expect(keptWords(12.4 * DAY)).toBe("12 days");
    expect(keptWords(7 * 3600)).toBe("7 hours");
    expect(keptWords(120)).toBe("2 minutes");
    expect(keptWords(null)).toBe("more than two years");
  });
});

const LIVE = {
  state: "live",
  detail: "",
  since_us: 1,
  recording: true,
  clock_offset_us: 0,
  key_interval_s: 2,
} as Health;

function camera(name: string, health: Partial<Health> | null, more: Partial<Camera> = {}): Camera {
  const policy = { mode: "continuous", keep_s: 30 * DAY } as Camera["policy"];
  const main = health === null ? {} : { main: { ...LIVE, ...health } };
  return { id: name, name, enabled: true, policy, health: main, ...more } as unknown as Camera;
}

function look(cameras: Camera[], more: Partial<Parameters<typeof attention>[0]> = {}) {
  return attention({ cameras, volumes: [], forecast: null, losses: new Map(), ...more });
}

describe("what needs attention", () => {
  it("is nothing while all is well, or switched off on purpose", () => {
    const off = camera("Off", { state: "offline" }, { enabled: false });
    expect(look([camera("Gate", {}), camera("New", null), off])).toEqual([]);
  });

  it("names a dead camera, since when, what to do, and where", () => {
    const [trouble] = look([
      camera("Gate", { state: "offline", since_us: 77, detail: "no route" }),
    ]);
    expect(trouble).toMatchObject({
      tone: "wrong",
      title: "Gate is offline",
      detail: "No route.",
      sinceUs: 77,
      href: "/cameras/Gate",
    });
    expect(trouble?.advice).toContain("power");
  });

  it("puts the worst first, and the longest among the equally bad", () => {
    const volume = { id: "v", path: "/v", state: "condemned", detail: "write failed" } as Volume;
    const found = look(
      [
        camera("Clock", { clock_offset_us: 240e6 }),
        camera("Young", { state: "offline", since_us: 90 }),
        camera("Old", { state: "offline", since_us: 10 }),
        camera("Kept out", { recording: false }),
        camera("Coarse", { key_interval_s: 10 }),
        camera("Refusing", { state: "refused" }),
      ],
      { volumes: [volume] },
    );
    expect(found.map((one) => one.title)).toEqual([
      "Volume /v is out of use",
      "Old is offline",
      "Young is offline",
      "Refusing refuses its password",
      "Kept out is not recorded",
      "Clock has the wrong time",
      "Coarse sends few key frames",
    ]);
    expect(found[5]?.detail).toContain("4 min ahead");
  });

  it("tells a small thing that many share once", () => {
    const names = ["C", "A", "B"];
    const found = look(names.map((name) => camera(name, { key_interval_s: 9 })));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      title: "3 cameras: few key frames",
      detail: "C, A, B.",
      href: "/cameras",
    });
    expect(look(names.map((name) => camera(name, { state: "offline" })))).toHaveLength(3);
  });

  it("does not complain of a camera that is to be recorded on events only", () => {
    const policy = { mode: "event", keep_s: null } as Camera["policy"];
    expect(look([camera("Door", { recording: false }, { policy })])).toEqual([]);
  });

  it("tells losses of the last hour by their share", () => {
    const losses = new Map([
      ["Bad", { lost: 500, expected: 10_000 }],
      ["Odd", { lost: 20, expected: 10_000 }],
      ["Fine", { lost: 1, expected: 90_000 }],
    ]);
    const found = look([camera("Odd", {}), camera("Bad", {}), camera("Fine", {})], { losses });
    expect(found.map((one) => [one.title, one.tone])).toEqual([
      ["Bad loses frames", "wrong"],
      ["Odd loses frames", "busy"],
    ]);
    expect(found[1]?.detail).toContain("0.2 %");
  });

  it("warns of footage that will not be kept as long as asked", () => {
    const inflows = [{ id: "Gate", bytesPerHour: 1e9, keepS: 30 * DAY, keepBytes: null }];
    const [trouble] = look([camera("Gate", {})], { forecast: forecast(inflows, 24e9 * 12) });
    expect(trouble?.detail).toContain("about 12 days, and up to 30 days are asked for 1 camera");
  });
});

function minute(at: number, more: Partial<LossMinute> = {}): LossMinute {
  return {
    minute_us: at * 60e6,
    expected_frames: 1500,
    received_frames: 1500,
    expected_packets: 0,
    received_packets: 0,
    bytes: 15e6,
    connected_us: 60e6,
    reconnects: 0,
    jitter_us: 0,
    clock_offset_us: null,
    ...more,
  };
}

describe("minutes as lines", () => {
  it("have units, and a hole where nothing was counted", () => {
    const drawn = curves([
      minute(1, { received_frames: 750, connected_us: 30e6, bytes: 7.5e6 }),
      minute(4, { clock_offset_us: 1_500_000, expected_frames: 0 }),
    ]);
    expect(drawn.x).toEqual([60, 120, 240]);
    expect(drawn.rate).toEqual([2, null, 2]);
    expect(drawn.lost).toEqual([50, null, 0]);
    expect(drawn.frames).toEqual([25, null, 25]);
    expect(drawn.clock).toEqual([null, null, 1.5]);
    expect(lossOf([minute(1, { received_frames: 1400 }), minute(2)])).toEqual({
      lost: 100,
      expected: 3000,
    });
  });
});
