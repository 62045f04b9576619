/** Where the console leads, for those who may go there. Pure but for the page's own state. */

import type { IconName } from "../parts/Icon.svelte";

export interface Place {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
  /** Whether one is there. */
  readonly here: (path: string) => boolean;
  /** On the phone it stands in the account's sheet: the bar holds five. */
  readonly desk?: boolean;
}

/** What somebody has a right to, in the whole organisation or for some camera. */
export interface Rightful {
  may: (right: "people" | "audit" | "configure" | "share" | "live" | "replay") => boolean;
  mayAnywhere: (right: "replay" | "export") => boolean;
}

function place(href: string, label: string, icon: IconName): Place {
  return { href, label, icon, here: (path) => path === href };
}

function isShared(path: string): boolean {
  return path === "/shared" || path.startsWith("/shared/");
}

/** The daily work, in the order of its weight. */
export function placesOf(rights: Rightful): readonly Place[] {
  return [
    {
      ...place("/", "Wall", "wall"),
      here: (path) => /^\/($|wall\/|camera\/)/.test(path),
    },
    {
      ...place("/cameras", "Cameras", "camera"),
      here: (path) => path.startsWith("/cameras"),
    },
    place("/map", "Map", "map"),
    ...(rights.mayAnywhere("replay") ? [place("/bookmarks", "Bookmarks", "mark")] : []),
    place("/health", "Health", "pulse"),
    ...(rights.mayAnywhere("export")
      ? [{ ...place("/exports", "Exports", "export"), desk: true }]
      : []),
    ...(rights.may("configure") ? [{ ...place("/storage", "Storage", "disk"), desk: true }] : []),
  ];
}

/** What others share, for those who share, handle people or read the log; on the phone they stand in the account's sheet. */
export function officesOf(rights: Rightful): readonly Place[] {
  return [
    ...(rights.may("live") || rights.may("replay")
      ? [{ ...place("/shared", "Shared with us", "handed"), here: isShared }]
      : []),
    ...(rights.may("share") ? [place("/shares", "Shares", "share")] : []),
    ...(rights.may("people") ? [place("/people", "People", "people")] : []),
    ...(rights.may("audit") ? [place("/log", "Event log", "log")] : []),
  ];
}
