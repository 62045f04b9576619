import { describe, expect, test } from "vitest";

import { exportAddress } from "../src/api/exports";
import type { Export } from "../src/api/types";
import {
  amountWords,
  aroundInstant,
  type ExportNews,
  fieldOf,
  fractionDone,
  instantOf,
  missingWords,
  stateWords,
  withNews,
} from "../src/state/exports";

const one = {
  id: "a",
  state: "running",
  done_bytes: 10,
  total_bytes: 100,
  done_us: 1,
  total_us: 10,
  outcome: null,
} as Export;

const news: ExportNews = {
  type: "export",
  id: "a",
  state: "running",
  done_bytes: 50,
  total_bytes: 100,
  done_us: 5,
  total_us: 10,
  gone: false,
};

describe("news", () => {
  test("of progress changes one export and leaves the others as they are", () => {
    const other = { ...one, id: "b" };
    const after = withNews([other, one], news);
    expect(after?.[0]).toBe(other);
    expect(after?.[1]).toMatchObject({ id: "a", done_bytes: 50, done_us: 5 });
  });
  test("of another state or an unknown export means asking the server", () => {
    expect(withNews([one], { ...news, state: "done" })).toBeNull();
    expect(withNews([], news)).toBeNull();
  });
  test("of a deletion takes it off the list", () => {
    expect(withNews([one], { ...news, gone: true })).toEqual([]);
  });
});

test("nothing is complete before it is", () => {
  expect(fractionDone({ ...one, done_bytes: 200 })).toBe(0.99);
  expect(fractionDone({ ...one, state: "done", done_bytes: 3 })).toBe(1);
  expect(fractionDone({ ...one, total_bytes: 0, done_bytes: 0 })).toBe(0);
});

test("altered footage is said in the first words", () => {
  const outcome = { faults: 2 } as NonNullable<Export["outcome"]>;
  expect(stateWords({ ...one, state: "done", outcome })).toMatchObject({ tone: "wrong" });
  expect(stateWords({ ...one, done_bytes: 59 }).title).toBe("59 %");
  expect(missingWords("unreachable")).toBe("Camera unreachable");
  expect(missingWords("altered")).toContain("Altered");
});

test("amounts", () => {
  expect(amountWords(1, 1_500_000, 62e6)).toBe("1 file, 1.5 MB, 1 min 2 s");
});

describe("fields show local time", () => {
  const zone = "Europe/Vienna";
  test("and are read back as the same instant", () => {
    const us = Date.UTC(2026, 6, 1, 10, 20, 30) * 1000;
    expect(fieldOf(us, zone)).toBe("2026-07-01T12:20:30");
    expect(instantOf("2026-07-01T12:20:30", zone)).toBe(us);
    expect(instantOf("2026-07-01T12:20", zone)).toBe(us - 30e6);
    expect(instantOf("", zone)).toBeNull();
  });
});

test("a minute around the picture, never of the future", () => {
  expect(aroundInstant(1000.5e6, 5000e6)).toEqual({ startUs: 970e6, endUs: 1030e6 });
  expect(aroundInstant(1000.5e6, 1001e6)).toEqual({ startUs: 941e6, endUs: 1001e6 });
});

test("addresses of files", () => {
  expect(exportAddress("a", 3)).toBe("/api/v1/exports/a/files/3");
  expect(exportAddress("a", "zip")).toBe("/api/v1/exports/a/zip");
});
