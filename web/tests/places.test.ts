import { describe, expect, it } from "vitest";

import { officesOf, placesOf } from "../src/state/places";

const NOBODY = { may: () => false, mayAnywhere: () => false };
const EVERYBODY = { may: () => true, mayAnywhere: () => true };

describe("where the console leads", () => {
  it("is only where somebody may go", () => {
    expect(placesOf(NOBODY).map(({ href }) => href)).toEqual(["/", "/cameras", "/map", "/health"]);
    expect(officesOf(NOBODY)).toEqual([]);
    expect(placesOf(EVERYBODY)).toHaveLength(7);
    expect(officesOf(EVERYBODY).map(({ label }) => label)).toEqual([
      "Shared with us",
      "Shares",
      "People",
      "Event log",
    ]);
  });
  it("leaves five for the bar of a phone", () => {
    expect(placesOf(EVERYBODY).filter(({ desk }) => !desk)).toHaveLength(5);
  });
  it("says of every page where it belongs, and of none that it belongs twice", () => {
    for (const path of ["/", "/wall/1", "/camera/1", "/cameras/add", "/map", "/exports"]) {
      expect(placesOf(EVERYBODY).filter(({ here }) => here(path))).toHaveLength(1);
    }
  });
});
