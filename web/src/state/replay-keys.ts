/** The keys of a replay, the same on every page that has one. */

import type { ReplaySession } from "./replay-session.svelte";

type Act = () => void;

export function replayKeys(session: ReplaySession): Readonly<Record<string, Act>> {
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
