/** What somebody should look at, worst first, in words: what is wrong, since when, what to do. Pure. */

import { sentence } from "../api/problem";
import type { Camera, LossMinute, Volume } from "../api/types";
import { plural } from "../plural";
import { clockOffsetWords } from "../words";
import { type Forecast, keptWords } from "./forecast";

export interface Trouble {
  readonly key: string;
  readonly tone: "wrong" | "busy";
  readonly title: string;
  /** What is wrong, a sentence. */
  readonly detail: string;
  /** What to do, a sentence. */
  readonly advice: string;
  readonly sinceUs: number | null;
  readonly href: string;
}

/** Lost and expected frames of a while. */
export interface Loss {
  readonly lost: number;
  readonly expected: number;
}

export interface Watched {
  readonly cameras: readonly Camera[];
  readonly volumes: readonly Volume[];
  readonly forecast: Forecast | null;
  /** Of the last hour, by camera; a camera that was not asked for is missing. */
  readonly losses: ReadonlyMap<string, Loss>;
}

interface Ranked extends Trouble {
  /** Smaller is worse. */
  readonly rank: number;
  /** Name of the camera, if it is one's. */
  readonly camera?: string;
}

const FIRST_HINT = 30;
const KEY_RANK = 32;
const FEW = 2;
const CLOCK_WRONG_US = 60e6;
const CLOCK_ODD_US = 2e6;
const LOSS_BAD = 0.02;
const LOSS_ODD = 0.001;
const KEY_INTERVAL_LONG_S = 5;

/** Everything that is not as it should be; among the equally bad, what has lasted longest first. */
export function attention(watched: Watched): Trouble[] {
  const found: Ranked[] = [
    ...watched.volumes.flatMap(volumeTrouble),
    ...watched.cameras
      .filter((camera) => camera.enabled)
      .flatMap((camera) => [
        ...stateTrouble(camera),
        ...lossTrouble(camera, watched.losses.get(camera.id)),
        ...clockTrouble(camera),
        ...keyTrouble(camera),
      ]),
    ...shortTrouble(watched),
  ];
  return together(found).sort(
    (a, b) =>
      a.rank - b.rank ||
      (a.sinceUs ?? Infinity) - (b.sinceUs ?? Infinity) ||
      a.title.localeCompare(b.title),
  );
}

/** Smaller things that many cameras share are told once, so that they bury nothing. */
function together(found: readonly Ranked[]): Ranked[] {
  const shared = (one: Ranked): boolean =>
    one.rank >= FIRST_HINT && found.filter((each) => each.rank === one.rank).length > FEW;
  const told = new Set<number>();
  return found.flatMap((one) => {
    if (!shared(one)) return [one];
    if (told.has(one.rank)) return [];
    told.add(one.rank);
    const alike = found.filter((each) => each.rank === one.rank);
    const title =
      one.rank === KEY_RANK
        ? plural(alike.length, ["# camera: few key frames", "# cameras: few key frames"])
        : plural(alike.length, ["# camera: clock a little off", "# cameras: clocks a little off"]);
    return [
      {
        ...one,
        key: `many-${String(one.rank)}`,
        title,
        detail: `${alike.map((each) => each.camera ?? "").join(", ")}.`,
        href: "/cameras",
      },
    ];
  });
}

/** Sums minutes; those that were not counted count as nothing. */
export function lossOf(minutes: readonly LossMinute[]): Loss {
  let [lost, expected] = [0, 0];
  for (const minute of minutes) {
    lost += Math.max(0, minute.expected_frames - minute.received_frames);
    expected += minute.expected_frames;
  }
  return { lost, expected };
}

function of(
  camera: Camera,
  what: string,
  rank: number,
  said: Pick<Trouble, "title" | "detail" | "advice"> & { sinceUs?: number | null },
): Ranked {
  return {
    key: `${camera.id}-${what}`,
    camera: camera.name,
    rank,
    tone: rank < 20 ? "wrong" : "busy",
    sinceUs: said.sinceUs ?? null,
    href: `/cameras/${camera.id}`,
    title: said.title,
    detail: said.detail,
    advice: said.advice,
  };
}

function stateTrouble(camera: Camera): Ranked[] {
  const health = camera.health.main;
  if (!health) return [];
  const sinceUs = health.since_us;
  const detail = sentence(health.detail);
  switch (health.state) {
    case "offline":
      return [
        of(camera, "offline", 10, {
          title: `${camera.name} is offline`,
          detail: detail || "It does not answer. Nothing of it is recorded.",
          advice: "Check its power and its network cable; Vedette keeps trying.",
          sinceUs,
        }),
      ];
    case "refused":
      return [
        of(camera, "refused", 11, {
          title: `${camera.name} refuses its password`,
          detail: "The camera does not accept the user name and password that Vedette has.",
          advice: "Type the right ones on its page.",
          sinceUs,
        }),
      ];
    case "unsupported":
      return [
        of(camera, "unsupported", 12, {
          title: `${camera.name} sends what Vedette cannot use`,
          detail: detail || "Its stream is of a kind that is not understood.",
          advice: "Set the camera to H.264 or H.265, or choose another of its streams.",
          sinceUs,
        }),
      ];
    case "live":
      return unrecorded(camera);
    default:
      return [];
  }
}

/** Live, wanted at all times, and yet not recorded. */
function unrecorded(camera: Camera): Ranked[] {
  const health = camera.health.main;
  if (!health || health.recording || camera.policy.mode !== "continuous") return [];
  return [
    of(camera, "unrecorded", 13, {
      title: `${camera.name} is not recorded`,
      detail: "It is live, and its policy asks for all of it, but nothing is being kept.",
      advice: "Look at the volumes below: one of them must be ready and have room.",
    }),
  ];
}

function lossTrouble(camera: Camera, loss: Loss | undefined): Ranked[] {
  if (!loss || loss.expected === 0) return [];
  const share = loss.lost / loss.expected;
  if (share < LOSS_ODD) return [];
  const percent = (100 * share).toFixed(share < 0.01 ? 1 : 0);
  return [
    of(camera, "loss", share >= LOSS_BAD ? 15 : 22, {
      title: `${camera.name} loses frames`,
      detail: `In the last hour ${percent} % of its frames did not come: ${String(loss.lost)} of ${String(loss.expected)}.`,
      advice: "Use TCP, a cable instead of radio, or a lower bit rate.",
    }),
  ];
}

function clockTrouble(camera: Camera): Ranked[] {
  const offset = camera.health.main?.clock_offset_us ?? null;
  if (offset === null || Math.abs(offset) < CLOCK_ODD_US) return [];
  return [
    of(camera, "clock", Math.abs(offset) >= CLOCK_WRONG_US ? 24 : 30, {
      title: `${camera.name} has the wrong time`,
      detail: `Its clock is ${clockOffsetWords(offset)}. Footage carries Vedette's time, the writing in the picture the camera's.`,
      advice: "Give the camera a time server (NTP), best the same that this server uses.",
    }),
  ];
}

function keyTrouble(camera: Camera): Ranked[] {
  const interval = camera.health.main?.key_interval_s ?? 0;
  if (interval < KEY_INTERVAL_LONG_S) return [];
  return [
    of(camera, "key", KEY_RANK, {
      title: `${camera.name} sends few key frames`,
      detail: `One every ${interval.toFixed(0)} s: pictures start late, and scrubbing is coarse.`,
      advice: "Set the interval of key frames (GOP, I-frame interval) to 1 or 2 seconds.",
    }),
  ];
}

const VOLUMES: Readonly<Record<Exclude<Volume["state"], "ready">, readonly [string, string]>> = {
  condemned: [
    "Volume # is out of use",
    "Replace the disk; footage goes to the other volumes meanwhile.",
  ],
  missing: ["Volume # is missing", "Mount it again, or take it out of the configuration."],
  full: ["Volume # is full", "Nothing may be erased there: shorten what is kept, or add a volume."],
};

function volumeTrouble(volume: Volume): Ranked[] {
  if (volume.state === "ready") return [];
  const [title, advice] = VOLUMES[volume.state];
  return [
    {
      key: `volume-${volume.id}-${volume.path}`,
      rank: 1,
      tone: "wrong",
      title: title.replace("#", () => volume.path || volume.id),
      detail: sentence(volume.detail) || "No footage can be written there.",
      advice,
      sinceUs: null,
      href: "/storage",
    },
  ];
}

function shortTrouble({ cameras, forecast }: Watched): Ranked[] {
  if (!forecast || forecast.short.length === 0) return [];
  const short = cameras.filter((camera) => forecast.short.includes(camera.id));
  const longest = Math.max(...short.map((camera) => camera.policy.keep_s ?? 0));
  const count = plural(short.length, ["# camera", "# cameras"]);
  return [
    {
      key: "retention",
      rank: 21,
      tone: "busy",
      title: "Footage will be erased earlier than asked",
      detail: `There is room for about ${keptWords(forecast.horizonS)}, and up to ${keptWords(longest)} are asked for ${count}.`,
      advice: "Add a volume, lower bit rates, or ask for less.",
      sinceUs: null,
      href: "/storage",
    },
  ];
}
