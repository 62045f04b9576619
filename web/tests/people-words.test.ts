import { describe, expect, test } from "vitest";

import type { Entry, Right } from "../src/api/people";
import {
  daySpan,
  deedWords,
  isBeyond,
  isExpired,
  listWords,
  nameOfRole,
  RIGHTS,
  offersWords,
  rangeWords,
  rightsWords,
  scopeWords,
  whyWords,
} from "../src/people/words";

const known = {
  roles: [],
  groups: [{ id: "g", name: "Doors", cameras: [] }],
  sites: [{ id: "s", name: "North school" }],
  cameras: [{ id: "c", name: "Gate" }],
};

function entry(text: string, subject = "", data: Record<string, number> = {}): Entry {
  const event = { text, subject, data, actor: { name: "Ann" } };
  return { sequence: 1, sha256: "", event } as unknown as Entry;
}

describe("people in words", () => {
  test("a role says what it allows, and how far back", () => {
    expect(rightsWords({ rights: ["live", "ptz"], replay_s: null })).toBe(
      "watch live, steer cameras",
    );
    const all = Object.keys(RIGHTS) as Right[];
    expect(rightsWords({ rights: all, replay_s: null })).toBe("do everything");
    expect(rightsWords({ rights: ["replay"], replay_s: 7 * 86_400 })).toContain("last 7 days");
    expect(rightsWords({ rights: ["replay"], replay_s: 5400 })).toContain("last 1.5 hours");
  });

  test("a grant says where it holds", () => {
    expect(scopeWords({ scope: "organisation", scope_id: "" }, known)).toBe("everywhere");
    expect(scopeWords({ scope: "site", scope_id: "s" }, known)).toBe("at North school");
    expect(scopeWords({ scope: "group", scope_id: "g" }, known)).toBe("for Doors");
    expect(scopeWords({ scope: "camera", scope_id: "c" }, known)).toBe("for Gate");
    expect(scopeWords({ scope: "camera", scope_id: "x" }, known)).toContain("gone");
  });

  test("built-in roles are named by the page, own ones as they were typed", () => {
    const named = (id: string, built_in: boolean): string =>
      nameOfRole({ id, name: "As typed", built_in });
    expect(named("auditor", true)).toBe("Auditor");
    expect(named("auditor", false)).toBe("As typed");
    expect(named("one of a later version", true)).toBe("As typed");
  });

  test("an invitation says what it offers", () => {
    const roles = [{ id: "viewer", name: "Viewer", rights: [], replay_s: null, built_in: true }];
    const offers = [
      { role: "viewer", scope: "site", scope_id: "s" },
      { role: "viewer", scope: "camera", scope_id: "c" },
    ] as const;
    expect(offersWords(offers, { ...known, roles })).toBe(
      "Viewer at North school, Viewer for Gate",
    );
  });

  test("a role beyond one's own is not offered", () => {
    expect(isBeyond({ rights: ["live"] }, ["people"])).toBe(false);
    expect(isBeyond({ rights: ["live", "audit"] }, ["people"])).toBe(true);
    expect(isBeyond({ rights: ["audit", "people"] }, ["people", "audit"])).toBe(false);
  });

  test("the log says how somebody signed in", () => {
    const came = (method: string): string => {
      const event = { kind: "session.began", text: "Ann signed in", subject: "", data: { method } };
      const told = { sequence: 1, sha256: "", event: { ...event, actor: { name: "Ann" } } };
      return deedWords(told as unknown as Entry, () => undefined);
    };
    expect(came("passkey")).toBe("signed in by passkey");
    expect(came("Town hall")).toBe("signed in through Town hall");
    expect(came("")).toBe("signed in");
  });

  test("names are listed as people say them", () => {
    expect(listWords([])).toBe("");
    expect(listWords(["viewer"])).toBe("viewer");
    expect(listWords(["viewer", "auditor", "operator"])).toBe("viewer, auditor and operator");
  });

  test("a day of the log is as long as it was on the clocks of the site", () => {
    const hours = (day: string): number => {
      const { start_us = 0, end_us = 0 } = daySpan(day, "Europe/Berlin");
      return (end_us - start_us) / 3600e6;
    };
    expect(hours("2026-11-25")).toBe(24);
    expect(hours("2026-03-29")).toBe(23);
    expect(hours("2026-10-25")).toBe(25);
    expect(daySpan("2026-11-25", "UTC").start_us).toBe(Date.UTC(2026, 10, 25) * 1000);
    expect(daySpan("", "UTC")).toEqual({});
    expect(daySpan("yesterday", "UTC")).toEqual({});
  });

  test("the log says why somebody was refused", () => {
    const refused = (data: Record<string, unknown>): Entry =>
      ({ event: { data, actor: { name: "" } } }) as unknown as Entry;
    expect(whyWords(refused({ why: "the code is wrong" }))).toBe("the code is wrong");
    expect(whyWords(refused({ why: 3 }))).toBe("");
  });

  test("a grant ends at its moment", () => {
    expect(isExpired({ expires_us: null }, 5)).toBe(false);
    expect(isExpired({ expires_us: 5 }, 5)).toBe(true);
    expect(isExpired({ expires_us: 6 }, 5)).toBe(false);
  });

  test("an entry names the camera, and not the person twice", () => {
    const name = (id: string): string | undefined => (id === "c" ? "Gate" : undefined);
    expect(deedWords(entry("Ann saw footage (live)", "camera/c"), name)).toBe(
      "saw footage (live) of Gate",
    );
    expect(deedWords(entry("Ann changed a camera: Gate", "camera/c"), name)).toBe(
      "changed a camera: Gate",
    );
    expect(deedWords(entry("Ann steered a camera until Ben took over", "camera/c"), name)).toBe(
      "steered Gate until Ben took over",
    );
    expect(deedWords(entry("a sign-in was refused"), name)).toBe("a sign-in was refused");
  });

  test("what was seen is said in the site's time", () => {
    const start = Date.parse("2026-05-02T10:00:00Z") * 1000;
    const seen = entry("", "", { start_us: start, end_us: start + 90e6 });
    expect(rangeWords(seen, "Europe/Vienna")).toMatch(/12:00:00.*12:01:30/);
    expect(rangeWords(entry(""), "UTC")).toBe("");
    expect(rangeWords(entry("", "", { start_us: start, end_us: start }), "UTC")).not.toContain("–");
  });
});
