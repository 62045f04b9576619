import { describe, expect, test } from "vitest";

import { hasLive, liveOnlyWords, missingWords, noLiveWords, noReplayWords } from "../src/allowed";
import { ApiError } from "../src/api/problem";
import type { Camera, Right } from "../src/api/types";
import { lastWords, removedWords } from "../src/removed";

const NOON_US = Date.parse("2026-11-25T12:00:00Z") * 1000;

function camera(removed_us: number | null, ...rights: Right[]): Camera {
  return { removed_us, rights } as Camera;
}

describe("a camera that was removed", () => {
  test("says when it went, and that its footage is here", () => {
    const words = removedWords(camera(NOON_US, "replay"), NOON_US, "UTC");
    expect(words).toContain("removed: 12:00.");
    expect(words).toContain("stays here");
    expect(removedWords(camera(null, "replay"), NOON_US, "UTC")).toBe("");
  });

  test("tells whoever may not replay whom to ask", () => {
    expect(removedWords(camera(NOON_US, "live"), NOON_US, "UTC")).toContain("Ask an administrator");
  });

  test("has nothing live to go back to, whatever the rights", () => {
    expect(hasLive(camera(NOON_US, "live", "replay"))).toBe(false);
    expect(noLiveWords(camera(NOON_US, "replay"))?.detail).toContain("was removed");
  });

  test("does not promise more footage where its footage ends", () => {
    expect(lastWords({ kind: "shown" }, "end")?.title).toContain("the last of its footage");
    expect(lastWords({ kind: "gap" }, "nothing")?.detail).not.toContain("live");
    expect(lastWords({ kind: "shown" }, "playing")).toBeNull();
    expect(lastWords({ kind: "gap" }, "playing")).toBeNull();
  });
});

describe("a camera of which one may see a part", () => {
  test("live only: the page says so, and whom to ask", () => {
    expect(liveOnlyWords([camera(null, "live")])).toContain("ask whoever handles people and roles");
    expect(liveOnlyWords([camera(null, "live"), camera(null, "live", "replay")])).toBe("");
    expect(noLiveWords(camera(null, "live"))).toBeNull();
    expect(noReplayWords(camera(null, "live"))?.title).toContain("recorded footage");
  });

  test("recorded footage only: the picture says where that is", () => {
    expect(hasLive(camera(null, "replay"))).toBe(false);
    expect(noLiveWords(camera(null, "replay"))?.detail).toContain("timeline");
    expect(noReplayWords(camera(null, "replay"))).toBeNull();
    expect(liveOnlyWords([camera(null, "replay")])).toBe("");
  });

  test("neither: nobody is sent to a timeline that is not there", () => {
    expect(noLiveWords(camera(null, "ptz"))?.detail).not.toContain("timeline");
    expect(liveOnlyWords([camera(null, "ptz")])).toBe("");
  });
});

test("of a camera that is not there, or not theirs, the page says what to do", () => {
  for (const status of [404, 422]) {
    const words = missingWords(new ApiError(status, "not-found", "there is no camera"));
    expect(words).toContain("Choose a camera from the list");
    expect(words).toContain("ask whoever handles people and roles");
  }
  expect(missingWords(new ApiError(503, "overloaded", "Try again."))).toBe("Try again.");
});
