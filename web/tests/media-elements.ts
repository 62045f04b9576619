/** A `<video>` and Media Source Extensions as far as the players need them, moved by a test. */

import type { Range } from "../src/media/decide";

/** Does one thing at a time, and ends it when the test says so. */
export class FakeBuffer extends EventTarget {
  updating = false;
  mode = "segments";
  timestampOffset = 0;
  ranges: Range[] = [];
  /** What was asked for, in words. */
  readonly done: string[] = [];
  #ending: () => void = () => undefined;

  get buffered() {
    const { ranges } = this;
    return {
      length: ranges.length,
      start: (i: number) => ranges[i]?.start,
      end: (i: number) => ranges[i]?.end,
    };
  }

  changeType(mime: string): void {
    this.done.push(`type ${mime}`);
  }

  /** @param bytes Of media two: seconds at which it begins and that it lasts. Else no media. */
  appendBuffer(bytes: Uint8Array): void {
    const start = this.timestampOffset + (bytes[0] ?? 0);
    this.#begin("append", () => {
      if (bytes.length !== 2) return;
      const range = { start, end: start + (bytes[1] ?? 0) };
      const before = this.ranges.find(({ end }) => end === start);
      if (before) this.ranges[this.ranges.indexOf(before)] = { ...before, end: range.end };
      else this.ranges.push(range);
    });
  }

  remove(): void {
    this.#begin("remove", () => {
      this.ranges = [];
    });
  }

  /** The browser has done what it was told last. */
  end(): void {
    if (!this.updating) return;
    this.updating = false;
    this.#ending();
    this.dispatchEvent(new Event("updateend"));
  }

  #begin(what: string, ending: () => void): void {
    if (this.updating) throw new Error("two operations at a time");
    this.updating = true;
    this.done.push(what);
    this.#ending = ending;
  }
}

export class FakeMediaSource extends EventTarget {
  static readonly made: FakeMediaSource[] = [];
  readyState = "closed";
  duration = NaN;
  readonly buffer = new FakeBuffer();

  constructor() {
    super();
    FakeMediaSource.made.push(this);
  }

  static isTypeSupported(): boolean {
    return true;
  }

  addSourceBuffer(): FakeBuffer {
    return this.buffer;
  }

  open(): void {
    this.readyState = "open";
    this.dispatchEvent(new Event("sourceopen"));
  }
}

/** Remembers where it was told to go. */
export class FakeVideo extends EventTarget {
  readonly seeks: number[] = [];
  disableRemotePlayback = false;
  src = "";
  seeking = false;
  readyState = 4;
  paused = true;
  playbackRate = 1;
  error = null;
  #at = 0;

  get currentTime(): number {
    return this.#at;
  }

  set currentTime(second: number) {
    this.#at = second;
    this.seeks.push(second);
  }

  play(): Promise<void> {
    this.paused = false;
    return Promise.resolve();
  }

  pause(): void {
    this.paused = true;
  }

  load(): void {
    this.readyState = 0;
  }

  removeAttribute(): void {
    this.src = "";
  }
}

/** Whatever waits for a promise goes on; no time passes that anybody waits for. */
export function settle(): Promise<void> {
  return new Promise((done) => {
    setTimeout(done);
  });
}
