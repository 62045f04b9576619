import { expect, test } from "vitest";

import { decodeG711 } from "../src/media/g711";
import { decodeSound, soundTrackOf } from "../src/media/recorded-sound";
import { soundInit, soundPart } from "./sound-boxes";

const MONO = { law: "alaw", rate: 8_000, channels: 1 } as const;

/** @returns As 16-bit samples. */
function samples(law: "alaw" | "ulaw", bytes: readonly number[], channels = 1, channel = 0) {
  const into = new Float32Array(bytes.length / channels);
  decodeG711(law, Uint8Array.from(bytes), channels, channel, into, 0);
  return [...into].map((value) => Math.round(value * 32_768));
}

test("the values of both laws are those of the standard", () => {
  // ITU-T G.711, tables 1 and 2, in 16-bit steps: silence, the smallest, the largest, both signs.
  expect(samples("alaw", [0xd5, 0x55, 0xaa, 0x2a])).toEqual([8, -8, 32_256, -32_256]);
  expect(samples("ulaw", [0xff, 0x7f, 0x80, 0x00])).toEqual([0, -0, 32_124, -32_124]);
});

test("two channels lie beside each other", () => {
  const bytes = [0xd5, 0xaa, 0xd5, 0x2a];
  expect(samples("alaw", bytes, 2, 0)).toEqual([8, 8]);
  expect(samples("alaw", bytes, 2, 1)).toEqual([32_256, -32_256]);
});

test("an initialisation segment tells law, rate and channels", () => {
  expect(soundTrackOf(soundInit("alaw", 8_000, 1))).toEqual(MONO);
  expect(soundTrackOf(soundInit("ulaw", 16_000, 2))).toEqual({
    law: "ulaw",
    rate: 16_000,
    channels: 2,
  });
  expect(soundTrackOf(soundInit("mp4a", 16_000, 1))).toBeNull();
  expect(soundTrackOf(soundInit("alaw", 0, 1))).toBeNull();
  expect(soundTrackOf(new Uint8Array(5))).toBeNull();
});

test("packets follow each other, and what was lost between them is silence", () => {
  const part = soundPart(4_000, [
    { ticks: 2, bytes: [0xaa, 0xaa] },
    { ticks: 4, bytes: [0x2a, 0x2a] }, // two more samples were lost
    { ticks: 1, bytes: [0xaa] },
  ]);
  const sound = decodeSound(part, MONO);
  expect(sound?.start).toBe(4_000);
  const signs = [...(sound?.channels[0] ?? [])].map(Math.sign);
  expect(signs).toEqual([1, 1, -1, -1, 0, 0, 1]);
});

test("what is cut short or not ours is no sound, and never an error", () => {
  const part = soundPart(0, [{ ticks: 4, bytes: [1, 2, 3, 4] }]);
  for (let length = 0; length < part.length - 4; length++) {
    const sound = decodeSound(part.subarray(0, length), MONO);
    expect(sound === null || sound.channels[0]?.length === 4).toBe(true);
  }
  for (let at = 0; at < part.length; at++) {
    const bent = Uint8Array.from(part);
    bent[at] = 0xff;
    const sound = decodeSound(bent, MONO);
    expect(sound?.channels[0]?.length ?? 0).toBeLessThanOrEqual(60 * MONO.rate);
  }
  expect(decodeSound(soundPart(0, [{ ticks: 9_000_000, bytes: [1] }]), MONO)).toBeNull();
});
