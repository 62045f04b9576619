/**
 * One camera back in time: byte ranges straight from the fragment index into a `<video>`, at the
 * moment that a conductor names. The video's time line is wall time from `baseUs` on.
 */

import { retryDelayMs } from "./backoff";
import type { Beat, Follower } from "./conductor";
import { decideFollow, EVERY_FRAME_UP_TO, type Look, SEEK_EPSILON_S } from "./in-step";
import { FootageGone, type FootageSource, KnownFootage } from "./known-footage";
import { formatOf, loadBatch } from "./replay-load";
import {
  type Batch,
  bufferAheadS,
  endUs,
  heldAt,
  KEEP_BEHIND_S,
  nextStart,
  rangeAt,
} from "./replay-plan";
import type { ReplaySound, SoundKind } from "./replay-sound";
import { canPlay, hasMediaSource, Sink } from "./sink";
import { Bell, pause } from "./waiting";

export type PictureState =
  | { readonly kind: "loading" }
  | { readonly kind: "shown" }
  /** No footage at the moment of the clock. */
  | { readonly kind: "gap" }
  | { readonly kind: "unplayable"; readonly mime: string }
  | { readonly kind: "trouble"; readonly detail: string };

export interface ReplayOptions {
  readonly video: HTMLVideoElement;
  readonly source: FootageSource;
  /** Wall time by the server's clock, microseconds. */
  readonly nowUs: () => number;
  readonly onState: (state: PictureState) => void;
  /** Plays what the browser's own player does not. */
  readonly sound?: ReplaySound | undefined;
  /** How the footage that was fetched is heard. */
  readonly onSound?: (kind: SoundKind) => void;
}

const LOOK_BACK_US = 30e6;
const BATCH_BYTES = 6e6;
const ROOM_BEFORE_US = 60 * 86_400e6;
const ROOM_S = 400 * 86_400;
/** Footage that ends so shortly before now is probably still being recorded. */
const EDGE_US = 15e6;
const DECODER_PATIENCE = 3;
const STUCK_MS = 6_000;
/** How far the clock goes while a player seeks. */
const JOIN_AHEAD_US = 150_000;
const USUAL_FRAME_US = 40_000;

export class ReplayPlayer implements Follower {
  readonly #options: ReplayOptions;
  readonly #known: KnownFootage;
  #sink: Sink | null = null;
  #baseUs = 0;
  #formatInSink = "";
  /** Whether the sink plays sound too; null before its first format. */
  #muxed: boolean | null = null;
  #work = new AbortController();
  /** Where the clock was last. */
  #atUs = 0;
  #speed = 1;
  /** What was fetched since the last cue, without the holes in it. */
  #filled = { fromUs: 0, toUs: 0 };
  readonly #beats = new Bell();
  readonly #growth = new Bell();
  /** It went ahead by itself to where the clock will be; nobody waits for that. */
  #joining = false;
  #absentSinceMs: number | null = null;
  #seekedMs = 0;
  #breakages = 0;
  #closed = false;
  #state: PictureState = { kind: "loading" };

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#known = new KnownFootage(options.source, options.nowUs);
    if (!hasMediaSource()) this.#set({ kind: "unplayable", mime: "" });
  }

  get state(): PictureState {
    return this.#state;
  }

  /** Wall time of the video's second 0, microseconds. */
  get epochUs(): number {
    return this.#baseUs;
  }

  frameUs(atUs: number): number {
    const fragment = this.#known.at(atUs);
    if (!fragment || fragment.frames <= 0) return USUAL_FRAME_US;
    return this.#keysOnly ? fragment.duration_us : fragment.duration_us / fragment.frames;
  }

  look(atUs: number, nowMs: number): Look {
    if (this.#state.kind === "unplayable") return { kind: "broken" };
    const kind = this.#has(atUs);
    if (kind === "ready") {
      this.#absentSinceMs = null;
      this.#joining = false;
      const offS = this.#options.video.currentTime - this.#second(atUs);
      return { kind, offS, frameS: this.frameUs(atUs) / 1e6 };
    }
    if (typeof kind === "object") {
      this.#absentSinceMs = null;
      return { kind: "gap", untilUs: kind.untilUs };
    }
    this.#absentSinceMs ??= nowMs;
    return { kind, forMs: this.#joining ? Infinity : nowMs - this.#absentSinceMs };
  }

  cue(atUs: number): void {
    if (this.#closed || this.#state.kind === "unplayable") return;
    this.#work.abort();
    this.#work = new AbortController();
    this.#atUs = atUs;
    this.#absentSinceMs = null;
    this.#joining = false;
    const sink = this.#sinkFor(atUs);
    const inside = heldAt(sink.ranges(), this.#second(atUs));
    let fromUs = atUs;
    if (inside) {
      fromUs = this.#baseUs + inside.end * 1e6 + 2_000;
      this.#seekTo(atUs);
    } else {
      if (sink.clear()) this.#formatInSink = "";
      void this.#seekWhenEmpty(sink, atUs, this.#work.signal);
    }
    this.#filled = { fromUs: atUs, toUs: fromUs };
    void this.#fill(fromUs, this.#work.signal);
  }

  keep(beat: Beat): void {
    this.#atUs = beat.atUs;
    const keysBefore = this.#keysOnly;
    this.#speed = beat.speed;
    const { video } = this.#options;
    const look = this.look(beat.atUs, beat.nowMs);
    if (keysBefore !== this.#keysOnly && look.kind !== "broken") {
      this.#startAnew(beat.atUs);
      return;
    }
    if (this.#sink) {
      const behind = this.#second(beat.atUs) - KEEP_BEHIND_S;
      const first = this.#sink.ranges()[0];
      if (first && behind - first.start > KEEP_BEHIND_S) this.#sink.remove(0, behind);
    }
    this.#beats.ring();
    this.#options.sound?.keep({ ...beat, running: beat.running && look.kind === "ready" });
    if (look.kind !== "ready") {
      video.pause();
      if (look.kind === "gap") this.#approach();
      else this.#return(beat.atUs);
      const stuck = look.kind === "loading" && look.forMs > STUCK_MS;
      if (stuck && beat.atUs > this.#filled.toUs) this.cue(beat.atUs);
      this.#tell(look);
      return;
    }
    this.#tell(look);
    const step = decideFollow({ ...look, ...beat, sinceSeekMs: beat.nowMs - this.#seekedMs });
    if (step.seek) {
      this.#joining = beat.running;
      this.#seekTo(beat.atUs + (beat.running ? JOIN_AHEAD_US * beat.speed : 0));
    }
    if (Math.abs(video.playbackRate - step.rate) > 0.004) video.playbackRate = step.rate;
    if (!beat.running) video.pause();
    else if (video.paused) void video.play().catch(() => undefined);
  }

  rest(): void {
    this.#options.video.pause();
    this.#options.sound?.rest();
  }

  /** More was recorded. */
  grew(): void {
    this.#known.grew();
    this.#growth.ring();
  }

  close(): void {
    this.#closed = true;
    this.#work.abort();
    this.#dropSink();
  }

  get #keysOnly(): boolean {
    return this.#speed > EVERY_FRAME_UP_TO;
  }

  #second(us: number): number {
    return (us - this.#baseUs) / 1e6;
  }

  #set(state: PictureState): void {
    const same = state.kind === this.#state.kind && state.kind !== "trouble";
    this.#state = state;
    if (!same) this.#options.onState(state);
  }

  #tell(look: Look): void {
    if (look.kind === "ready") this.#set({ kind: "shown" });
    else if (look.kind === "gap") this.#set({ kind: "gap" });
    else if (this.#state.kind === "gap") this.#set({ kind: "loading" });
  }

  #has(atUs: number): "ready" | "loading" | "edge" | { readonly untilUs: number | null } {
    const { video } = this.#options;
    const second = this.#second(atUs);
    const ranges = this.#sink?.ranges() ?? [];
    if (rangeAt(ranges, second)) {
      return video.seeking || video.readyState < 2 ? "loading" : "ready";
    }
    const hole = this.#known.holeAt(atUs);
    if (hole?.untilUs === null && this.#options.nowUs() - atUs < EDGE_US) return "edge";
    if (hole) return hole;
    if (atUs < this.#filled.fromUs || atUs >= this.#filled.toUs) return "loading";
    // The index promised footage that the file does not hold.
    const next = nextStart(ranges, second);
    return next === undefined ? "loading" : { untilUs: this.#baseUs + next * 1e6 };
  }

  /** Waits at the beginning of the footage that follows the gap, so as to join without a stutter. */
  #approach(): void {
    const { video } = this.#options;
    const next = nextStart(this.#sink?.ranges() ?? [], this.#second(this.#atUs));
    if (next === undefined || Math.abs(video.currentTime - next) < 0.01) return;
    video.currentTime = next + SEEK_EPSILON_S;
  }

  /** The moment is buffered, but the element looks for another one, which may never come. */
  #return(atUs: number): void {
    const { video } = this.#options;
    const second = this.#second(atUs);
    const range = rangeAt(this.#sink?.ranges() ?? [], second);
    if (!range) return;
    const early = video.seeking && video.currentTime < range.start;
    if (early) video.currentTime = range.start + SEEK_EPSILON_S;
    else if (Math.abs(video.currentTime - second) > 1 + 0.3 * this.#speed) this.#seekTo(atUs);
  }

  #seekTo(atUs: number): void {
    this.#options.video.currentTime = this.#second(atUs) + SEEK_EPSILON_S;
    this.#seekedMs = performance.now();
  }

  /**
   * A browser that was decoding towards the moment while its media went away begins again at the
   * key frame after it, and never shows the moment.
   */
  async #seekWhenEmpty(sink: Sink, atUs: number, signal: AbortSignal): Promise<void> {
    await sink.settled();
    if (!signal.aborted && this.#sink === sink) this.#seekTo(atUs);
  }

  #sinkFor(atUs: number): Sink {
    const second = this.#second(atUs);
    if (this.#sink && second > 0 && second < ROOM_S - 86_400) return this.#sink;
    this.#dropSink();
    this.#baseUs = Math.max(0, Math.floor((atUs - ROOM_BEFORE_US) / 1e6) * 1e6);
    this.#sink = new Sink(this.#options.video, ROOM_S, this.#broken);
    return this.#sink;
  }

  #startAnew(atUs: number): void {
    if (this.#sink?.clear()) this.#formatInSink = "";
    this.cue(atUs);
  }

  #dropSink(): void {
    const sink = this.#sink;
    this.#sink = null;
    this.#muxed = null;
    this.#formatInSink = "";
    sink?.close();
  }

  readonly #broken = (why: string): void => {
    this.#work.abort();
    this.#dropSink();
    this.#breakages += 1;
    if (this.#breakages > DECODER_PATIENCE) {
      this.#set({ kind: "unplayable", mime: "" });
      return;
    }
    this.#set({ kind: "trouble", detail: why });
    const work = this.#work;
    setTimeout(() => {
      if (this.#work === work && !this.#closed) this.cue(this.#atUs);
    }, retryDelayMs(this.#breakages));
  };

  /** Fetches from the key frame before `fromUs` onwards until aborted, never far ahead. */
  async #fill(fromUs: number, signal: AbortSignal): Promise<void> {
    let next = { us: fromUs, first: true };
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#untilNeeded(next.us, signal);
        if (signal.aborted) return;
        next = await this.#fillOnce(next, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        const detail = error instanceof Error ? error.message : String(error);
        this.#set({ kind: "trouble", detail });
        await pause(retryDelayMs(failures++), signal);
      }
    }
  }

  /** One request's worth. @returns What follows. */
  async #fillOnce(
    next: { readonly us: number; readonly first: boolean },
    signal: AbortSignal,
  ): Promise<{ us: number; first: boolean }> {
    const range = { fromUs: next.first ? next.us - LOOK_BACK_US : next.us, atUs: next.us };
    const most = this.#keysOnly ? Infinity : next.first ? 1 : BATCH_BYTES;
    const batch = await this.#known.batch(range, most, next.first, signal);
    const last = batch?.fragments.at(-1);
    if (!batch || !last) {
      await this.#growth.heard(signal);
      return next;
    }
    try {
      await this.#load(batch, signal);
    } catch (error) {
      if (!(error instanceof FootageGone)) throw error;
      this.#known.forget(batch.segmentStartUs);
    }
    if (!signal.aborted) this.#filled = { ...this.#filled, toUs: endUs(last) };
    return { us: endUs(last), first: false };
  }

  async #load(batch: Batch, signal: AbortSignal): Promise<void> {
    const { source, sound } = this.#options;
    const loading = {
      source,
      known: this.#known,
      sound,
      baseUs: this.#baseUs,
      keysOnly: this.#keysOnly,
    };
    const format = formatOf(batch, loading);
    if (!canPlay(format.mime)) {
      this.#set({ kind: "unplayable", mime: format.mime });
      this.#work.abort();
      return;
    }
    if (format.sound) this.#options.onSound?.(format.sound);
    const loaded = await loadBatch(batch, format, loading, signal);
    await this.#turn(format.muxed, batch.fragments[0]?.start_us ?? 0, signal);
    const sink = this.#sink;
    if (signal.aborted || !sink) return;
    const name = `${format.id}/${format.mime}`;
    if (this.#formatInSink !== name) {
      sink.setFormat(format.mime);
      sink.append(loaded.init, 0);
      this.#formatInSink = name;
    }
    for (const { bytes, offset } of loaded.parts) sink.append(bytes, offset);
    await sink.settled();
  }

  /**
   * A buffer that began with sound must go on with it, and one that began without it without: where
   * that changes, another one takes over as soon as the clock is there.
   */
  async #turn(muxed: boolean, startUs: number, signal: AbortSignal): Promise<void> {
    this.#muxed ??= muxed;
    if (this.#muxed === muxed) return;
    while (this.#atUs < startUs && !signal.aborted) await this.#beats.heard(signal);
    if (signal.aborted) return;
    this.#dropSink();
    this.#sink = new Sink(this.#options.video, ROOM_S, this.#broken);
    this.#muxed = muxed;
    this.#filled = { fromUs: this.#atUs, toUs: this.#atUs };
    this.#seekTo(this.#atUs);
  }

  /** Waits while the footage that begins at `fromUs` or later is further ahead than is needed. */
  async #untilNeeded(fromUs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Only what is known for sure: rows of a later time say nothing about an earlier one.
      const startsUs = this.#known.holeAt(fromUs)?.untilUs ?? fromUs;
      const aheadS = (startsUs - this.#atUs) / 1e6;
      if (aheadS < bufferAheadS(this.#speed, this.#keysOnly)) return;
      await this.#beats.heard(signal);
    }
  }
}
