/** What is shown at which moment: live, or one clock for every player that joins. */

import { Conductor, type Follower, type ReplayMode } from "../media/conductor";
import { nextSpeed } from "../media/in-step";
import { durationWords } from "../words";
import { site } from "./site.svelte";

const TELL_MS = 100;
const SKIP_WORD_MS = 4_000;

export class ReplaySession {
  live = $state(true);
  paused = $state(false);
  speed = $state(1);
  mode = $state<ReplayMode>("loading");
  /** Whether somebody drags the playhead. */
  scrubbing = $state(false);
  /** Wall time of the replayed moment, microseconds; null while live. */
  positionUs = $state<number | null>(null);
  /** Wall time of the live picture; null before the first. */
  liveUs = $state<number | null>(null);
  /** A few words about footage that nobody has. */
  skipped = $state("");
  #conductor: Conductor | null = null;
  #teller: ReturnType<typeof setInterval> | undefined;
  #forget: ReturnType<typeof setTimeout> | undefined;
  readonly #onMoment: (us: number | null) => void;
  readonly #held: (us: number) => number;
  readonly #hasLive: () => boolean;

  /**
   * @param onMoment Told where a person went; null is live.
   * @param held The nearest moment that may be seen; the past by default.
   * @param hasLive Whether there is a live picture to go back to; there is by default.
   */
  constructor(
    onMoment: (us: number | null) => void = () => undefined,
    held: (us: number) => number = (us) => us,
    hasLive: () => boolean = () => true,
  ) {
    this.#onMoment = onMoment;
    this.#held = held;
    this.#hasLive = hasLive;
  }

  get hasLive(): boolean {
    return this.#hasLive();
  }

  /** Wall time of what is shown. */
  get clockUs(): number | null {
    return this.live ? this.liveUs : this.positionUs;
  }

  /**
   * A player follows this clock from now on; only while it replays.
   *
   * @returns What takes it away again.
   */
  join(follower: Follower): () => void {
    return this.#conductor?.add(follower) ?? (() => undefined);
  }

  seek(us: number): void {
    const at = Math.max(0, Math.min(this.#held(us), site.client.nowUs()));
    this.#ensure(at).seek(at);
    this.positionUs = at;
    this.#onMoment(at);
  }

  scrub(us: number): void {
    const at = Math.max(0, Math.min(this.#held(us), site.client.nowUs()));
    this.#ensure(at).scrub(at);
    this.scrubbing = true;
    this.positionUs = at;
  }

  drop(): void {
    if (!this.scrubbing) return;
    this.scrubbing = false;
    this.#conductor?.drop();
    this.#onMoment(this.positionUs);
  }

  goLive(): void {
    if (!this.hasLive) return;
    this.close();
    this.#onMoment(null);
  }

  /** As `goLive`, for a page that is left. */
  close(): void {
    clearInterval(this.#teller);
    this.#conductor?.close();
    this.#conductor = null;
    this.live = true;
    this.paused = false;
    this.scrubbing = false;
    this.speed = 1;
    this.positionUs = null;
    this.skipped = "";
  }

  playPause(): void {
    if (this.live) {
      this.seek(this.liveUs ?? site.client.nowUs());
      this.pause();
    } else if (this.paused) {
      this.paused = false;
      this.#conductor?.play();
    } else this.pause();
  }

  pause(): void {
    this.paused = true;
    this.#conductor?.pause();
  }

  jump(seconds: number): void {
    if (this.live && seconds > 0) return;
    this.seek((this.clockUs ?? site.client.nowUs()) + seconds * 1e6);
  }

  step(direction: 1 | -1): void {
    if (this.live) {
      this.playPause();
      return;
    }
    this.paused = true;
    this.#conductor?.step(direction);
  }

  setSpeed(speed: number): void {
    if (this.live) return;
    this.speed = speed;
    this.#conductor?.setSpeed(speed);
  }

  faster(direction: 1 | -1): void {
    this.setSpeed(nextSpeed(this.speed, direction));
  }

  #ensure(atUs: number): Conductor {
    if (this.#conductor) return this.#conductor;
    const conductor = new Conductor(atUs, {
      nowUs: () => site.client.nowUs(),
      onMode: (mode) => {
        this.mode = mode;
        if (mode === "end") this.setSpeed(1);
      },
      onSkip: (from, to) => {
        this.skipped = `Skipped ${durationWords((to - from) / 1e6)} without footage`;
        clearTimeout(this.#forget);
        this.#forget = setTimeout(() => {
          this.skipped = "";
        }, SKIP_WORD_MS);
      },
    });
    this.#conductor = conductor;
    this.mode = "loading";
    this.live = false;
    conductor.begin();
    this.#teller = setInterval(() => {
      if (!this.scrubbing) this.positionUs = conductor.atUs;
    }, TELL_MS);
    return conductor;
  }
}
