/** Shares in words, and what makes one whole. Pure. */

import type { NewShare, Share, Shared, Use } from "../api/sharing";
import type { LiveState } from "../media/live";
import { plural } from "../plural";
import { durationWords, momentWords, type Said, type Tone } from "../words";

type Footage = Shared["footage"];

/** "Live and footage from 03:00 until 04:00, with sound". */
export function contentWords(
  share: { readonly live: boolean; readonly footage: Footage; readonly sound: boolean },
  nowUs: number,
  zone: string,
): string {
  const words = pictureWords(share.live, share.footage, nowUs, zone);
  return share.sound ? `${words}, with sound` : words;
}

function pictureWords(live: boolean, footage: Footage, nowUs: number, zone: string): string {
  if (!footage) return /* @wc-include */ "Live";
  const from = momentWords(footage.start_us, nowUs, zone);
  if (footage.end_us === null) {
    return live ? `Live and footage from ${from} on` : `Footage from ${from} on`;
  }
  const until = momentWords(footage.end_us, nowUs, zone);
  return live
    ? `Live and footage from ${from} until ${until}`
    : `Footage from ${from} until ${until}`;
}

const TONES: Readonly<Record<Share["state"], Tone>> = {
  "in force": "good",
  "to come": "busy",
  over: "quiet",
  ended: "quiet",
};

/** Where a share stands: "Until 18:00", "Ended by ann, 14:03". */
export function stateWords(share: Share, nowUs: number, zone: string): Said {
  const at = (us: number): string => momentWords(us, nowUs, zone);
  // The page may be older than the end.
  const over = share.state === "in force" && share.until_us <= nowUs;
  const state = over ? "over" : share.state;
  const title = {
    "in force": `Until ${at(share.until_us)}`,
    "to come": `From ${at(share.from_us)} until ${at(share.until_us)}`,
    over: `Over since ${at(share.until_us)}`,
    ended: `Ended by ${share.ended_by || /* @wc-include */ "somebody"}, ${at(share.ended_us ?? nowUs)}`,
  }[state];
  return { tone: TONES[state], title, detail: "" };
}

export function isOpen(share: Share, nowUs: number): boolean {
  return (share.state === "in force" || share.state === "to come") && share.until_us > nowUs;
}

/** Those that show something now or will do, then those that are over; else in their order. */
export function openFirst(shares: readonly Share[], nowUs: number): Share[] {
  const open = (one: Share): number => (isOpen(one, nowUs) ? 0 : 1);
  return [...shares].sort((one, other) => open(one) - open(other));
}

/** How often a link was opened: "opened 2 of 5 times"; empty for an organisation. */
export function openedWords(share: Share): string {
  if (!share.link) return "";
  if (share.most_uses !== null) {
    return `opened ${String(share.uses)} of ${times(share.most_uses)}`;
  }
  return share.uses === 0 ? "not opened yet" : `opened ${times(share.uses)}`;
}

function times(count: number): string {
  return plural(count, ["# time", "# times"]);
}

/** When somebody looked: "14:03, for 2 min", "watching since 14:03". */
export function useWhen(use: Use, nowUs: number, zone: string): string {
  const began = momentWords(use.began_us, nowUs, zone);
  if (use.now) return `watching since ${began}`;
  const seconds = use.ended_us === null ? 0 : (use.ended_us - use.began_us) / 1e6;
  return seconds < 1 ? began : `${began}, for ${durationWords(seconds)}`;
}

/** What somebody saw: "live", "footage from 03:00 until 03:10". */
export function useWhat(use: Use, nowUs: number, zone: string): string {
  if (use.mode === "live") return /* @wc-include */ "live";
  const from = momentWords(use.start_us, nowUs, zone);
  const until = momentWords(use.end_us, nowUs, zone);
  if (use.mode === "thumbnails") {
    return from === until
      ? `small pictures of ${from}`
      : `small pictures from ${from} until ${until}`;
  }
  return from === until ? `footage of ${from}` : `footage from ${from} until ${until}`;
}

/** The nearest moment that may be seen. */
export function heldIn(footage: NonNullable<Footage>, us: number): number {
  const last = footage.end_us === null ? Infinity : footage.end_us - 1;
  return Math.min(last, Math.max(footage.start_us, us));
}

/**
 * The latest uses, with those of before that are earlier than all of them.
 *
 * @param complete Whether the latest ones are all there are.
 */
export function withLatest(
  latest: readonly Use[],
  before: readonly Use[],
  complete: boolean,
): readonly Use[] {
  const since = latest.at(-1)?.began_us;
  if (complete || since === undefined) return latest;
  return [...latest, ...before.filter(({ began_us: began }) => began < since)];
}

export interface ShareForm {
  readonly to: "organisation" | "link";
  readonly name: string;
  readonly cameras: readonly string[];
  readonly live: boolean;
  readonly footage: boolean;
  /** As `<input type="datetime-local">` gives them. */
  readonly footageFrom: string;
  /** Empty goes on. */
  readonly footageUntil: string;
  readonly sound: boolean;
  /** Empty begins at once. */
  readonly from: string;
  readonly until: string;
  readonly purpose: string;
  readonly once: boolean;
}

/** What is to be sent, or what is missing. */
export function shareOf(form: ShareForm): NewShare | string {
  const name = form.name.trim();
  if (!name) {
    return form.to === "link"
      ? "Say whom the link is for."
      : "Type the other organisation's name exactly as its people tell you.";
  }
  if (form.cameras.length === 0) return "Choose at least one camera.";
  if (!form.live && !form.footage) return "Choose live pictures, recorded footage, or both.";
  const from = instant(form.footageFrom);
  const end = instant(form.footageUntil);
  if (form.footage && from === null) return "Say from when on recorded footage is shared.";
  if (form.footage && from !== null && end !== null && end <= from) {
    return "The footage must begin before it ends.";
  }
  const until = instant(form.until);
  if (until === null) return "Say until when.";
  const begins = instant(form.from);
  if (begins !== null && begins >= until) return "It must begin before it is over.";
  if (!form.purpose.trim()) return "Say why; both sides read it later.";
  return {
    ...(form.to === "link" ? { person: name } : { organisation: name }),
    ...(form.to === "link" && form.once ? { most_uses: 1 } : {}),
    cameras: form.cameras,
    live: form.live,
    footage: form.footage && from !== null ? { start_us: from, end_us: end } : null,
    sound: form.sound,
    ...(begins === null ? {} : { from_us: begins }),
    until_us: until,
    purpose: form.purpose.trim(),
  };
}

function instant(local: string): number | null {
  const ms = Date.parse(local);
  return Number.isNaN(ms) ? null : ms * 1000;
}

/** A moment for `<input type="datetime-local">`, in the browser's zone. */
export function localInput(us: number): string {
  const date = new Date(us / 1000);
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** Over somebody else's live picture; null while it plays. */
export function liveWords(state: LiveState): Said | null {
  switch (state.kind) {
    case "playing":
      return null;
    case "asleep":
    case "connecting":
      return { tone: "busy", title: "Connecting", detail: "" };
    case "reconnecting":
      return { tone: "busy", title: "Connection lost", detail: "The page is trying again." };
    case "offline":
      return {
        tone: "wrong",
        title: "No picture from this camera",
        detail: "Its owner sees why. The picture comes back by itself.",
      };
    case "unplayable":
    case "no-media-source":
      return {
        tone: "wrong",
        title: "This browser cannot play the picture",
        detail: "Use another browser, or ask the owner for the smaller picture in H.264.",
      };
  }
}
