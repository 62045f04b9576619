import { expect, test } from "vitest";

import { ApiError } from "../src/api/problem";
import type { Camera, Right } from "../src/api/types";
import { missingWords, removedWords } from "../src/removed";

const NOON_US = Date.parse("2026-11-25T12:00:00Z") * 1000;

function camera(removed_us: number | null, ...rights: Right[]): Camera {
  return { removed_us, rights } as Camera;
}

test("a removed camera says when it went, and that its footage is here", () => {
  const words = removedWords(camera(NOON_US, "replay"), NOON_US, "UTC");
  expect(words).toContain("removed: 12:00.");
  expect(words).toContain("stays here");
  expect(removedWords(camera(null, "replay"), NOON_US, "UTC")).toBe("");
});

test("whoever may not replay is told whom to ask", () => {
  expect(removedWords(camera(NOON_US, "live"), NOON_US, "UTC")).toContain("Ask an administrator");
});

test("of a camera that is gone for good the page says where to look on", () => {
  expect(missingWords(new ApiError(404, "not-found", "there is no camera"))).toContain("event log");
  expect(missingWords(new ApiError(503, "overloaded", "Try again."))).toBe("Try again.");
});
