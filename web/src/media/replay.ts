/** One camera back in time: byte ranges straight from the fragment index into a `<video>`. */

import { retryDelayMs } from "./backoff";
import { FootageGone, type FootageSource, KnownFootage } from "./known-footage";
import {
  type Batch,
  bufferAheadS,
  decideReplay,
  endUs,
  HOLE_US,
  type IndexFormat,
  playOffset,
  videoPart,
} from "./replay-plan";
import { canPlay, hasMediaSource, Sink } from "./sink";

export type ReplayState =
  | { readonly kind: "loading" }
  | { readonly kind: "playing" }
  | { readonly kind: "paused" }
  /** The newest footage was shown; more is being recorded. */
  | { readonly kind: "end" }
  | { readonly kind: "nothing" }
  | { readonly kind: "unplayable"; readonly mime: string }
  | { readonly kind: "trouble"; readonly detail: string };

export interface ReplayOptions {
  readonly video: HTMLVideoElement;
  readonly source: FootageSource;
  /** Wall time by the server's clock, microseconds. */
  readonly nowUs: () => number;
  readonly onState: (state: ReplayState) => void;
  readonly onSkip: (fromUs: number, toUs: number) => void;
}

const LOOK_BACK_US = 30e6;
const BATCH_BYTES = 6e6;
const DAY_US = 86_400e6;
const TICK_MS = 80;
const DECODER_PATIENCE = 3;

export class ReplayPlayer {
  readonly #options: ReplayOptions;
  #sink: Sink | null = null;
  #baseUs = 0;
  readonly #known: KnownFootage;
  #formatInSink = "";
  #work = new AbortController();
  #wanted = true;
  #speed = 1;
  #targetUs: number | null = null;
  #atEnd = false;
  #wake: (() => void) | null = null;
  #breakages = 0;
  #closed = false;
  #state: ReplayState = { kind: "loading" };
  readonly #ticker: ReturnType<typeof setInterval>;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#known = new KnownFootage(options.source, options.nowUs);
    this.#ticker = setInterval(this.#tick, TICK_MS);
    if (!hasMediaSource()) this.#set({ kind: "unplayable", mime: "" });
  }

  get state(): ReplayState {
    return this.#state;
  }

  /** Wall time of the video's second 0, microseconds. */
  get epochUs(): number {
    return this.#baseUs;
  }

  /** Wall time of the picture that is shown or was asked for, microseconds. */
  get positionUs(): number {
    return this.#targetUs ?? this.#baseUs + this.#options.video.currentTime * 1e6;
  }

  get speed(): number {
    return this.#speed;
  }

  get wantsToPlay(): boolean {
    return this.#wanted;
  }

  /** Shows the frame of that moment, or the next footage after it. */
  seek(atUs: number): void {
    this.#work.abort();
    this.#work = new AbortController();
    this.#atEnd = false;
    this.#targetUs = atUs;
    this.#formatInSink = "";
    const second = (atUs - this.#baseUs) / 1e6;
    const buffered = this.#sink?.ranges() ?? [];
    const inside = buffered.some((r) => second >= r.start && second < r.end - 0.05);
    if (!inside) {
      this.#dropSink();
      // A day of room before it, so that seeking back needs no new time line.
      this.#baseUs = Math.floor((atUs - DAY_US) / 1e6) * 1e6;
      this.#sink = new Sink(this.#options.video, 8 * 86_400, this.#broken);
      this.#options.video.playbackRate = this.#speed;
    } else {
      this.#options.video.currentTime = second;
      this.#targetUs = null;
    }
    this.#set({ kind: "loading" });
    void this.#fill(atUs, this.#work.signal);
  }

  play(): void {
    this.#wanted = true;
    this.#resume();
  }

  pause(): void {
    this.#wanted = false;
    this.#options.video.pause();
    if (this.#state.kind === "playing") this.#set({ kind: "paused" });
  }

  /** @param speed 0.25 to 8. */
  setSpeed(speed: number): void {
    this.#speed = speed;
    this.#options.video.playbackRate = speed;
    this.#options.video.defaultPlaybackRate = speed;
    this.#wake?.();
  }

  /** Pauses and shows the next (1) or previous (-1) frame. */
  step(direction: 1 | -1): void {
    this.pause();
    const us = this.#baseUs + this.#options.video.currentTime * 1e6;
    const fragment = this.#known.at(us);
    const frameUs =
      fragment && fragment.frames > 0 ? fragment.duration_us / fragment.frames : 40_000;
    const second = this.#options.video.currentTime + (direction * frameUs) / 1e6;
    const buffered = this.#sink?.ranges() ?? [];
    if (buffered.some((r) => second >= r.start && second < r.end)) {
      this.#options.video.currentTime = second;
    } else this.seek(us + direction * frameUs);
  }

  /** More was recorded; goes on when it had come to the end. */
  footageGrew(): void {
    if (!this.#atEnd) return;
    this.#atEnd = false;
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#ticker);
    this.#work.abort();
    this.#wake?.();
    this.#dropSink();
  }

  #set(state: ReplayState): void {
    const same = state.kind === this.#state.kind && state.kind !== "trouble";
    this.#state = state;
    if (!same) this.#options.onState(state);
  }

  #dropSink(): void {
    const sink = this.#sink;
    this.#sink = null;
    this.#formatInSink = "";
    sink?.close();
  }

  #resume(): void {
    const { video } = this.#options;
    if (this.#wanted && this.#sink && video.paused) void video.play().catch(() => undefined);
  }

  readonly #broken = (why: string): void => {
    this.#work.abort();
    const at = this.positionUs;
    this.#dropSink();
    this.#targetUs = at;
    this.#breakages += 1;
    if (this.#breakages > DECODER_PATIENCE) {
      this.#set({ kind: "unplayable", mime: "" });
      return;
    }
    this.#set({ kind: "trouble", detail: why });
    const work = this.#work;
    setTimeout(() => {
      if (this.#work === work && !this.#closed) this.seek(at);
    }, retryDelayMs(this.#breakages));
  };

  readonly #tick = (): void => {
    const sink = this.#sink;
    if (!sink) return;
    const { video } = this.#options;
    if (this.#targetUs !== null) {
      this.#arrive(sink, this.#targetUs);
      return;
    }
    const step = decideReplay({ current: video.currentTime, ranges: sink.ranges() });
    if (step.seekTo !== null) {
      const from = this.#baseUs + video.currentTime * 1e6;
      const to = this.#baseUs + step.seekTo * 1e6;
      video.currentTime = step.seekTo;
      if (to - from > HOLE_US) this.#options.onSkip(from, to);
    }
    if (step.trimTo !== null) sink.remove(0, step.trimTo);
    if (step.ahead < bufferAheadS(this.#speed)) this.#wake?.();
    this.#judge(step.ahead);
  };

  #judge(ahead: number): void {
    const { video } = this.#options;
    if (this.#state.kind === "trouble" || this.#state.kind === "unplayable") return;
    if (video.paused) {
      if (!this.#wanted && video.readyState >= 2) this.#set({ kind: "paused" });
      else this.#resume();
    } else if (this.#atEnd && ahead < 0.15) this.#set({ kind: "end" });
    else if (video.readyState >= 3) this.#set({ kind: "playing" });
    else this.#set({ kind: "loading" });
  }

  /** Jumps to the wanted moment as soon as its picture, or the next one, is buffered. */
  #arrive(sink: Sink, targetUs: number): void {
    const second = (targetUs - this.#baseUs) / 1e6;
    const range = sink.ranges().find((r) => r.end > second + 0.001);
    if (!range) return;
    this.#targetUs = null;
    const { video } = this.#options;
    video.playbackRate = this.#speed;
    video.currentTime = Math.max(second, range.start);
    const jumpedUs = (range.start - second) * 1e6;
    if (jumpedUs > HOLE_US) this.#options.onSkip(targetUs, targetUs + jumpedUs);
    this.#resume();
  }

  /** Fetches from the key frame before `atUs` onwards until aborted, never far ahead. */
  async #fill(atUs: number, signal: AbortSignal): Promise<void> {
    let nextUs: number | null = null;
    let failures = 0;
    while (!signal.aborted) {
      try {
        nextUs = await this.#fillOnce(atUs, nextUs, signal);
        failures = 0;
        await this.#untilNeeded(signal);
      } catch (error) {
        if (signal.aborted) return;
        const detail = error instanceof Error ? error.message : String(error);
        this.#set({ kind: "trouble", detail });
        await pause(retryDelayMs(failures++), signal);
        if (this.#sink) this.#set({ kind: "loading" });
      }
    }
  }

  /** One request's worth. @returns Where the next one starts, microseconds. */
  async #fillOnce(
    atUs: number,
    nextUs: number | null,
    signal: AbortSignal,
  ): Promise<number | null> {
    const first = nextUs === null;
    const start = nextUs ?? atUs;
    const range = { fromUs: first ? start - LOOK_BACK_US : start, atUs: start };
    const batch = await this.#known.batch(range, first ? 1 : BATCH_BYTES, first, signal);
    if (!batch) {
      this.#atEnd = true;
      if (this.#targetUs !== null) this.#set({ kind: "nothing" });
      return nextUs;
    }
    const last = batch.fragments.at(-1);
    if (!last) return nextUs;
    try {
      await this.#load(batch, signal);
    } catch (error) {
      if (!(error instanceof FootageGone)) throw error;
      this.#known.forget(batch.segmentStartUs);
    }
    return endUs(last);
  }

  async #load(batch: Batch, signal: AbortSignal): Promise<void> {
    const formatId = batch.fragments[0]?.format_id ?? "";
    const format = this.#known.format(formatId);
    if (!format) throw new Error("The index names a format that it does not describe.");
    const withAudio = typeOf(format, true);
    const audio = format.audio_codec !== "" && canPlay(withAudio);
    const mime = audio ? withAudio : typeOf(format, false);
    if (!canPlay(mime)) {
      this.#set({ kind: "unplayable", mime });
      this.#work.abort();
      return;
    }
    const tracks = audio ? "all" : "video";
    const [init, bytes] = await Promise.all([
      this.#known.init(formatId, tracks, signal),
      this.#options.source.bytes(batch.segmentStartUs, batch.offset, batch.size, signal),
    ]);
    const sink = this.#sink;
    if (signal.aborted || !sink) return;
    if (this.#formatInSink !== formatId) {
      sink.setFormat(mime);
      sink.append(init, 0);
      this.#formatInSink = formatId;
    }
    for (const fragment of batch.fragments) {
      const offset = playOffset(fragment, format.video_timescale, this.#baseUs);
      sink.append(videoPart(bytes, batch, fragment, audio), offset);
    }
    await sink.settled();
  }

  /** Waits while enough is buffered, or until more footage is recorded. */
  async #untilNeeded(signal: AbortSignal): Promise<void> {
    for (;;) {
      if (signal.aborted) return;
      const sink = this.#sink;
      if (!sink) return;
      const { ahead } = decideReplay({
        current: this.#options.video.currentTime,
        ranges: sink.ranges(),
      });
      const enough = this.#targetUs === null && ahead >= bufferAheadS(this.#speed);
      if (!this.#atEnd && !enough) return;
      await new Promise<void>((wake) => {
        this.#wake = wake;
        signal.addEventListener(
          "abort",
          () => {
            wake();
          },
          { once: true },
        );
      });
      this.#wake = null;
    }
  }
}

function typeOf(format: IndexFormat, audio: boolean): string {
  const codecs =
    audio && format.audio_codec ? [format.video_codec, format.audio_codec] : [format.video_codec];
  return `video/mp4; codecs="${codecs.join(", ")}"`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        done();
      },
      { once: true },
    );
  });
}
