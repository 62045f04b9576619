import { expect, test } from "vitest";

import { chooseReplayRole, heldOf, RecordedStreams } from "../src/media/recorded";

const S = 1e6;
const NOW = 10_000 * S;
const span = (from: number, to: number) => ({ start_us: from * S, end_us: to * S });
const playable = true;
const yes = { held: "yes", playable } as const;
const ends = { held: "ends", playable } as const;
const no = { held: "no", playable } as const;
const small = { tileWidthPx: 470, shown: null };
const large = { tileWidthPx: 1900, shown: null };

test("a small tile replays the sub stream where that was recorded, a large one the main stream", () => {
  expect(chooseReplayRole({ ...small, main: yes, sub: yes })).toBe("sub");
  expect(chooseReplayRole({ ...large, main: yes, sub: yes })).toBe("main");
  expect(chooseReplayRole({ ...small, main: yes, sub: no })).toBe("main");
});

test("footage that only one stream has is shown, whatever the size of the tile", () => {
  expect(chooseReplayRole({ ...large, main: no, sub: yes })).toBe("sub");
  expect(chooseReplayRole({ ...large, main: no, sub: ends })).toBe("sub");
  expect(chooseReplayRole({ ...small, main: ends, sub: no })).toBe("main");
});

test("nobody changes streams for footage that is about to end, nor leaves one that still lasts", () => {
  expect(chooseReplayRole({ ...small, main: yes, sub: ends, shown: "main" })).toBe("main");
  expect(chooseReplayRole({ ...small, main: yes, sub: ends, shown: "sub" })).toBe("sub");
  expect(chooseReplayRole({ ...small, main: yes, sub: no, shown: "sub" })).toBe("main");
});

test("where neither was recorded a tile stays with what it shows", () => {
  expect(chooseReplayRole({ ...small, main: no, sub: no, shown: "sub" })).toBe("sub");
  expect(chooseReplayRole({ ...large, main: no, sub: no })).toBe("main");
});

test("the recorded sub stream stands in for a main stream that the browser does not play", () => {
  const hevc = { held: "yes", playable: false } as const;
  expect(chooseReplayRole({ ...large, main: hevc, sub: yes })).toBe("sub");
  expect(chooseReplayRole({ ...large, main: hevc, sub: no })).toBe("main");
});

test("a moment is held by the span around it; its excluded end and holes are not", () => {
  const spans = [span(100, 200), span(260, 400)];
  const at = (s: number) => heldOf(spans, s * S, NOW);
  expect([at(99), at(100), at(195), at(196), at(200), at(259), at(260)]).toEqual([
    "no",
    "yes",
    "yes",
    "ends",
    "no",
    "no",
    "yes",
  ]);
});

test("footage that ended a moment ago goes on", () => {
  const spans = [span(9_000, 9_998)];
  expect(heldOf(spans, 9_999 * S, NOW)).toBe("yes");
  expect(heldOf(spans, 9_999 * S, NOW + 100 * S)).toBe("no");
});

function streams(answers: { main: ReturnType<typeof span>[]; sub: ReturnType<typeof span>[] }) {
  const asked: string[] = [];
  const state = { nowUs: NOW, fails: false, changes: 0 };
  const made = new RecordedStreams({
    ask: (cameras, role, startUs, endUs) => {
      const range = `${String(startUs / S)}-${String(endUs / S)}`;
      asked.push(`${role} of ${cameras.join(" ")} ${range}`);
      if (state.fails) return Promise.reject(new Error("away"));
      return Promise.resolve(cameras.map((camera) => ({ camera, spans: answers[role] })));
    },
    nowUs: () => state.nowUs,
    onChange: () => state.changes++,
  });
  const look = async (us: number, cameras = ["a"]) => {
    for (const camera of cameras) made.want(camera, us);
    await new Promise((done) => {
      setTimeout(done);
    });
  };
  return { made, asked, state, look };
}

test("a wall asks once for each stream of all its tiles, an hour around the moment", async () => {
  const { made, asked, state, look } = streams({ main: [span(0, 9_000)], sub: [span(0, 5_000)] });
  expect(made.at("a", 6_000 * S)).toBeNull();
  await look(6_000 * S, ["a", "b"]);
  await look(6_500 * S, ["a", "b"]);
  expect(asked).toEqual(["main of a b 2400-9600", "sub of a b 2400-9600"]);
  expect(made.at("b", 6_000 * S)).toEqual({ main: "yes", sub: "no" });
  expect(made.at("a", 4_000 * S)).toEqual({ main: "yes", sub: "yes" });
  expect(made.at("a", 2_000 * S)).toBeNull();
  expect(state.changes).toBe(1);
  await look(2_000 * S);
  expect(asked.length).toBe(4);
});

test("what is recorded meanwhile is known without asking", async () => {
  const { made, asked, state, look } = streams({ main: [span(0, 9_000)], sub: [span(0, 9_000)] });
  await look(8_000 * S);
  made.grew({ camera: "a", role: "sub", ...span(9_000, 9_400) });
  made.grew({ camera: "elsewhere", role: "sub", ...span(9_000, 9_400) });
  state.nowUs += 60 * S;
  expect(made.at("a", 9_300 * S)).toEqual({ main: "no", sub: "yes" });
  expect(asked.length).toBe(2);
});

test("a server that does not answer leaves the main stream, and is asked again later", async () => {
  const { made, asked, state, look } = streams({ main: [], sub: [span(0, 9_000)] });
  state.fails = true;
  await look(6_000 * S);
  expect(made.at("a", 6_000 * S)).toEqual({ main: "yes", sub: "no" });
  await look(6_000 * S);
  expect(asked.length).toBe(2);
  state.fails = false;
  state.nowUs += 11 * S;
  await look(6_000 * S);
  expect(made.at("a", 6_000 * S)).toEqual({ main: "no", sub: "yes" });
});

test("after news may have been missed everything is asked for anew", async () => {
  const { made, asked, look } = streams({ main: [], sub: [] });
  await look(6_000 * S);
  made.doubt();
  await look(6_000 * S);
  expect(asked.length).toBe(4);
});
