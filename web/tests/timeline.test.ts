import { describe, expect, test } from "vitest";

import {
  closeGaps,
  DAY_US,
  gapAt,
  grow,
  held,
  HOUR_US,
  lossAt,
  lossesOf,
  MINUTE_US,
  NARROWEST_US,
  pan,
  reveal,
  snap,
  ticks,
  usAt,
  type View,
  WIDEST_US,
  xAt,
  zoomAt,
} from "../src/timeline/model";
import { clockSeconds, fromLocal, offsetMs } from "../src/timeline/zone";

const at = (text: string): number => Date.parse(text) * 1000;
const view: View = { startUs: at("2026-05-01T00:00:00Z"), spanUs: DAY_US, widthPx: 1000 };
const span = (from: number, to: number, lost = 0) => ({
  start_us: from,
  end_us: to,
  lost_frames: lost,
});

describe("places and instants", () => {
  test("are each other's inverse", () => {
    for (const x of [0, 1, 333.3, 1000, -50]) expect(xAt(view, usAt(view, x))).toBeCloseTo(x, 6);
  });
  test("zooming keeps the instant under the pointer", () => {
    for (const factor of [0.1, 0.9, 1.5, 20]) {
      const zoomed = zoomAt(view, 700, factor);
      expect(usAt(zoomed, 700)).toBeCloseTo(usAt(view, 700), -1);
    }
  });
  test("zooming has ends", () => {
    expect(zoomAt(view, 0, 1e-9).spanUs).toBe(NARROWEST_US);
    expect(zoomAt(view, 0, 1e9).spanUs).toBe(WIDEST_US);
  });
  test("dragging to the right shows earlier time", () => {
    expect(pan(view, 100).startUs).toBe(view.startUs - DAY_US / 10);
  });
  test("the future stays mostly out of sight", () => {
    const now = at("2026-05-01T12:00:00Z");
    expect(xAt(held(view, now), now)).toBeCloseTo(750);
    const past = { ...view, startUs: view.startUs - 5 * DAY_US };
    expect(held(past, now)).toBe(past);
  });
  test("the playhead is brought into sight only when it left", () => {
    expect(reveal(view, view.startUs + HOUR_US)).toBe(view);
    expect(xAt(reveal(view, view.startUs + 3 * DAY_US), view.startUs + 3 * DAY_US)).toBe(500);
  });
});

describe("footage", () => {
  const spans = [span(view.startUs, view.startUs + HOUR_US)];
  test("a click just beside footage plays its edge, one far away stays", () => {
    const minute = (n: number): number => view.startUs + HOUR_US + n * MINUTE_US;
    expect(snap(view, minute(5), spans)).toBe(view.startUs + HOUR_US - 1);
    expect(snap(view, minute(60), spans)).toBe(minute(60));
    expect(snap(view, view.startUs + 5, spans)).toBe(view.startUs + 5);
  });
  test("grows at its end and keeps its losses", () => {
    expect(grow([span(0, 10e6, 3)], span(10e6, 12e6, 1))).toEqual([span(0, 12e6, 4)]);
  });
  test("that is told twice grows once", () => {
    expect(grow([span(0, 10e6, 3)], span(8e6, 10e6, 1))).toEqual([span(0, 10e6, 3)]);
  });
  test("is marked in the minutes that lost frames", () => {
    const minutes = [
      { minute_us: 0, expected_frames: 1500, received_frames: 1500 },
      { minute_us: 60e6, expected_frames: 1500, received_frames: 1497 },
    ];
    const losses = lossesOf(minutes);
    expect(losses).toEqual([{ startUs: 60e6, frames: 3 }]);
    expect(lossAt(losses, 61e6)?.frames).toBe(3);
    expect(lossAt(losses, 120e6)).toBeNull();
  });
  test("after a hole is a span of its own, and ends the open gap", () => {
    expect(grow([span(0, 10e6)], span(20e6, 22e6))).toHaveLength(2);
    const gap = { start_us: 10e6, end_us: null, reason: "unreachable", detail: "" };
    expect(closeGaps([gap], 20e6)[0]?.end_us).toBe(20e6);
    expect(gapAt([gap], 15e6, 30e6)).toBe(gap);
    expect(gapAt([gap], 31e6, 30e6)).toBeNull();
  });
});

describe("labels", () => {
  test("are round local times, spaced", () => {
    const found = ticks(view, "Europe/Berlin");
    expect(found.map((tick) => tick.label).slice(0, 4)).toEqual([
      "03:00",
      "06:00",
      "09:00",
      "12:00",
    ]);
    expect(found.some((tick) => tick.label === "Sat 2 May" && tick.major)).toBe(true);
  });
  test("go from seconds to weeks", () => {
    for (const spanUs of [NARROWEST_US, MINUTE_US, HOUR_US, DAY_US, 7 * DAY_US, WIDEST_US]) {
      const found = ticks({ ...view, spanUs }, "America/New_York");
      expect(found.length).toBeGreaterThan(1);
      expect(found.length).toBeLessThan(14);
    }
  });
  test("stay round when the clocks go forward", () => {
    const spring = { startUs: at("2026-03-28T22:00:00Z"), spanUs: 12 * HOUR_US, widthPx: 1200 };
    const labels = ticks(spring, "Europe/Berlin").map((tick) => tick.label);
    expect(labels).toEqual([
      "23:00",
      "Sun 29 Mar",
      "01:00",
      "03:00",
      "04:00",
      "05:00",
      "06:00",
      "07:00",
      "08:00",
      "09:00",
      "10:00",
      "11:00",
      "12:00",
    ]);
  });
  test("show the hour twice when the clocks go back", () => {
    const autumn = { startUs: at("2026-10-24T22:00:00Z"), spanUs: 6 * HOUR_US, widthPx: 600 };
    const labels = ticks(autumn, "Europe/Berlin").map((tick) => tick.label);
    expect(labels).toEqual(["Sun 25 Oct", "01:00", "02:00", "02:00", "03:00", "04:00", "05:00"]);
  });
  test("never stand still or go back, in odd zones too", () => {
    for (const zone of ["Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "UTC"]) {
      for (let day = 0; day < 370; day += 5) {
        for (const spanUs of [MINUTE_US, HOUR_US, DAY_US, 30 * DAY_US]) {
          const found = ticks({ startUs: view.startUs + day * DAY_US, spanUs, widthPx: 900 }, zone);
          for (let i = 1; i < found.length; i++) {
            expect(found[i]?.us).toBeGreaterThan(found[i - 1]?.us ?? Infinity);
          }
        }
      }
    }
  });
});

describe("zones", () => {
  test("know summer and winter", () => {
    expect(offsetMs(Date.parse("2026-07-01T00:00:00Z"), "Europe/Berlin")).toBe(7_200_000);
    expect(offsetMs(Date.parse("2026-01-01T00:00:00Z"), "Europe/Berlin")).toBe(3_600_000);
    expect(clockSeconds(Date.parse("2026-01-01T23:30:05Z"), "Asia/Kolkata")).toBe("05:00:05");
  });
  test("local times become instants, skipped ones the moment of the change", () => {
    const local = (text: string): number => Date.parse(`${text}Z`);
    const zone = "Europe/Berlin";
    expect(new Date(fromLocal(local("2026-05-01T12:00:00"), zone)).toISOString()).toBe(
      "2026-05-01T10:00:00.000Z",
    );
    expect(new Date(fromLocal(local("2026-03-29T02:30:00"), zone)).toISOString()).toBe(
      "2026-03-29T01:00:00.000Z",
    );
    expect(new Date(fromLocal(local("2026-10-25T02:30:00"), zone)).toISOString()).toBe(
      "2026-10-25T00:30:00.000Z",
    );
  });
});
