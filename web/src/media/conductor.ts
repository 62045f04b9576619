/** Keeps any number of replay players at one moment; what to do is decided in `in-step.ts`. */

import { decideClock, type Look, StepClock, type Verdict } from "./in-step";

export interface Beat {
  readonly atUs: number;
  readonly speed: number;
  readonly running: boolean;
  /** Whether a person stopped the clock: the picture must be of exactly that moment. */
  readonly exact: boolean;
  readonly nowMs: number;
}

/** What the conductor needs of a player. */
export interface Follower {
  look(atUs: number, nowMs: number): Look;
  /** Fetch from here on; whatever was being fetched is not wanted any more. */
  cue(atUs: number): void;
  /** Play, wait, hurry or seek, so as to be where the clock is. */
  keep(beat: Beat): void;
  /** Stand still: somebody drags the clock. */
  rest(): void;
  /** How long one picture lasts at a moment, microseconds. */
  frameUs(atUs: number): number;
}

export type ReplayMode = "playing" | "paused" | "loading" | "end" | "nothing";

export interface ConductorOptions {
  /** Wall time by the server's clock, microseconds. */
  readonly nowUs: () => number;
  readonly onMode: (mode: ReplayMode) => void;
  /** Nobody had footage in between. */
  readonly onSkip: (fromUs: number, toUs: number) => void;
  /** Monotonic milliseconds; replaced in tests. */
  readonly now?: () => number;
}

export const TICK_MS = 50;
/** A hole shorter than this is not worth a word. */
const HOLE_US = 250_000;

export class Conductor {
  readonly #options: ConductorOptions;
  readonly #now: () => number;
  readonly #followers = new Set<Follower>();
  readonly #clock: StepClock;
  #wanted = true;
  #scrubbing = false;
  #mode: ReplayMode = "loading";
  #ticker: ReturnType<typeof setInterval> | undefined;

  constructor(atUs: number, options: ConductorOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#clock = new StepClock(atUs);
  }

  /** Begins to beat; a test calls `tick` itself instead. */
  begin(): void {
    this.#ticker ??= setInterval(() => {
      this.tick();
    }, TICK_MS);
  }

  close(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    this.#followers.clear();
  }

  get atUs(): number {
    return Math.min(this.#clock.at(this.#now()), this.#options.nowUs());
  }

  get mode(): ReplayMode {
    return this.#mode;
  }

  get speed(): number {
    return this.#clock.speed;
  }

  get wantsToPlay(): boolean {
    return this.#wanted;
  }

  /** @returns What takes it away again. */
  add(follower: Follower): () => void {
    this.#followers.add(follower);
    follower.cue(this.atUs);
    return () => {
      this.#followers.delete(follower);
    };
  }

  seek(atUs: number): void {
    this.#move(Math.min(atUs, this.#options.nowUs()));
    this.tick();
  }

  /** As `seek`, again and again, while somebody drags: nothing plays and no hole is jumped over. */
  scrub(atUs: number): void {
    this.#scrubbing = true;
    const now = this.#now();
    this.#clock.stop(now);
    this.#clock.set(Math.min(atUs, this.#options.nowUs()), now);
    for (const follower of this.#followers) follower.rest();
    this.#set("loading");
  }

  /** The dragging is over: all go to where it ended. */
  drop(): void {
    if (!this.#scrubbing) return;
    this.#scrubbing = false;
    this.seek(this.atUs);
  }

  play(): void {
    this.#wanted = true;
    this.tick();
  }

  pause(): void {
    this.#wanted = false;
    this.tick();
  }

  setSpeed(speed: number): void {
    this.#clock.setSpeed(speed, this.#now());
    this.tick();
  }

  /** Pauses and shows the next (1) or previous (-1) frame of whoever has most of them. */
  step(direction: 1 | -1): void {
    this.#wanted = false;
    const at = this.atUs;
    const frames = [...this.#followers].map((follower) => follower.frameUs(at));
    const now = this.#now();
    this.#clock.stop(now);
    this.#clock.set(at + direction * Math.min(1e6, ...frames), now);
    this.tick();
  }

  tick(): void {
    const nowMs = this.#now();
    const atUs = this.atUs;
    if (this.#scrubbing) return;
    const looks = [...this.#followers].map((follower) => follower.look(atUs, nowMs));
    const verdict = decideClock(looks);
    this.#obey(verdict, atUs, nowMs);
    const beat: Beat = {
      atUs: this.atUs,
      speed: this.#clock.speed,
      running: this.#clock.running,
      exact: !this.#wanted,
      nowMs,
    };
    for (const follower of this.#followers) follower.keep(beat);
  }

  #obey(verdict: Verdict, atUs: number, nowMs: number): void {
    switch (verdict.kind) {
      case "run":
        if (this.#wanted) this.#clock.start(nowMs);
        else this.#clock.stop(nowMs);
        this.#set(this.#wanted ? "playing" : "paused");
        return;
      case "jump":
        this.#move(verdict.toUs);
        if (verdict.toUs - atUs > HOLE_US) this.#options.onSkip(atUs, verdict.toUs);
        return;
      case "wait":
      case "end":
      case "nothing":
        this.#clock.stop(nowMs);
        this.#set(verdict.kind === "wait" ? "loading" : verdict.kind);
    }
  }

  #move(atUs: number): void {
    const now = this.#now();
    this.#clock.stop(now);
    this.#clock.set(atUs, now);
    for (const follower of this.#followers) follower.cue(atUs);
    this.#set("loading");
  }

  #set(mode: ReplayMode): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.#options.onMode(mode);
  }
}
