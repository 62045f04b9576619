import { describe, expect, test } from "vitest";

import type { Camera, Health } from "../src/api/types";
import {
  behindWords,
  bitrateWords,
  bytesWords,
  clockOffsetWords,
  codecOfMime,
  durationWords,
  gapWords,
  healthWords,
  momentWords,
  passwordWords,
  sessionWords,
  sizeWords,
  stoodInWords,
  tileWords,
} from "../src/words";
import { soundlessFootageWords, soundlessWords } from "../src/sound-words";
import { subCostWords } from "../src/parts/sub-cost";

const NOW = Date.parse("2026-05-02T03:30:00Z") * 1000;

const health: Health = {
  state: "live",
  detail: "",
  since_us: NOW - 18 * 60e6,
  bitrate: 4_100_000,
  frame_rate: 25,
  lost_frames: 0,
  lost_packets: 0,
  reconnects: 0,
  clock_offset_us: 0,
  video_codec: "avc1.640028",
  audio_codec: "",
  width: 1920,
  height: 1080,
  key_interval_s: 2,
  recording: true,
};

const camera: Camera = {
  id: "1",
  name: "Gate",
  enabled: true,
  make: "",
  model: "",
  onvif_address: null,
  turns: false,
  site: null,
  rights: ["live", "replay"],
  created_us: 0,
  policy: {
    mode: "continuous",
    pre_event_s: 10,
    post_event_s: 30,
    schedule: [],
    time_zone: "UTC",
    keep_s: null,
    keep_bytes: null,
    record_sub: false,
  },
  streams: { main: { address: "rtsp://192.0.2.7/main", driver: "rtsp", transport: "tcp" } },
  health: { main: health },
  has_credentials: false,
};

test("amounts are short and have their unit", () => {
  expect(bytesWords(0)).toBe("0 B");
  expect(bytesWords(1_530_000_000)).toBe("1.5 GB");
  expect(bytesWords(999_900)).toBe("1.0 MB");
  expect(bytesWords(271e9)).toBe("271 GB");
  expect(bitrateWords(4_100_000)).toBe("4.1 Mbit/s");
  expect(bitrateWords(64_000)).toBe("64 kbit/s");
  expect(durationWords(42)).toBe("42 s");
  expect(durationWords(125)).toBe("2 min 5 s");
  expect(durationWords(7_199)).toBe("2 h");
  expect(durationWords(7_500)).toBe("2 h 5 min");
  expect(durationWords(86_400 * 12)).toBe("12 days");
});

test("a camera's clock is said as a person would", () => {
  expect(clockOffsetWords(null)).toBe("not told by the camera");
  expect(clockOffsetWords(-340)).toBe("right");
  expect(clockOffsetWords(2_400_000)).toBe("2.4 s ahead");
  expect(clockOffsetWords(-7_200_000_000)).toBe("2 h behind");
});

test("moments of another day carry the day", () => {
  expect(momentWords(NOW - 18 * 60e6, NOW, "UTC")).toBe("03:12");
  expect(momentWords(NOW - 86_400e6, NOW, "UTC")).toBe("Fri 1 May 03:30");
});

test("codecs have their usual names", () => {
  expect(codecOfMime('video/mp4; codecs="hvc1.1.6.L93.B0, mp4a.40.2"')).toBe("H.265");
  const stream = { codec: "h264", width: 1280, height: 720, frame_rate: 24.98 };
  expect(sizeWords(stream)).toBe("1280 × 720 H.264, 25 frames/s");
  expect(sizeWords({ codec: "", width: 0, height: 0, frame_rate: 0 })).toBe("");
});

test("a small stream that stands in for the large one says why", () => {
  const health = { ...camera.health.main, video_codec: "hvc1.1.6.L93.B0" } as Health;
  const both: Camera = {
    ...camera,
    streams: { ...camera.streams, main: "rtsp://192.0.2.7/main", sub: "rtsp://192.0.2.7/sub" },
    health: { ...camera.health, main: health },
  } as unknown as Camera;
  expect(stoodInWords(both, "sub", false, false)).toContain("does not play H.265");
  expect(stoodInWords(both, "sub", true, false)).toBeNull();
  expect(stoodInWords(both, "main", false, false)).toBeNull();
  expect(stoodInWords(both, "main", false, true)).toContain("turns it into VP9 for you");
});

test("silence is explained, each kind in its own words", () => {
  const said = ["absent", "busy", "not_playable"].map(soundlessWords);
  expect(new Set(said).size).toBe(3);
  expect(soundlessFootageWords("absent")).toBe("This footage has no sound.");
  expect(soundlessFootageWords("unplayable")).toContain("export");
  expect(soundlessFootageWords("decoded") + soundlessFootageWords("played")).toBe("");
});

test("a computer that is too slow is told what helps", () => {
  expect(behindWords(camera, "main").detail).toContain("Give the camera a sub stream");
  expect(behindWords(camera, "sub").detail).toContain("Watch fewer cameras");
});

describe("a tile says why it shows nothing", () => {
  const says = (state: Parameters<typeof tileWords>[0], of: Camera = camera) =>
    tileWords(state, of, "main", NOW, "UTC");

  test("nothing while it plays", () => {
    expect(says({ kind: "playing" })).toBeNull();
  });
  const away = {
    kind: "offline",
    reason: "unreachable",
    detail: "no answer from 192.0.2.7",
    sinceUs: NOW - 18 * 60e6,
  } as const;
  test("offline, since when, and what the server knows", () => {
    const said = says(away, { ...camera, health: { main: { ...health, state: "offline" } } });
    expect(said).toEqual({
      tone: "wrong",
      title: "Offline since 03:12",
      detail: "No answer from 192.0.2.7.",
    });
  });
  test("not offline while the camera's health says that it is live", () => {
    expect(says(away)).toEqual({ tone: "busy", title: "Connecting", detail: "" });
  });
  test("credentials refused", () => {
    const said = says({ kind: "offline", reason: "refused", detail: "", sinceUs: NOW });
    expect(said?.title).toBe("Password refused");
    expect(said?.detail).toContain("user name and password");
  });
  test("a codec that this browser lacks, and that there is no sub stream", () => {
    const said = says({ kind: "unplayable", mime: 'video/mp4; codecs="hvc1.1.6.L93.B0"' });
    expect(said?.title).toBe("H.265 cannot be shown here");
    expect(said?.detail).toContain("no sub stream");
  });
  test("switched off, whatever the player does", () => {
    expect(says({ kind: "connecting" }, { ...camera, enabled: false })?.tone).toBe("quiet");
  });
});

test("health in words for each state", () => {
  const of = (state: Health["state"]): string =>
    healthWords({ ...health, state }, NOW, "UTC").title;
  expect([of("live"), of("connecting"), of("offline"), of("refused"), of("disabled")]).toEqual([
    "Live",
    "Connecting",
    "Offline since 03:12",
    "Password refused",
    "Switched off",
  ]);
  expect(healthWords(undefined, NOW, "UTC").tone).toBe("busy");
});

test("every gap has words, an unknown one its own name", () => {
  expect(gapWords("crashed")).toBe("Vedette or its machine failed");
  expect(gapWords("brand_new")).toBe("brand_new");
});

describe("where somebody is signed in", () => {
  const session = {
    method: "password",
    source: "192.0.2.7",
    created_us: NOW - 3600e6,
    seen_us: NOW - 60e6,
  };
  test("says when, how and from where", () => {
    expect(sessionWords(session, NOW, "UTC")).toBe(
      "Last used 03:29 · signed in 02:30 by password from 192.0.2.7",
    );
  });
  test("names a provider as the operator did", () => {
    expect(sessionWords({ ...session, method: "Town hall" }, NOW, "UTC")).toContain(
      "through Town hall",
    );
  });
  test("leaves out what an older Vedette did not note", () => {
    expect(sessionWords({ ...session, method: "", source: "" }, NOW, "UTC")).toBe(
      "Last used 03:29 · signed in 02:30",
    );
  });
});

describe("a new password", () => {
  test("is told how much is missing, by characters as people count them", () => {
    expect(passwordWords("", 10)).toContain("At least 10");
    expect(passwordWords("🔑🔑🔑", 10)).toBe("7 more characters are needed.");
    expect(passwordWords("x".repeat(10), 10)).toContain("Long enough");
    expect(passwordWords("x".repeat(16), 10)).toContain("good");
  });
});

test("what recording the sub stream costs is said in bytes a day", () => {
  expect(subCostWords(null, "continuous")).toBe("This camera has no sub stream.");
  expect(subCostWords(0, "continuous")).toContain("room");
  expect(subCostWords(400_000, "continuous")).toContain("about 4.3 GB more a day");
  expect(subCostWords(400_000, "event")).toContain("up to 4.3 GB more a day");
});
