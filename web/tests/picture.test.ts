import { describe, expect, test } from "vitest";

import { pictureName, stripHeight, stripText } from "../src/media/picture";

const US = Date.UTC(2026, 10, 25, 2, 12, 7, 345) * 1000;

describe("a saved picture", () => {
  test("is named by camera and local time, so that names sort", () => {
    expect(pictureName("North gate", US, "Europe/Vienna")).toBe(
      "North gate 2026-11-25 03-12-07.jpg",
    );
  });

  test("has a name that every file system takes", () => {
    for (const name of ["../../etc/passwd", 'a<b>:"c|d?*', "  .hidden. ", "", "Höf é 東"]) {
      const file = pictureName(name, US, "UTC");
      expect(file).toMatch(/^[\p{L}\p{N}(_][\p{L}\p{N} _.()-]* 2026-11-25 02-12-07\.jpg$/u);
      expect(file).not.toMatch(/\.\.|\//);
    }
    expect(pictureName("x".repeat(500), US, "UTC").length).toBeLessThan(100);
  });

  test("tells camera, time to a tenth of a second and zone beneath the picture", () => {
    expect(stripText("Gate", US, "UTC")).toBe("Gate   2026-11-25 02:12:07.3 UTC");
    expect(stripHeight(1080) % 2).toBe(0);
    expect(stripHeight(100)).toBe(20);
  });
});
