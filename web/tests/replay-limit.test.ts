import { describe, expect, test } from "vitest";

import { daysText, limitOf } from "../src/people/replay-limit";

describe("how far back a role reaches", () => {
  test("is shown and typed in days", () => {
    expect(daysText(7 * 86_400)).toBe("7");
    expect(daysText(null)).toBe("");
    expect(limitOf("1.5", null)).toBe(129_600);
    expect(limitOf(2, 60)).toBe(172_800);
    expect(limitOf("", 60)).toBeNull();
    expect(limitOf(null, 60)).toBeNull();
  });

  test("stays to the second when it was not touched", () => {
    for (const limit of [1, 100, 3600, 5400, 86_399, 123_456, null]) {
      expect(limitOf(daysText(limit), limit)).toBe(limit);
    }
  });

  test("is at least a second", () => {
    expect(limitOf("0.000001", null)).toBe(1);
  });
});
