import { describe, expect, test } from "vitest";

import { offsetWords, parseMoment } from "../src/timeline/typed-time";
import { clockSeconds, instantsOf, offsetMs, toLocal } from "../src/timeline/zone";

const BERLIN = "Europe/Berlin";
const ZONES = [
  BERLIN,
  "America/New_York",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
  "Africa/Cairo",
  "Pacific/Apia",
  "UTC",
];
const us = (text: string): number => Date.parse(text) * 1000;
/** A Wednesday, 13:00 in Berlin. */
const NOW = us("2026-11-25T12:00:00Z");
const berlin = (text: string, now = NOW) => parseMoment(text, now, BERLIN);
const one = (text: string) => ({ kind: "moments", us: [us(text)] });

/** Numbers that look random and are the same in every run. */
function* random(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe("a time without a date is the latest that has passed", () => {
  test.each([
    ["12:59", "2026-11-25T11:59:00Z"],
    ["14:05", "2026-11-24T13:05:00Z"],
    ["8:30:15", "2026-11-25T07:30:15Z"],
    ["8:30:15.250", "2026-11-25T07:30:15.250Z"],
    ["3 pm", "2026-11-24T14:00:00Z"],
    ["12am", "2026-11-24T23:00:00Z"],
    ["12:30 pm", "2026-11-25T11:30:00Z"],
  ])("%s", (text, expected) => {
    expect(berlin(text)).toEqual(one(expected));
  });
});

describe("a date", () => {
  test.each([
    ["yesterday 8:30", "2026-11-24T07:30:00Z"],
    ["today 8:30", "2026-11-25T07:30:00Z"],
    ["Yesterday,  08:30", "2026-11-24T07:30:00Z"],
    ["mon 7:15", "2026-11-23T06:15:00Z"],
    ["wednesday 14:00", "2026-11-18T13:00:00Z"],
    ["wed 12:00", "2026-11-25T11:00:00Z"],
    ["2026-10-24 02:30", "2026-10-24T00:30:00Z"],
    ["2026-10-24T02:30", "2026-10-24T00:30:00Z"],
    ["24.10.2026 2:30", "2026-10-24T00:30:00Z"],
    ["24.12. 2:30", "2025-12-24T01:30:00Z"],
    ["25 Dec 2025 9:00", "2025-12-25T08:00:00Z"],
    ["Dec 24, 9:00", "2025-12-24T08:00:00Z"],
    ["24 november 9:00", "2026-11-24T08:00:00Z"],
    ["2026-10-24", "2026-10-23T22:00:00Z"],
    ["yesterday", "2026-11-23T23:00:00Z"],
    ["29 feb 2024 6:00", "2024-02-29T05:00:00Z"],
  ])("%s", (text, expected) => {
    expect(berlin(text)).toEqual(one(expected));
  });
});

test("an offset in the text wins over the zone", () => {
  expect(berlin("2026-10-25T02:30:00+02:00")).toEqual(one("2026-10-25T00:30:00Z"));
  expect(berlin("2026-10-25T00:30:00Z")).toEqual(one("2026-10-25T00:30:00Z"));
});

test("so long ago", () => {
  expect(berlin("10 min ago")).toEqual(one("2026-11-25T11:50:00Z"));
  expect(berlin("-90s")).toEqual(one("2026-11-25T11:58:30Z"));
  expect(berlin("2 days ago")).toEqual(one("2026-11-23T12:00:00Z"));
  expect(berlin("now")).toEqual({ kind: "moments", us: [NOW] });
});

describe("when the clocks change", () => {
  test("an hour that exists twice is offered twice, the earlier first", () => {
    expect(berlin("2026-10-25 02:30")).toEqual({
      kind: "moments",
      us: [us("2026-10-25T00:30:00Z"), us("2026-10-25T01:30:00Z")],
    });
    const [first, second] = [us("2026-10-25T00:30:00Z"), us("2026-10-25T01:30:00Z")];
    expect([offsetWords(first, BERLIN), offsetWords(second, BERLIN)]).toEqual(["UTC+2", "UTC+1"]);
  });
  test("of the two only the one that has come is offered in between", () => {
    const between = us("2026-10-25T01:00:00Z");
    expect(berlin("02:30", between)).toEqual(one("2026-10-25T00:30:00Z"));
  });
  test("an hour that does not exist is said, with the moment of the change", () => {
    expect(berlin("2026-03-29 02:30")).toEqual({
      kind: "skipped",
      us: us("2026-03-29T01:00:00Z"),
    });
  });
  test("half an hour on Lord Howe Island", () => {
    expect(parseMoment("2026-04-05 01:45", NOW, "Australia/Lord_Howe")).toMatchObject({
      us: [us("2026-04-04T14:45:00Z"), us("2026-04-04T15:15:00Z")],
    });
  });
  test("a day whose midnight does not exist begins right after it", () => {
    // Cairo put its clocks forward at midnight.
    expect(parseMoment("2026-04-24", NOW, "Africa/Cairo")).toEqual(one("2026-04-23T22:00:00Z"));
  });
});

test("what has not come yet, and what makes no sense, is told apart", () => {
  for (const text of ["2027-01-01 10:00", "2026-11-25 13:01", "today 18:00", "2027-01-01"]) {
    expect(berlin(text), text).toEqual({ kind: "future" });
  }
  for (const text of [
    ...["", "hello", "25:00", "12:60", "14", "13 pm", "2026-02-30 10:00", "31.4.2026 1:00"],
    ...["m 8:00", "2026-13-01", "yesterday yesterday 8:00", "8:30 8:30", "-", "- 5 apples"],
  ]) {
    expect(berlin(text), text).toEqual({ kind: "unclear" });
  }
});

test("every moment that is written as its zone shows it is found again", () => {
  const numbers = random(7);
  const next = (): number => numbers.next().value as number;
  for (let n = 0; n < 1_500; n++) {
    const zone = ZONES[n % ZONES.length] ?? "UTC";
    const ms = Math.floor((us("2024-01-01") + next() * (NOW - us("2024-01-01"))) / 1e6) * 1000;
    const local = toLocal(ms, zone).toISOString();
    const text = n % 2 ? local.slice(0, 19) : `${local.slice(0, 10)} ${clockSeconds(ms, zone)}`;
    const found = parseMoment(text, NOW, zone);
    if (found.kind !== "moments") throw new Error(`${text} in ${zone} is ${found.kind}`);
    expect(found.us, `${text} in ${zone}`).toContain(ms * 1000);
    for (const each of found.us) {
      expect(toLocal(each / 1000, zone).toISOString()).toBe(local);
    }
  }
});

test("no moment is made up, none is left out, near every change of the clocks", () => {
  const QUARTER = 900_000;
  const DAY = 96 * QUARTER;
  for (const zone of ZONES) {
    for (let day = Date.parse("2025-01-01"); day < Date.parse("2026-01-01"); day += DAY) {
      if (offsetMs(day, zone) === offsetMs(day + DAY, zone)) continue;
      let ms = day;
      while (offsetMs(ms, zone) === offsetMs(day, zone)) ms += QUARTER;
      for (let local = ms - 4 * QUARTER; local < ms + 4 * QUARTER; local += QUARTER / 3) {
        const wanted = toLocal(ms, zone).getTime() + (local - ms);
        const all: number[] = [];
        for (let t = ms - 9 * QUARTER; t < ms + 9 * QUARTER; t += QUARTER / 3) {
          if (toLocal(t, zone).getTime() === wanted) all.push(t);
        }
        expect(instantsOf(wanted, zone), `${new Date(wanted).toISOString()} ${zone}`).toEqual(all);
      }
    }
  }
});
