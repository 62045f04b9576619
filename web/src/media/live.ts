/** Live pictures: fragments from a WebSocket into a `<video>`, kept close to now. */

import { retryDelayMs } from "./backoff";
import { adaptTarget, decideLive, fallsBehind, LagMemory, runOffset } from "./decide";
import { canPlay, hasMediaSource, Sink } from "./sink";

export type LiveState =
  | { readonly kind: "asleep" }
  | { readonly kind: "connecting" }
  | { readonly kind: "playing" }
  | {
      readonly kind: "offline";
      readonly reason: string;
      readonly detail: string;
      readonly sinceUs: number;
    }
  | { readonly kind: "unplayable"; readonly mime: string }
  | { readonly kind: "no-media-source" }
  | { readonly kind: "reconnecting"; readonly attempt: number };

interface FormatMessage {
  readonly type: "format";
  readonly mime: string;
  readonly origin_us: number;
  readonly width: number;
  readonly height: number;
  readonly target_ms: number;
  readonly audio: "played" | "available" | "absent" | "not_playable" | "busy";
}

interface OfflineMessage {
  readonly type: "offline";
  readonly reason: string;
  readonly detail: string;
  readonly since_us: number;
}

interface LostMessage {
  readonly type: "lost";
  readonly frames: number;
}

interface ClockMessage {
  readonly type: "clock";
  readonly origin_us: number;
}

type Message = FormatMessage | OfflineMessage | LostMessage | ClockMessage;

export interface LiveOptions {
  readonly video: HTMLVideoElement;
  /** Where to connect, as a path such as `/api/v1/cameras/ID/live?stream=sub&audio=0`. */
  readonly path: string;
  readonly onState: (state: LiveState) => void;
  readonly onFormat?: (format: { width: number; height: number; audio: string }) => void;
  /** Called when the server turned several connections away: the session may have ended. */
  readonly onDoubt?: () => void;
  /** Called when the browser begins or ceases to show less than half of what comes. */
  readonly onBehind?: (behind: boolean) => void;
}

const TICK_MS = 100;
const LAG_LOOKS = { enough: 5, most: 20 };
const DOUBT_AFTER = 2;
const SILENCE_MS = 15_000;
const DECODER_PATIENCE = 4;
const PACE_MS = 2000;
const PACE_LOOKS = 3;

export class LivePlayer {
  readonly #options: LiveOptions;
  #socket: WebSocket | null = null;
  #sink: Sink | null = null;
  #state: LiveState = { kind: "asleep" };
  #baseUs = 0;
  #originUs = 0;
  #driftUs = 0;
  #offset = 0;
  #floor = 0.06;
  #target = 0.06;
  #lastStall = 0;
  #lastMessage = 0;
  #lag = 0;
  readonly #lags = new LagMemory(LAG_LOOKS.enough, LAG_LOOKS.most);
  #attempt = 0;
  #breakages = 0;
  #awake = false;
  #skipMedia = false;
  #arrived = 0;
  #shown = 0;
  #pacedAt = 0;
  #paceLooks = 0;
  #behind = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;
  /** Frames that the server dropped because this viewer was too slow. */
  lostFrames = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
    options.video.addEventListener("waiting", this.#stalled);
    options.video.addEventListener("playing", this.#playing);
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Seconds that the picture is behind the newest frame that arrived. */
  get lag(): number {
    return this.#lag;
  }

  /** Wall time of the video's second 0, microseconds; null before the first picture. */
  get epochUs(): number | null {
    if (!this.#sink || this.#baseUs === 0) return null;
    return this.#baseUs + this.#driftUs;
  }

  /** Wall time of the picture that is shown, microseconds; null before the first. */
  get pictureUs(): number | null {
    const epoch = this.epochUs;
    return epoch === null ? null : epoch + this.#options.video.currentTime * 1e6;
  }

  /** Connects; does nothing when awake already. */
  wake(): void {
    if (this.#awake) return;
    if (!hasMediaSource()) {
      this.#set({ kind: "no-media-source" });
      return;
    }
    this.#awake = true;
    this.#attempt = 0;
    this.#set({ kind: "connecting" });
    // Opened beside the connection: the browser takes as long for it as for the network.
    this.#makeSink();
    this.#connect();
    this.#ticker = setInterval(this.#look, TICK_MS);
  }

  /** Closes the socket and the buffers; the last picture goes too. */
  sleep(): void {
    if (!this.#awake) return;
    this.#awake = false;
    clearInterval(this.#ticker);
    this.#disconnect();
    this.#dropSink();
    this.#setBehind(false);
    this.#set({ kind: "asleep" });
  }

  close(): void {
    this.sleep();
    this.#options.video.removeEventListener("waiting", this.#stalled);
    this.#options.video.removeEventListener("playing", this.#playing);
  }

  #set(state: LiveState): void {
    this.#state = state;
    this.#options.onState(state);
  }

  #connect(): void {
    const url = new URL(this.#options.path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#lastMessage = performance.now();
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      this.#lastMessage = performance.now();
      if (typeof event.data === "string") this.#text(event.data);
      else this.#media(event.data);
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost();
    };
  }

  #disconnect(): void {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #lost(): void {
    this.#disconnect();
    if (!this.#awake) return;
    const attempt = this.#attempt++;
    if (attempt >= DOUBT_AFTER) this.#options.onDoubt?.();
    this.#set({ kind: "reconnecting", attempt });
    this.#retry = setTimeout(() => {
      this.#connect();
    }, retryDelayMs(attempt));
  }

  #text(text: string): void {
    const message = parsed(text);
    switch (message?.type) {
      case "format":
        this.#format(message);
        return;
      case "offline":
        this.#set({
          kind: "offline",
          reason: message.reason,
          detail: message.detail,
          sinceUs: message.since_us,
        });
        return;
      case "lost":
        this.lostFrames += message.frames;
        this.#arrived += message.frames;
        return;
      case "clock":
        // The camera's clock drifts against the server's; pictures keep their place, not their name.
        this.#driftUs = message.origin_us - this.#originUs;
        return;
      case undefined:
    }
  }

  #format(message: FormatMessage): void {
    this.#options.onFormat?.({
      width: message.width,
      height: message.height,
      audio: message.audio,
    });
    this.#skipMedia = !canPlay(message.mime);
    if (this.#skipMedia) {
      this.#dropSink();
      this.#set({ kind: "unplayable", mime: message.mime });
      return;
    }
    this.#originUs = message.origin_us;
    this.#driftUs = 0;
    this.#floor = message.target_ms / 1000;
    this.#target = this.#floor;
    const end = this.#sink?.ranges().at(-1)?.end ?? null;
    const used = this.#sink !== null && this.#baseUs !== 0;
    const offset = used ? runOffset(message.origin_us, this.#baseUs, end) : null;
    if (offset === null) {
      if (used || !this.#sink) this.#makeSink();
      this.#baseUs = message.origin_us;
      this.#offset = 0;
    } else this.#offset = offset;
    this.#sink?.setFormat(message.mime);
    if (this.#state.kind !== "playing") this.#set({ kind: "connecting" });
  }

  #media(data: ArrayBuffer): void {
    if (this.#skipMedia || !this.#sink) return;
    this.#sink.append(new Uint8Array(data), this.#offset);
    this.#arrived += 1;
    this.#attempt = 0;
    const { video } = this.#options;
    if (video.paused) void video.play().catch(() => undefined);
  }

  readonly #buffered = (): void => {
    // The first picture waits for nothing; afterwards a look every now and then is enough.
    if (this.#state.kind !== "playing") this.#keepClose();
  };

  readonly #look = (): void => {
    this.#watchPace();
    this.#keepClose();
    if (this.#state.kind === "playing") this.#lags.add(this.#lag);
    const calm = (performance.now() - this.#lastStall) / 1000;
    if (calm > 20) {
      this.#target = adaptTarget(this.#target, this.#floor, calm);
      this.#lastStall = performance.now();
    }
    this.#watchSilence();
  };

  #keepClose(): void {
    if (!this.#sink) return;
    const { video } = this.#options;
    const step = decideLive({
      current: video.currentTime,
      ranges: this.#sink.ranges(),
      target: this.#target,
      least: this.#lags.least,
      hurrying: video.playbackRate > 1,
    });
    this.#lag = step.lag;
    // No `playing` event comes when a short outage never emptied the buffer.
    if (this.#state.kind === "connecting" && video.readyState >= 3 && step.seekTo === null) {
      this.#playing();
    }
    if (step.seekTo !== null) {
      video.currentTime = step.seekTo;
      this.#lags.clear();
    }
    if (video.playbackRate !== step.rate) video.playbackRate = step.rate;
    if (step.trimTo !== null) this.#sink.remove(0, step.trimTo);
  }

  /** Three looks in a row decide, so that a picture that begins or seeks is not called slow. */
  #watchPace(): void {
    const now = performance.now();
    if (now - this.#pacedAt < PACE_MS) return;
    const quality = this.#options.video.getVideoPlaybackQuality();
    const shown = quality.totalVideoFrames - quality.droppedVideoFrames;
    const pace = { arrived: this.#arrived, shown: Math.max(0, shown - this.#shown) };
    // A page that was hidden or a computer that slept says nothing about its speed.
    const watched = now - this.#pacedAt < 2 * PACE_MS;
    this.#pacedAt = now;
    this.#arrived = 0;
    this.#shown = shown;
    if (!watched || fallsBehind(pace) === this.#behind) {
      this.#paceLooks = 0;
      return;
    }
    this.#paceLooks += 1;
    if (this.#paceLooks >= PACE_LOOKS) this.#setBehind(!this.#behind);
  }

  #setBehind(behind: boolean): void {
    this.#paceLooks = 0;
    if (behind === this.#behind) return;
    this.#behind = behind;
    this.#options.onBehind?.(behind);
  }

  /** A peer that vanished without closing would otherwise look like a still picture. */
  #watchSilence(): void {
    const expected = this.#state.kind === "playing" || this.#state.kind === "connecting";
    if (!this.#socket || !expected) return;
    if (performance.now() - this.#lastMessage > SILENCE_MS) this.#lost();
  }

  readonly #stalled = (): void => {
    if (this.#state.kind !== "playing") return;
    this.#lastStall = performance.now();
    this.#target = adaptTarget(this.#target, this.#floor, 0);
  };

  readonly #playing = (): void => {
    this.#breakages = Math.max(0, this.#breakages - 1);
    if (this.#awake && this.#socket && this.#state.kind !== "playing") {
      this.#set({ kind: "playing" });
    }
  };

  readonly #broken = (): void => {
    this.#dropSink();
    this.#breakages += 2;
    if (this.#breakages > DECODER_PATIENCE * 2) {
      this.#skipMedia = true;
      this.#set({ kind: "unplayable", mime: "" });
      this.#breakages = 0;
      // The camera may mend it with the next key frame; look again, but not at once.
      this.#attempt = 6;
    }
    this.#disconnect();
    const unplayable = this.#state.kind === "unplayable" ? this.#state : null;
    this.#lost();
    if (unplayable) this.#set(unplayable);
  };

  #makeSink(): void {
    this.#dropSink();
    this.#sink = new Sink(this.#options.video, Infinity, this.#broken, this.#buffered);
  }

  #dropSink(): void {
    const sink = this.#sink;
    this.#sink = null;
    this.#baseUs = 0;
    this.#lags.clear();
    sink?.close();
  }
}

function parsed(text: string): Message | null {
  try {
    return JSON.parse(text) as Message;
  } catch {
    return null;
  }
}
