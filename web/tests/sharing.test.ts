import { describe, expect, it } from "vitest";

import { Client } from "../src/api/client";
import type { Share, Use } from "../src/api/sharing";
import { ShareFootage } from "../src/sharing/through";
import {
  contentWords,
  heldIn,
  isOpen,
  openFirst,
  openedWords,
  type ShareForm,
  shareOf,
  stateWords,
  useWhat,
  useWhen,
  withLatest,
} from "../src/sharing/words";

const NOON = Date.UTC(2026, 4, 1, 12) * 1000;
const HOUR = 3_600e6;
const ZONE = "UTC";

const share: Share = {
  id: "s",
  recipient: "Police",
  link: false,
  cameras: [{ id: "c", name: "Gate" }],
  live: true,
  footage: { start_us: NOON - HOUR, end_us: null },
  sound: false,
  from_us: NOON,
  until_us: NOON + HOUR,
  purpose: "Break-in",
  state: "in force",
  made_by: "ann",
  made_us: NOON,
  ended_by: "",
  ended_us: null,
  most_uses: null,
  uses: 0,
};

describe("a share in words", () => {
  it("says what may be seen", () => {
    expect(contentWords(share, NOON, ZONE)).toBe("Live and footage from 11:00 on");
    const past = { live: false, footage: { start_us: NOON - HOUR, end_us: NOON }, sound: true };
    expect(contentWords(past, NOON, ZONE)).toBe("Footage from 11:00 until 12:00, with sound");
    expect(contentWords({ ...past, live: true, footage: null }, NOON, ZONE)).toBe(
      "Live, with sound",
    );
  });

  it("says where it stands, also on a page that is older than its end", () => {
    expect(stateWords(share, NOON, ZONE).title).toBe("Until 13:00");
    expect(isOpen(share, NOON)).toBe(true);
    expect(stateWords(share, NOON + 2 * HOUR, ZONE).title).toBe("Over since 13:00");
    expect(isOpen(share, NOON + HOUR)).toBe(false);
    const ended: Share = { ...share, state: "ended", ended_by: "bob", ended_us: NOON + 60e6 };
    expect(stateWords(ended, NOON, ZONE).title).toBe("Ended by bob, 12:01");
    expect(isOpen(ended, NOON)).toBe(false);
    expect(openFirst([ended, share], NOON)).toEqual([share, ended]);
  });

  it("says how often a link was opened", () => {
    expect(openedWords(share)).toBe("");
    expect(openedWords({ ...share, link: true })).toBe("not opened yet");
    expect(openedWords({ ...share, link: true, uses: 3 })).toBe("opened 3 times");
    expect(openedWords({ ...share, link: true, uses: 1, most_uses: 1 })).toBe("opened 1 of 1 time");
  });

  it("says who saw what and when", () => {
    const use: Use = {
      who: "lea (Police)",
      address: "",
      camera: { id: "c", name: "Gate" },
      mode: "replay",
      began_us: NOON,
      ended_us: NOON + 120e6,
      now: false,
      start_us: NOON - HOUR,
      end_us: NOON - HOUR + 600e6,
    };
    expect(useWhat(use, NOON, ZONE)).toBe("footage from 11:00 until 11:10");
    expect(useWhen(use, NOON, ZONE)).toBe("12:00, for 2 min");
    const live: Use = { ...use, mode: "live", now: true, ended_us: null };
    expect(useWhat(live, NOON, ZONE)).toBe("live");
    expect(useWhen(live, NOON, ZONE)).toBe("watching since 12:00");
  });
});

describe("uses that are told while earlier ones are read", () => {
  const use = (began: number): Use => ({ began_us: began }) as Use;

  it("go before those that were known", () => {
    const known = [use(5), use(4), use(3), use(2), use(1)];
    expect(withLatest([use(6), use(5), use(4)], known, false)).toEqual([use(6), ...known]);
    expect(withLatest([use(2), use(1)], known, true)).toEqual([use(2), use(1)]);
    expect(withLatest([], [], true)).toEqual([]);
  });
});

describe("a moment in what is shared", () => {
  it("is never before nor after it", () => {
    const footage = { start_us: 100, end_us: 200 };
    expect([0, 100, 150, 200, 999].map((us) => heldIn(footage, us))).toEqual([
      100, 100, 150, 199, 199,
    ]);
    expect(heldIn({ start_us: 100, end_us: null }, 999)).toBe(999);
  });
});

const form: ShareForm = {
  to: "organisation",
  name: " Police ",
  cameras: ["c"],
  live: true,
  footage: false,
  footageFrom: "2026-05-01T11:00",
  footageUntil: "",
  sound: false,
  from: "",
  until: "2026-05-01T18:00",
  purpose: "Break-in",
  once: true,
};

describe("the form", () => {
  it("gives what is to be sent", () => {
    expect(shareOf(form)).toEqual({
      organisation: "Police",
      cameras: ["c"],
      live: true,
      footage: null,
      sound: false,
      until_us: Date.parse("2026-05-01T18:00") * 1000,
      purpose: "Break-in",
    });
    const link = shareOf({ ...form, to: "link", footage: true });
    expect(link).toMatchObject({
      person: "Police",
      most_uses: 1,
      footage: { start_us: Date.parse("2026-05-01T11:00") * 1000, end_us: null },
    });
  });

  it("may begin later", () => {
    expect(shareOf({ ...form, from: "2026-05-01T16:00" })).toMatchObject({
      from_us: Date.parse("2026-05-01T16:00") * 1000,
    });
  });

  it.each([
    [{ name: " " }, /exactly/],
    [{ name: "", to: "link" as const }, /whom the link/],
    [{ cameras: [] }, /at least one camera/],
    [{ live: false }, /or both/],
    [{ footage: true, footageFrom: "" }, /from when on/],
    [{ footage: true, footageUntil: "2026-05-01T10:00" }, /before it ends/],
    [{ until: "" }, /until when/],
    [{ from: "2026-05-01T18:00" }, /begin before/],
    [{ purpose: "" }, /why/],
  ])("says what is missing: %o", (change, words) => {
    expect(shareOf({ ...form, ...change })).toMatch(words);
  });
});

describe("footage through a share", () => {
  const index = {
    formats: {},
    fragments: [{ format_id: "f", segment_start_us: 7, start_us: 7 }],
    next_us: null,
  };
  const asked: string[] = [];
  const client = new Client((address) => {
    const url = new URL(address as string, "http://here");
    asked.push(url.pathname + url.search);
    const gone = url.searchParams.get("offset") === "99";
    if (gone) return Promise.resolve(new Response("{}", { status: 404 }));
    const year = url.searchParams.get("year");
    if (year) return Promise.resolve(Response.json({ cameras: [{ days: [`${year}-05-01`] }] }));
    return Promise.resolve(
      url.pathname.endsWith("/fragments") ? Response.json(index) : new Response("bytes"),
    );
  });
  const { signal } = new AbortController();

  it("is asked for under the share alone, and a format by one of its segments", async () => {
    const source = new ShareFootage(client, "/shared/s").source("c", "sub");
    await source.index(1, 2, 9, signal);
    await source.init("f", "video", signal);
    await source.bytes(7, 3, 4, signal);
    const root = "/api/v1/shared/s/cameras/c";
    expect(asked).toEqual([
      `${root}/fragments?stream=sub&start_us=1&end_us=2&limit=9`,
      `${root}/segments/7/init.mp4?stream=sub&tracks=video`,
      `${root}/segments/7/part?stream=sub&offset=3&size=4`,
    ]);
    await expect(source.bytes(7, 99, 4, signal)).rejects.toThrow();
  });

  it("has the calendar of what is shared", async () => {
    const through = new ShareFootage(client, "/shared/s");
    asked.length = 0;
    const days = await through.calendar(["c"], "main", 2026, "Europe/Berlin", signal);
    expect([...days]).toEqual(["2026-05-01"]);
    expect(asked).toEqual([
      "/api/v1/shared/s/cameras/c/calendar?stream=main&year=2026&zone=Europe%2FBerlin",
    ]);
  });

  it("signs nobody out when the share has ended", async () => {
    let out = false;
    const ended = new Client(() => Promise.resolve(new Response("{}", { status: 401 })));
    ended.onSignedOut = () => {
      out = true;
    };
    const source = new ShareFootage(ended, "/guest").source("c", "main");
    await expect(source.index(1, 2, 9, signal)).rejects.toThrow();
    expect(out).toBe(false);
  });
});
