import { describe, expect, it } from "vitest";

import { placeZone } from "../src/timeline/place-zone";

const PLACES = [
  { id: "school", time_zone: "America/Chicago" },
  { id: "depot", time_zone: "America/Chicago" },
  { id: "harbour", time_zone: "Europe/Lisbon" },
];

describe("the time in which cameras are read", () => {
  it("is that of the place, wherever the operator sits", () => {
    expect(placeZone([{ site: "school" }], PLACES, "Europe/Berlin")).toBe("America/Chicago");
    expect(placeZone([{ site: "school" }, { site: "depot" }], PLACES, "UTC")).toBe(
      "America/Chicago",
    );
  });
  it("is not disturbed by a camera without a place", () => {
    expect(placeZone([{ site: null }, { site: "harbour" }], PLACES, "UTC")).toBe("Europe/Lisbon");
  });
  it("is the operator's own where places disagree, or nothing is known of them", () => {
    expect(placeZone([{ site: "school" }, { site: "harbour" }], PLACES, "UTC")).toBe("UTC");
    expect(placeZone([{ site: "gone" }, { site: null }], PLACES, "UTC")).toBe("UTC");
    expect(placeZone([], [], "Asia/Tokyo")).toBe("Asia/Tokyo");
  });
});
