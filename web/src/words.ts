/** How the page says things: numbers, states and reasons as an operator would. Pure. */

import { sentence } from "./api/problem";
import type { Camera, Health, Volume } from "./api/types";
import type { ReplayMode } from "./media/conductor";
import type { LiveState } from "./media/live";
import type { PictureState } from "./media/replay";
import { plural } from "./plural";
import { clockMinutes, dayName } from "./timeline/zone";

export type Tone = "good" | "quiet" | "busy" | "wrong";

export interface Said {
  readonly tone: Tone;
  /** A few words. */
  readonly title: string;
  /** A sentence with the way out; may be empty. */
  readonly detail: string;
}

/** `03:12`, or `Mon 23 Nov 03:12` when that is not today. */
export function momentWords(us: number, nowUs: number, zone: string): string {
  const clock = clockMinutes(us / 1000, zone);
  const day = dayName(us / 1000, zone);
  return day === dayName(nowUs / 1000, zone) ? clock : `${day} ${clock}`;
}

/** `1.5 GB`, decimal units as disks are sold. */
export function bytesWords(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 99.5 || unit === 0 ? value.toFixed(0) : value.toPrecision(2)} ${units[unit] ?? ""}`;
}

/** `4.1 Mbit/s`. */
export function bitrateWords(bitsPerS: number): string {
  if (bitsPerS >= 1e6) return `${(bitsPerS / 1e6).toFixed(1)} Mbit/s`;
  return `${(bitsPerS / 1e3).toFixed(0)} kbit/s`;
}

/** `3 min`, `2 h 5 min`, `4 days`. */
export function durationWords(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${String(s)} s`;
  if (s < 3600) {
    const rest = s % 60;
    return s < 600 && rest > 0
      ? `${String(Math.floor(s / 60))} min ${String(rest)} s`
      : `${String(Math.round(s / 60))} min`;
  }
  if (s < 172_800) {
    const minutes = Math.round((s % 3600) / 60);
    const hours = Math.floor(s / 3600) + (minutes === 60 ? 1 : 0);
    return minutes % 60 === 0 ? `${String(hours)} h` : `${String(hours)} h ${String(minutes)} min`;
  }
  return plural(Math.round(s / 86_400), ["# day", "# days"]);
}

/** `2.4 s ahead`, `right` within a tenth of a second. */
export function clockOffsetWords(us: number | null): string {
  if (us === null) return "not told by the camera";
  if (Math.abs(us) < 100_000) return /* @wc-include */ "right";
  const s = Math.abs(us) / 1e6;
  const amount = s < 90 ? `${s.toFixed(1)} s` : durationWords(s);
  return us > 0 ? `${amount} ahead` : `${amount} behind`;
}

const CODECS: readonly (readonly [RegExp, string])[] = [
  [/^avc[13]/, "H.264"],
  [/^(hvc1|hev1)/, "H.265"],
  [/^av01/, "AV1"],
  [/^mp4a/, "AAC"],
  [/^(alaw|ulaw)/, "G.711"],
  [/^opus/i, "Opus"],
  [/^mjpeg|^jpeg/i, "MJPEG"],
];

/** An RFC 6381 string by the name that people know. */
export function codecWords(codec: string): string {
  return CODECS.find(([pattern]) => pattern.test(codec))?.[1] ?? codec;
}

/** `1920 × 1080 H.264, 25 frames/s`, as much of it as is known. */
export function sizeWords(of: {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly frame_rate: number;
}): string {
  const names: Readonly<Record<string, string>> = { h264: "H.264", hevc: "H.265", mjpeg: "MJPEG" };
  const size = of.width > 0 ? `${String(of.width)} × ${String(of.height)}` : "";
  const picture = [size, names[of.codec] ?? codecWords(of.codec)].filter(Boolean).join(" ");
  const rate = of.frame_rate > 0 ? `${String(Math.round(of.frame_rate))} frames/s` : "";
  return [picture, rate].filter(Boolean).join(", ");
}

/** The video codec in a MIME type such as `video/mp4; codecs="hvc1.1.6.L93.B0"`. */
export function codecOfMime(mime: string): string {
  return codecWords(/codecs="([^",]+)/.exec(mime)?.[1] ?? "");
}

/** What a stream is doing, for lists and dots. */
export function healthWords(health: Health | undefined, nowUs: number, zone: string): Said {
  if (!health) {
    return { tone: "busy", title: "Waiting", detail: "Vedette has not tried this camera yet." };
  }
  const since = momentWords(health.since_us, nowUs, zone);
  switch (health.state) {
    case "live":
      return { tone: "good", title: "Live", detail: "" };
    case "connecting":
      return { tone: "busy", title: "Connecting", detail: sentence(health.detail) };
    case "offline":
      return {
        tone: "wrong",
        title: `Offline since ${since}`,
        detail: sentence(health.detail) || "The camera does not answer. Vedette keeps trying.",
      };
    case "refused":
      return {
        tone: "wrong",
        title: "Password refused",
        detail: "The camera does not accept its user name and password. Change them on its page.",
      };
    case "unsupported":
      return {
        tone: "wrong",
        title: "Not usable",
        detail: sentence(health.detail) || "Vedette does not understand this stream.",
      };
    case "disabled":
      return { tone: "quiet", title: "Switched off", detail: "Switch it on on the camera's page." };
  }
}

/** What does not pass by itself. */
const LASTING = new Set(["refused", "unsupported", "stopped", "encoding"]);

/** What to write over a tile that shows no moving picture; null when all is well. */
export function tileWords(
  state: LiveState,
  camera: Camera,
  role: "main" | "sub",
  nowUs: number,
  zone: string,
): Said | null {
  if (!camera.enabled) {
    return { tone: "quiet", title: "Switched off", detail: "Switch it on on the camera's page." };
  }
  switch (state.kind) {
    case "playing":
    case "asleep":
      return null;
    case "connecting":
      return { tone: "busy", title: "Connecting", detail: "" };
    case "no-media-source":
      return {
        tone: "wrong",
        title: "This browser is too old",
        detail: "It cannot play live video. Use a current Firefox, Chrome, Edge or Safari.",
      };
    case "reconnecting":
      return {
        tone: "busy",
        title: "Connection lost",
        detail: "The page lost its connection to Vedette and is trying again.",
      };
    case "unplayable":
      return unplayableWords(state.mime, camera, role);
    case "offline":
      // The stream closed a moment ago and is back, or its health would say why.
      return camera.health[role]?.state === "live" && !LASTING.has(state.reason)
        ? { tone: "busy", title: "Connecting", detail: "" }
        : offlineWords(state, nowUs, zone);
  }
}

/**
 * What to write over a replayed picture; null when all is well.
 *
 * @param alone Whether no other camera is replayed with it.
 */
export function pictureWords(picture: PictureState, mode: ReplayMode, alone: boolean): Said | null {
  switch (picture.kind) {
    case "unplayable":
      return {
        tone: "wrong",
        title: `${codecOfMime(picture.mime) || "This footage"} cannot be played here`,
        detail:
          "The footage is safe. Use a browser with hardware decoding, or open it in a video player.",
      };
    case "trouble":
      return {
        tone: "wrong",
        title: "The footage cannot be read",
        detail: `${picture.detail} The page keeps trying.`,
      };
    case "loading":
      return { tone: "busy", title: "Fetching the footage", detail: "" };
    case "gap":
      if (mode === "nothing") {
        return {
          tone: "quiet",
          title: "No footage from here on",
          detail: "Choose an earlier moment on the timeline, or go back to live.",
        };
      }
      return alone
        ? null
        : {
            tone: "quiet",
            title: "No footage at this moment",
            detail: "It joins again by itself.",
          };
    case "shown":
      return mode === "end" && alone
        ? {
            tone: "busy",
            title: "This is the newest footage",
            detail: "It goes on as more is recorded.",
          }
        : null;
  }
}

/** What to say when the computer shows less than half of the frames that come. */
export function behindWords(camera: Camera, role: "main" | "sub"): Said {
  const relief =
    role === "main" && !camera.streams.sub
      ? "Give the camera a sub stream, or watch fewer cameras at once."
      : "Watch fewer cameras at once, or close other programs.";
  return {
    tone: "busy",
    title: "This computer is too slow",
    detail: `It cannot show every frame. All of them are recorded. ${relief}`,
  };
}

function unplayableWords(mime: string, camera: Camera, role: "main" | "sub"): Said {
  const codec = mime ? codecOfMime(mime) : "";
  const title = codec ? `${codec} cannot be shown here` : "The picture cannot be decoded";
  if (role === "main" && !camera.streams.sub) {
    return {
      tone: "wrong",
      title,
      detail:
        "This browser cannot play it and the camera has no sub stream. It is still recorded. Open the camera, and Vedette turns the picture into VP9; or add an H.264 sub stream.",
    };
  }
  return {
    tone: "wrong",
    title,
    detail:
      "This browser cannot play it. It is still recorded; set the camera to H.264 to see it here.",
  };
}

function offlineWords(state: LiveState & { kind: "offline" }, nowUs: number, zone: string): Said {
  const since = momentWords(state.sinceUs, nowUs, zone);
  switch (state.reason) {
    case "connecting":
      return { tone: "busy", title: "Connecting", detail: "" };
    case "refused":
      return {
        tone: "wrong",
        title: "Password refused",
        detail: "The camera does not accept its user name and password. Change them on its page.",
      };
    case "unsupported":
      return { tone: "wrong", title: "Not usable", detail: sentence(state.detail) };
    case "encoding":
      return {
        tone: "busy",
        title: "Waiting for its turn",
        detail:
          "Vedette turns other cameras' H.265 pictures into VP9 at the moment. This one comes when one of them is closed; playback.max_encoded_pictures allows more.",
      };
    case "stopped":
      return { tone: "quiet", title: `Stopped at ${since}`, detail: sentence(state.detail) };
    default:
      return {
        tone: "wrong",
        title: `Offline since ${since}`,
        detail: sentence(state.detail) || "The camera does not answer. Vedette keeps trying.",
      };
  }
}

/** Why the large picture is the small stream; null while it is not, or while it need not be said. */
export function stoodInWords(
  camera: Camera,
  role: "main" | "sub",
  mainPlays: boolean,
  encoded: boolean,
): string | null {
  if (encoded) {
    const codec = codecWords(camera.health[role]?.video_codec ?? "");
    return `This browser does not play ${codec}. Vedette turns it into VP9 for you; what is recorded stays as the camera sends it.`;
  }
  if (role !== "sub" || !camera.streams.main || mainPlays) return null;
  const codec = codecWords(camera.health.main?.video_codec ?? "");
  return `Sub stream: this browser does not play ${codec || "the main stream"}. The main stream is recorded.`;
}

const GAPS: Readonly<Record<string, string>> = {
  unreachable: "Camera unreachable",
  refused: "Password refused by the camera",
  unsupported: "Stream not usable",
  protocol: "Camera sent nonsense",
  stalled: "Camera sent nothing",
  timestamp_jump: "Camera's clock jumped",
  stopped: "Vedette was stopped",
  crashed: "Vedette or its machine failed",
  not_wanted: "Not to be recorded",
  storage: "No storage could take it",
  overrun: "Machine or disk too slow",
};

/** Why there is no footage, in a few words. */
export function gapWords(reason: string): string {
  return GAPS[reason] ?? reason;
}

const METHODS: Readonly<Record<string, string>> = {
  password: "by password",
  "password and code": "by password and code",
  "recovery code": "by recovery code",
  passkey: "by passkey",
  invitation: "by invitation",
  "entry link": "by one-time link",
};

/** `by password`; single sign-on is named by the provider: `through Town hall`. */
export function methodWords(method: string): string {
  return method ? (METHODS[method] ?? `through ${method}`) : "";
}

/** Where and how somebody is signed in: `Last used 03:12 · signed in 02:40 by password from …`. */
export function sessionWords(
  session: {
    readonly method: string;
    readonly source: string;
    readonly created_us: number;
    readonly seen_us: number;
  },
  nowUs: number,
  zone: string,
): string {
  const seen = momentWords(session.seen_us, nowUs, zone);
  const begun = momentWords(session.created_us, nowUs, zone);
  const how = methodWords(session.method);
  const from = session.source ? `from ${session.source}` : "";
  return `Last used ${seen} · ${["signed in", begun, how, from].filter(Boolean).join(" ")}`;
}

/** What to say below a new password while it is typed. */
export function passwordWords(password: string, shortest: number): string {
  const length = [...password].length;
  if (length === 0)
    return `At least ${String(shortest)} characters. A few unrelated words are good.`;
  if (length < shortest)
    return plural(shortest - length, [
      "# more character is needed.",
      "# more characters are needed.",
    ]);
  if (length < shortest + 6) return "Long enough. Longer is stronger.";
  return "A long one: good.";
}

/** What a volume is worth at the moment. */
export function volumeSaid(state: Volume["state"]): Pick<Said, "tone" | "title"> {
  switch (state) {
    case "ready":
      return { tone: "good", title: "Ready" };
    case "full":
      return { tone: "wrong", title: "Full" };
    case "condemned":
      return { tone: "wrong", title: "Out of use" };
    case "missing":
      return { tone: "wrong", title: "Missing" };
  }
}
