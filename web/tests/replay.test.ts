import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { FootageSource } from "../src/media/known-footage";
import { ReplayPlayer } from "../src/media/replay";
import type { IndexFragment } from "../src/media/replay-plan";
import { Sink } from "../src/media/sink";
import { FakeMediaSource, FakeVideo, settle } from "./media-elements";

const S = 1_000_000;
const T = 1_700_000_000 * S;
const format = {
  video_codec: "avc1.4D401F",
  audio_codec: "",
  width: 640,
  height: 360,
  video_timescale: 90_000,
};

beforeEach(() => {
  vi.stubGlobal("MediaSource", FakeMediaSource);
  vi.stubGlobal("URL", { createObjectURL: () => "blob:a", revokeObjectURL: () => undefined });
});

afterEach(() => {
  vi.unstubAllGlobals();
  FakeMediaSource.made.length = 0;
});

/** Groups of two seconds, the first one at T; see FakeBuffer for their bytes. */
const groups: IndexFragment[] = Array.from({ length: 50 }, (_, i) => ({
  start_us: T + 2 * i * S,
  duration_us: 2 * S,
  segment_start_us: T,
  offset: 2 * i,
  size: 2,
  video_size: 2,
  media_start: 2 * i * 90_000,
  frames: 50,
  lost_frames: 0,
  key: true,
  format_id: "a",
}));

/** A player, its element, and how far the network lets it go. */
function player() {
  const gate: { bytes: (() => void)[] } = { bytes: [] };
  const source: FootageSource = {
    index: (startUs, endUs) =>
      Promise.resolve({
        formats: { a: format },
        fragments: groups.filter((g) => g.start_us + g.duration_us > startUs && g.start_us < endUs),
      }),
    init: () => Promise.resolve(new Uint8Array(3)),
    bytes: (_start, offset, _size, signal) =>
      new Promise((done, fail) => {
        signal.addEventListener("abort", () => {
          fail(new Error("aborted"));
        });
        gate.bytes.push(() => {
          done(new Uint8Array([offset, 2]));
        });
      }),
    keys: () => Promise.resolve(new Uint8Array()),
  };
  const video = new FakeVideo();
  const made = new ReplayPlayer({
    video: video as unknown as HTMLVideoElement,
    source,
    nowUs: () => T + 9_000 * S,
    onState: () => undefined,
  });
  return { player: made, video, gate };
}

test("a seek to the last frames that are held waits until the browser let go of them", async () => {
  const { player: mine, video, gate } = player();
  mine.cue(T + 10 * S);
  const { buffer } = FakeMediaSource.made[0] ?? new FakeMediaSource();
  FakeMediaSource.made[0]?.open();
  await settle();
  gate.bytes.shift()?.();
  await settle();
  for (let i = 0; i < 4; i++) {
    buffer.end();
    await settle();
  }
  const held = buffer.ranges.at(-1);
  const last = T + 12 * S - 40_000;
  expect(held?.end).toBe((T + 12 * S - mine.epochUs) / 1e6);

  video.seeks.length = 0;
  mine.cue(last);
  expect(buffer.done.at(-1)).toBe("remove");
  await settle();
  // Decoding towards a moment whose media is being taken away never shows it.
  expect(video.seeks).toEqual([]);
  buffer.end();
  await settle();
  expect(buffer.ranges).toEqual([]);
  expect(video.seeks).toEqual([expect.closeTo((last - mine.epochUs) / 1e6 + 0.001, 6)]);
  mine.close();
});

test("a seek that another one overtakes while the browser empties moves nothing", async () => {
  const { player: mine, video } = player();
  mine.cue(T + 10 * S);
  mine.cue(T + 50 * S);
  FakeMediaSource.made[0]?.open();
  await settle();
  expect(video.seeks).toEqual([expect.closeTo((T + 50 * S - mine.epochUs) / 1e6 + 0.001, 6)]);
  mine.close();
});

test("what is to be forgotten does not count as held while the browser is still at it", async () => {
  const video = new FakeVideo() as unknown as HTMLVideoElement;
  const sink = new Sink(video, 100, () => undefined);
  const [source] = FakeMediaSource.made;
  source?.open();
  sink.setFormat("video/mp4");
  sink.append(new Uint8Array([0, 2]), 10);
  source?.buffer.end();
  expect(sink.ranges()).toEqual([{ start: 10, end: 12 }]);
  sink.append(new Uint8Array([0, 2]), 12);
  expect(sink.clear()).toBe(false);
  expect(sink.ranges()).toEqual([]);
  source?.buffer.end();
  expect(sink.ranges()).toEqual([]);
  source?.buffer.end();
  sink.append(new Uint8Array([0, 2]), 40);
  source?.buffer.end();
  await sink.settled();
  expect(sink.ranges()).toEqual([{ start: 40, end: 42 }]);
});

test("a format that never reached the browser must be set again", () => {
  const sink = new Sink(new FakeVideo() as unknown as HTMLVideoElement, 100, () => undefined);
  const [source] = FakeMediaSource.made;
  source?.open();
  sink.setFormat("video/mp4");
  sink.append(new Uint8Array([0, 2]), 10);
  sink.setFormat("video/mp4; other");
  sink.append(new Uint8Array(3), 0);
  expect(sink.clear()).toBe(true);
});
