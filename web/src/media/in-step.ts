/**
 * Several players that show the same moment: one clock decides, each player follows it. Pure: no
 * element, no network, no timer. Instants are microseconds of wall time, `nowMs` is any monotonic
 * clock, seconds are seconds of media time.
 */

/** What a player has for the moment that the clock shows. */
export type Look =
  /** A picture; `offS` is how far it is ahead of the clock, `frameS` how long one picture lasts. */
  | { readonly kind: "ready"; readonly offS: number; readonly frameS: number }
  /** It is being fetched or decoded, for so long already. */
  | { readonly kind: "loading"; readonly forMs: number }
  /** The newest footage was shown; more may be recorded any moment. */
  | { readonly kind: "edge"; readonly forMs: number }
  /** No footage at that moment; null when there is none later either. */
  | { readonly kind: "gap"; readonly untilUs: number | null }
  /** This player shows nothing any more, whatever the clock does. */
  | { readonly kind: "broken" };

export type Verdict =
  /** The clock may go on. */
  | { readonly kind: "run" }
  /** Everybody waits for somebody. */
  | { readonly kind: "wait" }
  /** Nobody has footage here: all go to where somebody has. */
  | { readonly kind: "jump"; readonly toUs: number }
  /** All have shown what there is; more is being recorded. */
  | { readonly kind: "end" }
  /** Nothing here and nothing later. */
  | { readonly kind: "nothing" };

/** How long the others wait for one that has no picture; then it is left behind and joins later. */
export const PATIENCE_MS = 2_500;

/** What the clock should do. */
export function decideClock(looks: readonly Look[]): Verdict {
  // Nobody has joined yet.
  if (looks.length === 0) return { kind: "wait" };
  const usable = looks.filter((look) => look.kind !== "broken");
  const ready = usable.some((look) => look.kind === "ready");
  const awaited = usable.some((look) => {
    if (look.kind === "loading") return !ready || look.forMs < PATIENCE_MS;
    return look.kind === "edge" && ready && look.forMs < PATIENCE_MS;
  });
  if (awaited) return { kind: "wait" };
  if (ready) return { kind: "run" };
  const nexts = usable.flatMap((look) =>
    look.kind === "gap" && look.untilUs !== null ? [look.untilUs] : [],
  );
  if (usable.some((look) => look.kind === "edge")) return { kind: "end" };
  if (nexts.length === 0) return { kind: "nothing" };
  return { kind: "jump", toUs: Math.min(...nexts) };
}

export interface FollowView {
  readonly offS: number;
  readonly frameS: number;
  readonly speed: number;
  /** Whether the clock runs. */
  readonly running: boolean;
  /** Whether a person has stopped it, so that the picture must be of exactly that moment. */
  readonly exact: boolean;
  readonly sinceSeekMs: number;
}

export interface FollowStep {
  readonly rate: number;
  readonly seek: boolean;
}

/** A hair after the moment, so that rounding never shows the frame before it. */
export const SEEK_EPSILON_S = 0.001;
const EXACT_S = 0.0005;
const FAR_S = 0.4;
const SEEK_PAUSE_MS = 700;
/** The offset is to be gone after about this long, in real time. */
const CATCH_UP_S = 0.35;
const MOST_NUDGE = 0.2;
/** Faster or slower than this no browser plays. */
const FASTEST = 16;
const SLOWEST = 0.0625;

/** How a player comes back to the clock: a little faster or slower when near, a seek when far. */
export function decideFollow(view: FollowView): FollowStep {
  const { offS, frameS, speed } = view;
  const away = Math.abs(offS);
  if (!view.running) {
    // Where a seek puts it, and nowhere near: two cameras might lie on two sides of a frame's edge.
    const exactly = Math.abs(offS - SEEK_EPSILON_S) < EXACT_S;
    return { rate: speed, seek: view.exact ? !exactly : away > Math.max(FAR_S, frameS) };
  }
  const far = Math.max(FAR_S * Math.max(1, speed), 3 * frameS);
  if (away > far) return { rate: speed, seek: view.sinceSeekMs > SEEK_PAUSE_MS };
  if (away <= Math.min(frameS, 0.04) * 0.2 * Math.max(1, speed))
    return { rate: speed, seek: false };
  const most = MOST_NUDGE * Math.max(1, speed);
  const nudge = Math.max(-most, Math.min(most, -offS / CATCH_UP_S));
  return { rate: Math.max(SLOWEST, Math.min(FASTEST, speed + nudge)), seek: false };
}

/** Wall time that runs at a speed, or stands. */
export class StepClock {
  #atUs: number;
  #sinceMs: number | null = null;
  #speed = 1;

  constructor(atUs: number) {
    this.#atUs = atUs;
  }

  get running(): boolean {
    return this.#sinceMs !== null;
  }

  get speed(): number {
    return this.#speed;
  }

  at(nowMs: number): number {
    if (this.#sinceMs === null) return this.#atUs;
    return this.#atUs + Math.max(0, nowMs - this.#sinceMs) * 1_000 * this.#speed;
  }

  /** Goes on from where it stands; does nothing when it runs. */
  start(nowMs: number): void {
    this.#sinceMs ??= nowMs;
  }

  stop(nowMs: number): void {
    this.#atUs = this.at(nowMs);
    this.#sinceMs = null;
  }

  /** Runs or stands as before, from another moment. */
  set(atUs: number, nowMs: number): void {
    this.#atUs = atUs;
    if (this.#sinceMs !== null) this.#sinceMs = nowMs;
  }

  setSpeed(speed: number, nowMs: number): void {
    this.set(this.at(nowMs), nowMs);
    this.#speed = speed;
  }
}

/** All speeds, slowest first. */
export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16] as const;

/** Above this only key frames are fetched and shown. */
export const EVERY_FRAME_UP_TO = 4;

/** The next faster (1) or slower (-1) speed; the same one at the end. */
export function nextSpeed(speed: number, direction: 1 | -1): number {
  const at = SPEEDS.findIndex((one) => one >= speed);
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + direction))] ?? speed;
}
