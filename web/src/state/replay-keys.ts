/** The keys of a replay, the same on every page that has one. */

import { type Marker, nextMarker } from "../timeline/lanes";
import type { ReplaySession } from "./replay-session.svelte";
import { site } from "./site.svelte";

type Act = () => void;

/** Back from a moment that plays, the marker just passed is meant to be left behind. */
const PASSED_US = 2e6;

/** @param markers What `[` and `]` go to. */
export function replayKeys(
  session: ReplaySession,
  markers: () => readonly Marker[] = () => [],
): Readonly<Record<string, Act>> {
  const marker = (direction: 1 | -1): Act => {
    return () => {
      const us = session.clockUs ?? site.nowUs;
      const to = nextMarker(markers(), us, direction, session.live ? 0 : PASSED_US);
      if (to !== null) session.seek(to);
    };
  };
  const speed = (to: number): Act => {
    return () => {
      session.setSpeed(to);
    };
  };
  const jump = (seconds: number): Act => {
    return () => {
      session.jump(seconds);
    };
  };
  const playPause: Act = () => {
    session.playPause();
  };
  return {
    " ": playPause,
    k: playPause,
    j: jump(-10),
    l: jump(10),
    ",": () => {
      session.step(-1);
    },
    ".": () => {
      session.step(1);
    },
    "<": () => {
      session.faster(-1);
    },
    ">": () => {
      session.faster(1);
    },
    "[": marker(-1),
    "]": marker(1),
    g: () => {
      document.querySelector<HTMLElement>("[data-goto]")?.click();
    },
    "1": speed(1),
    "2": speed(2),
    "4": speed(4),
    "8": speed(8),
    End: () => {
      session.goLive();
    },
  };
}

/**
 * What a key means, unless somebody types, a dialog is open, or a button wants the space bar.
 *
 * @returns Whether it meant anything; the event is used up then.
 */
export function actOnKey(event: KeyboardEvent, keys: Readonly<Record<string, Act>>): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (target?.matches("input, select, textarea, [contenteditable]")) return false;
  if (document.querySelector("dialog[open]")) return false;
  if (event.key === " " && target?.matches("button")) return false;
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return false;
  event.preventDefault();
  act();
  return true;
}
