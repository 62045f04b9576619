/** Roles, grants and events in words. Pure. */

import type { CameraGroup, Entry, Grant, Right, Role } from "../api/people";
import { plural } from "../plural";
import { dayName, clockSeconds, fromLocal } from "../timeline/zone";
import { methodWords } from "../words";

export const RIGHTS: Readonly<Record<Right, string>> = {
  live: "watch live",
  replay: "watch recorded footage",
  export: "export footage",
  ptz: "steer cameras",
  configure: "change settings",
  people: "handle people and roles",
  audit: "read the event log",
  share: "share cameras with others",
};

/** Kinds of events that a person may choose from. */
export const KINDS: readonly { readonly prefix: string; readonly words: string }[] = [
  { prefix: "", words: "Everything" },
  { prefix: "footage.", words: "Who saw footage" },
  { prefix: "export.", words: "Exports" },
  { prefix: "session.", words: "Sign-ins and refusals" },
  { prefix: "camera.", words: "Cameras" },
  { prefix: "person.", words: "People, invitations, passkeys" },
  { prefix: "share.", words: "Shares" },
  { prefix: "token.", words: "API tokens" },
  { prefix: "log.", words: "The log itself" },
];

/** @returns "watch live, steer cameras", with the limit of a role. */
export function rightsWords(role: Pick<Role, "rights" | "replay_s">): string {
  const all = role.rights.length === Object.keys(RIGHTS).length;
  const words = all ? "do everything" : role.rights.map((right) => RIGHTS[right]).join(", ");
  if (role.replay_s === null) return words;
  const days = role.replay_s / 86_400;
  const back =
    days >= 1
      ? plural(round(days), ["# day", "# days"])
      : plural(round(role.replay_s / 3600), ["# hour", "# hours"]);
  return `${words}; footage of the last ${back}`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

export interface Known {
  readonly roles: readonly Role[];
  readonly groups: readonly CameraGroup[];
  readonly sites: readonly { readonly id: string; readonly name: string }[];
  readonly cameras: readonly { readonly id: string; readonly name: string }[];
}

/** Every organisation has the built-in ones: they are named in the page's language. */
export function nameOfRole(role: Pick<Role, "id" | "name" | "built_in">): string {
  if (!role.built_in) return role.name;
  switch (role.id) {
    case "viewer":
      return "Viewer";
    case "operator":
      return "Operator";
    case "administrator":
      return "Administrator";
    case "auditor":
      return "Auditor";
    default:
      return role.name;
  }
}

export function roleName(role: string, known: Known): string {
  const found = known.roles.find((one) => one.id === role);
  return found ? nameOfRole(found) : "a role that is gone";
}

/** Where a grant holds: "everywhere", "at School", "for Front door". */
export function scopeWords(grant: Pick<Grant, "scope" | "scope_id">, known: Known): string {
  const named = (list: readonly { readonly id: string; readonly name: string }[]): string =>
    list.find((one) => one.id === grant.scope_id)?.name ?? "something that is gone";
  if (grant.scope === "site") return `at ${named(known.sites)}`;
  // @wc-context: a role
  if (grant.scope === "group") return `for ${named(known.groups)}`;
  // @wc-context: a role
  if (grant.scope === "camera") return `for ${named(known.cameras)}`;
  return /* @wc-include */ "everywhere";
}

/** "Operator at School, Viewer for Doors". */
export function offersWords(
  offers: readonly Pick<Grant, "role" | "scope" | "scope_id">[],
  known: Known,
): string {
  return offers.map((one) => `${roleName(one.role, known)} ${scopeWords(one, known)}`).join(", ");
}

/** "viewer, night shift and operator". */
export function listWords(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** Whether a role holds something for the whole organisation that one cannot give. */
export function isBeyond(role: Pick<Role, "rights">, mine: readonly Right[]): boolean {
  return role.rights.some(
    (right) => ["people", "audit", "share"].includes(right) && !mine.includes(right),
  );
}

export function isExpired(grant: Pick<Grant, "expires_us">, nowUs: number): boolean {
  return grant.expires_us !== null && grant.expires_us <= nowUs;
}

/** The part of an entry's text after the name of who did it, which stands in a column of its own. */
export function deedWords(entry: Entry, cameraName: (id: string) => string | undefined): string {
  const { event } = entry;
  const name = event.actor.name;
  const [what, id] = event.subject.split("/");
  const camera = what === "camera" && id ? cameraName(id) : undefined;
  let words =
    name && event.text.startsWith(name) ? event.text.slice(name.length).trim() : event.text;
  if (camera && !words.includes(camera)) {
    // The log is written in English, by the server.
    // @wc-ignore
    words = words.includes("a camera")
      ? words.replace("a camera", () => camera)
      : `${words} of ${camera}`;
  }
  const { method } = event.data;
  if (event.kind === "session.began" && typeof method === "string" && method)
    words += ` ${methodWords(method)}`;
  return words;
}

/** Why something was refused, as the server put it; empty when the words say it already. */
export function whyWords(entry: Entry): string {
  const { why } = entry.event.data;
  return typeof why === "string" ? why : "";
}

/** The instants of a day such as `2026-11-25`, end excluded, as the log is asked for them. */
export function daySpan(
  day: string,
  zone: string,
): { readonly start_us?: number; readonly end_us?: number } {
  const local = Date.parse(`${day}T00:00:00Z`);
  if (!day || Number.isNaN(local)) return {};
  return {
    start_us: fromLocal(local, zone) * 1000,
    end_us: fromLocal(local + 86_400_000, zone) * 1000,
  };
}

/** What an entry shows of footage: from when until when; empty when it shows none. */
export function rangeWords(entry: Entry, zone: string): string {
  const { start_us: start, end_us: end } = entry.event.data;
  if (typeof start !== "number" || typeof end !== "number") return "";
  const from = `${dayName(start / 1000, zone)} ${clockSeconds(start / 1000, zone)}`;
  if (end - start < 1e6) return from;
  return `${from} – ${clockSeconds(end / 1000, zone)}`;
}
