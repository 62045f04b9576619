/** What the page says of exports, and how news changes the list. Pure. */

import type { Export } from "../api/types";
import { plural } from "../plural";
import { toLocal, fromLocal } from "../timeline/zone";
import { bytesWords, durationWords, gapWords, type Tone } from "../words";

export interface ExportNews {
  readonly type: "export";
  readonly id: string;
  readonly state: Export["state"];
  readonly done_bytes: number;
  readonly total_bytes: number;
  readonly done_us: number;
  readonly total_us: number;
  readonly gone: boolean;
}

/** The list after a piece of news; null when the server must be asked for more than it tells. */
export function withNews(list: readonly Export[], news: ExportNews): Export[] | null {
  if (news.gone) return list.filter((one) => one.id !== news.id);
  const known = list.find((one) => one.id === news.id);
  if (known?.state !== news.state) return null;
  const { done_bytes, total_bytes, done_us, total_us } = news;
  return list.map((one) =>
    one === known ? { ...one, done_bytes, total_bytes, done_us, total_us } : one,
  );
}

/** 0 to 1. A running export is never shown as complete before it is. */
export function fractionDone(one: Pick<Export, "state" | "done_bytes" | "total_bytes">): number {
  if (one.state === "done") return 1;
  return Math.min(0.99, one.done_bytes / Math.max(1, one.total_bytes));
}

export function stateWords(one: Export): { tone: Tone; title: string } {
  switch (one.state) {
    case "queued":
      return { tone: "busy", title: "Waiting for the ones before it" };
    case "running":
      return { tone: "busy", title: `${String(Math.floor(100 * fractionDone(one)))} %` };
    case "done":
      return one.outcome && one.outcome.faults > 0
        ? { tone: "wrong", title: "Ready, with altered footage left out" }
        : { tone: "good", title: "Ready" };
    case "failed":
      return { tone: "wrong", title: "Failed" };
    case "cancelled":
      return { tone: "quiet", title: "Cancelled" };
    case "expired":
      return { tone: "quiet", title: "Expired, its files are erased" };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  altered: "Altered since it was recorded, left out",
  unreadable: "File gone or unreadable",
  frames_lost: "Pictures lost on the way",
  not_yet: "Had not happened yet",
  no_footage: "Nothing recorded, or erased",
};

/** Why footage is missing from an export, in a few words. */
export function missingWords(reason: string): string {
  return REASONS[reason] ?? gapWords(reason);
}

/** `2 files, 1.5 GB, 3 min 5 s`. */
export function amountWords(files: number, bytes: number, footageUs: number): string {
  const count = plural(files, ["# file", "# files"]);
  return [count, bytesWords(bytes), durationWords(footageUs / 1e6)].join(", ");
}

/** For `<input type=datetime-local step=1>`, which knows no zones. */
export function fieldOf(us: number, zone: string): string {
  return toLocal(us / 1000, zone)
    .toISOString()
    .slice(0, 19);
}

/** The instant that such a field shows; null while it is incomplete. */
export function instantOf(text: string, zone: string): number | null {
  const local = Date.parse(`${text}Z`);
  return Number.isNaN(local) ? null : fromLocal(local, zone) * 1000;
}

/** A minute around an instant, whole seconds, nothing of the future. */
export function aroundInstant(us: number, nowUs: number): { startUs: number; endUs: number } {
  const end = Math.min(Math.floor(us / 1e6) + 30, Math.floor(nowUs / 1e6));
  return { startUs: (end - 60) * 1e6, endUs: end * 1e6 };
}
