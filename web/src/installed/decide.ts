/** What the service worker answers itself, and what it leaves alone. Pure.

Nothing that depends on who asks is ever kept: only files whose name carries the hash of what is in
them, and the shell: the page without its contents, the same for everybody and at every address. */

/** What a request wants, as far as it matters here. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  /** `navigate` when the browser opens a page. */
  readonly mode: string;
  /** Whether only some bytes are wanted. */
  readonly partial: boolean;
}

/** An answer's own words, as far as they matter here. */
export interface Answered {
  readonly status: number;
  /** `basic` comes from this server. */
  readonly type: string;
  readonly redirected: boolean;
  readonly cacheControl: string | null;
}

/** What a build tells its service worker. */
export interface Build {
  /** Differs whenever any file of the build does. */
  readonly version: string;
  /** The paths of what the page needs before it can show anything. */
  readonly first: readonly string[];
}

/** Under this one address the shell is kept; never under the address that was opened. */
export const SHELL = "/";
const PREFIX = "vedette-";
// Eight characters after a dash at the end of the name: how the build marks what never changes.
const HASHED = /^\/assets\/[\w.-]+-[\w-]{8}\.[a-z0-9]+$/;
const SERVER_PATHS = /^\/(?:api|assets)(?:\/|$)/;

/**
 * Who answers a request.
 *
 * @returns `asset`: kept for ever once it came. `shell`: the network first, else what was kept.
 *   `leave`: the worker does not touch it.
 */
export function whoAnswers(asked: Asked, origin: string): "asset" | "shell" | "leave" {
  const url = new URL(asked.url);
  if (asked.method !== "GET" || url.origin !== origin || asked.partial) return "leave";
  if (HASHED.test(url.pathname)) return url.search ? "leave" : "asset";
  if (asked.mode === "navigate" && !SERVER_PATHS.test(url.pathname)) return "shell";
  return "leave";
}

/** Whether an answer may be kept: whole, from here, and promised never to change. */
export function mayKeep(answer: Answered): boolean {
  const promised = /\bimmutable\b/.test(answer.cacheControl ?? "");
  return answer.status === 200 && answer.type === "basic" && !answer.redirected && promised;
}

/** Whether a shell belongs to this build; while a server is being replaced it may not. */
export function belongs(shell: string, build: Build): boolean {
  return build.first.length > 0 && build.first.every((path) => shell.includes(`"${path}"`));
}

/** Whether a proxy says that there is no Vedette behind it at the moment. */
export function isAway(status: number): boolean {
  return status === 502 || status === 503 || status === 504;
}

export function cacheName(build: Build): string {
  return PREFIX + build.version;
}

/** Which of the origin's caches are left over from other builds. */
export function outdated(names: readonly string[], build: Build): string[] {
  return names.filter((name) => name.startsWith(PREFIX) && name !== cacheName(build));
}
