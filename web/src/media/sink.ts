/** One `<video>` fed through Media Source Extensions, one operation at a time. */

import type { Range } from "./decide";

type Operation =
  | { readonly kind: "format"; readonly mime: string }
  | { readonly kind: "append"; readonly bytes: Uint8Array; readonly offset: number }
  | { readonly kind: "remove"; readonly start: number; readonly end: number }
  | { readonly kind: "emptied" }
  | { readonly kind: "mark"; readonly done: () => void };

interface ManagedWindow {
  /** Safari on iPhones offers only this one. */
  readonly ManagedMediaSource?: typeof MediaSource;
}

function sourceClass(): typeof MediaSource | undefined {
  const managed = (globalThis as ManagedWindow).ManagedMediaSource;
  return typeof MediaSource === "undefined" ? managed : MediaSource;
}

/** Whether this browser can play media at all the way that Vedette sends it. */
export function hasMediaSource(): boolean {
  return sourceClass() !== undefined;
}

/**
 * Whether this browser plays a type.
 *
 * @param mime Such as `video/mp4; codecs="avc1.4D401F"`.
 */
export function canPlay(mime: string): boolean {
  return sourceClass()?.isTypeSupported(mime) ?? false;
}

/** The same for one RFC 6381 codec string; an unknown one (empty) counts as playable. */
export function canPlayCodec(codec: string): boolean {
  return codec === "" || canPlay(`video/mp4; codecs="${codec}"`);
}

const MOST_QUEUED_BYTES = 24e6;

export class Sink {
  readonly #video: HTMLVideoElement;
  readonly #source: MediaSource;
  readonly #url: string;
  readonly #onBroken: (why: string) => void;
  readonly #onBuffered: () => void;
  #buffer: SourceBuffer | null = null;
  #queue: Operation[] = [];
  #queuedBytes = 0;
  #closed = false;
  #freed = false;
  /** How many times all was to be forgotten that has not been forgotten yet. */
  #emptying = 0;

  /**
   * @param durationS How long the time line shall be; Infinity for live.
   * @param onBroken The element or its buffer cannot go on; close this sink and make another.
   * @param onBuffered What is buffered has changed.
   */
  constructor(
    video: HTMLVideoElement,
    durationS: number,
    onBroken: (why: string) => void,
    onBuffered: () => void = () => undefined,
  ) {
    const Source = sourceClass();
    if (!Source) throw new Error("This browser has no Media Source Extensions.");
    this.#video = video;
    this.#onBroken = onBroken;
    this.#onBuffered = onBuffered;
    this.#source = new Source();
    this.#url = URL.createObjectURL(this.#source);
    video.disableRemotePlayback = true;
    video.addEventListener("error", this.#videoFailed);
    this.#source.addEventListener("sourceopen", () => {
      if (this.#closed) return;
      if (Number.isFinite(durationS)) this.#source.duration = durationS;
      this.#pump();
    });
    video.src = this.#url;
  }

  /** What follows is of this type; its initialisation segment comes next. */
  setFormat(mime: string): void {
    this.#add({ kind: "format", mime });
  }

  /**
   * @param bytes An initialisation segment or whole fragments.
   * @param offset Seconds added to their media time.
   */
  append(bytes: Uint8Array, offset: number): void {
    this.#queuedBytes += bytes.byteLength;
    if (this.#queuedBytes > MOST_QUEUED_BYTES) {
      this.#break("more arrived than the browser could take");
      return;
    }
    this.#add({ kind: "append", bytes, offset });
  }

  /**
   * Forgets all media, also what waits to be appended.
   *
   * @returns Whether the format must be set anew, because something that waited may have been it.
   */
  clear(): boolean {
    const before = this.#queue.length;
    this.#queue = this.#queue.filter(({ kind }) => kind !== "append" && kind !== "format");
    const dropped = before - this.#queue.length;
    this.#queuedBytes = 0;
    if (!this.#closed) this.#emptying += 1;
    this.remove(0, Infinity);
    this.#add({ kind: "emptied" });
    return dropped > 0 || this.#buffer === null;
  }

  remove(start: number, end: number): void {
    if (end > start) this.#add({ kind: "remove", start, end });
  }

  /** Resolves when everything asked for so far is done, or the sink is closed. */
  settled(): Promise<void> {
    return new Promise((done) => {
      if (this.#closed) done();
      else this.#add({ kind: "mark", done });
    });
  }

  /** What is buffered; nothing as soon as it is to be forgotten. */
  ranges(): Range[] {
    const ranges: Range[] = [];
    if (this.#emptying > 0) return ranges;
    if (!this.#buffer || this.#closed || this.#source.readyState !== "open") return ranges;
    const { buffered } = this.#buffer;
    for (let i = 0; i < buffered.length; i++) {
      ranges.push({ start: buffered.start(i), end: buffered.end(i) });
    }
    return ranges;
  }

  /** Lets go of everything; the element shows nothing afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#video.removeEventListener("error", this.#videoFailed);
    for (const operation of this.#queue) if (operation.kind === "mark") operation.done();
    this.#queue = [];
    this.#buffer?.removeEventListener("updateend", this.#updated);
    if (this.#video.src === this.#url) {
      this.#video.removeAttribute("src");
      this.#video.load();
    }
    URL.revokeObjectURL(this.#url);
  }

  readonly #videoFailed = (): void => {
    this.#break(this.#video.error?.message || "the browser could not decode the picture");
  };

  #break(why: string): void {
    if (this.#closed) return;
    this.#onBroken(why);
  }

  #add(operation: Operation): void {
    if (this.#closed) return;
    this.#queue.push(operation);
    this.#pump();
  }

  readonly #updated = (): void => {
    this.#pump();
    this.#onBuffered();
  };

  readonly #pump = (): void => {
    while (!this.#closed && this.#source.readyState === "open" && !this.#buffer?.updating) {
      const operation = this.#queue.shift();
      if (!operation) return;
      try {
        this.#perform(operation);
      } catch (error) {
        if (!this.#makeRoom(operation, error)) {
          this.#break(error instanceof Error ? error.message : String(error));
          return;
        }
      }
    }
  };

  #perform(operation: Operation): void {
    switch (operation.kind) {
      case "mark":
        operation.done();
        return;
      case "emptied":
        this.#emptying -= 1;
        return;
      case "format":
        if (this.#buffer) this.#buffer.changeType(operation.mime);
        else {
          this.#buffer = this.#source.addSourceBuffer(operation.mime);
          this.#buffer.mode = "segments";
          this.#buffer.addEventListener("updateend", this.#updated);
        }
        return;
      case "remove":
        this.#buffer?.remove(operation.start, operation.end);
        return;
      case "append":
        this.#append(operation);
    }
  }

  #append(operation: Operation & { kind: "append" }): void {
    const buffer = this.#buffer;
    if (!buffer) throw new Error("media came before its format");
    const parts = [operation.bytes];
    // A backlog goes in as one piece; each append costs the browser a round trip.
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      if (next.kind !== "append" || next.offset !== operation.offset) break;
      parts.push(next.bytes);
      this.#queue.shift();
    }
    const bytes = joined(parts);
    if (buffer.timestampOffset !== operation.offset) buffer.timestampOffset = operation.offset;
    try {
      buffer.appendBuffer(bytes);
    } catch (error) {
      // Whoever makes room tries the whole piece again.
      this.#queue.unshift({ kind: "append", bytes, offset: operation.offset });
      throw error;
    }
    this.#queuedBytes = Math.max(0, this.#queuedBytes - bytes.byteLength);
    this.#freed = false;
  }

  #makeRoom(operation: Operation, error: unknown): boolean {
    const full = error instanceof DOMException && error.name === "QuotaExceededError";
    if (!full || operation.kind !== "append" || this.#freed || !this.#buffer) return false;
    this.#freed = true;
    const keepFrom = this.#video.currentTime - 1;
    const start = this.ranges()[0]?.start ?? 0;
    if (keepFrom <= start) return false;
    this.#buffer.remove(start, keepFrom);
    return true;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
