/**
 * Sound that comes with footage and that Media Source Extensions refuse: decoded here, played beside
 * the picture by Web Audio. It follows the clock that the picture follows; the picture never waits
 * for it.
 */

import type { Beat } from "./conductor";
import { decodeSound, type SoundTrack } from "./recorded-sound";
import { endUs, type IndexFragment } from "./replay-plan";

/** Why nothing of a format is heard, or how it is. */
export type SoundKind =
  /** By the `<video>` itself. */
  | "played"
  /** By `ReplaySound`. */
  | "decoded"
  | "absent"
  | "unplayable";

/** Further away from the picture than this is heard; nearer is not worth a click. */
const MOST_OFF_S = 0.06;
/** The replay's clock did not drift so far: it was set. */
const JUMP_S = 0.5;
/** One look at two clocks is off by as much as either of them steps. */
const LOOKS = 5;
/** Pieces that are placed by two clocks and meet within this are meant to be one. */
const JOINT_S = 0.03;
const AHEAD_US = 3e6;
const KEPT_BEHIND_US = 60e6;
const KEPT_AHEAD_US = 150e6;
const MOST_BYTES = 8e6;
/** The audio clock needs this to take a piece. */
const LEAD_S = 0.01;

/**
 * How far the wall clock of the replay is ahead of the audio clock.
 *
 * @param agreed As it was, seconds; null before.
 * @param looks The last few differences, newest last, seconds.
 * @returns `agreed` itself while it holds; null while it is not known.
 */
export function decideAhead(agreed: number | null, looks: readonly number[]): number | null {
  const newest = looks.at(-1) ?? 0;
  if (agreed !== null && Math.abs(newest - agreed) > JUMP_S) return null;
  if (looks.length < LOOKS) return agreed;
  const middle = [...looks].sort((a, b) => a - b)[looks.length >> 1] ?? newest;
  return agreed !== null && Math.abs(middle - agreed) <= MOST_OFF_S ? agreed : middle;
}

/**
 * When to start a piece.
 *
 * @param aheadS The wall clock less the audio clock.
 * @param startUs Wall time of its first sample.
 * @param durationS How long it lasts.
 * @param afterS Where the piece before it ends, by the audio clock.
 * @returns Seconds of the audio clock, and how much of its beginning to leave out; null when it is
 *   over already.
 */
export function placeSound(
  aheadS: number,
  startUs: number,
  durationS: number,
  afterS: number,
  nowS: number,
): { readonly whenS: number; readonly skipS: number } | null {
  const exactS = startUs / 1e6 - aheadS;
  const beginS = Math.abs(exactS - afterS) < JOINT_S ? afterS : exactS;
  const whenS = Math.max(beginS, nowS + LEAD_S);
  const skipS = whenS - beginS;
  return skipS >= durationS ? null : { whenS, skipS };
}

interface Piece {
  readonly startUs: number;
  readonly endUs: number;
  readonly track: SoundTrack;
  /** Decoding time of second 0 of the file, wall time. */
  readonly zeroUs: number;
  readonly bytes: Uint8Array;
}

/** What it needs of Web Audio; replaced in tests. */
export type OpenAudio = (sampleRate: number) => AudioContext;

export function canDecodeSound(): boolean {
  return typeof AudioContext !== "undefined";
}

export class ReplaySound {
  readonly #open: OpenAudio;
  /** By start; a few tens of seconds around the clock. */
  readonly #pieces = new Map<number, Piece>();
  #bytes = 0;
  #wanted = false;
  #context: AudioContext | null = null;
  #looks: number[] = [];
  #aheadS: number | null = null;
  /** What was given to the audio clock, by start; null when it was heard to its end. */
  readonly #given = new Map<number, AudioBufferSourceNode | null>();
  #afterS = 0;

  // The context runs at the rate of the footage, so that pieces meet to the sample.
  constructor(open: OpenAudio = (sampleRate) => new AudioContext({ sampleRate })) {
    this.#open = open;
  }

  /** Whether somebody listens; without that nothing is decoded. */
  set wanted(wanted: boolean) {
    this.#wanted = wanted;
    if (!wanted) this.rest();
  }

  /**
   * Keeps the sound of a fragment for when the clock comes to it.
   *
   * @param part Its audio boxes; they are copied.
   * @param timescale Of the video track, in which the fragment's media time counts.
   */
  hold(fragment: IndexFragment, track: SoundTrack, part: Uint8Array, timescale: number): void {
    if (part.byteLength === 0 || this.#pieces.has(fragment.start_us)) return;
    this.#pieces.set(fragment.start_us, {
      startUs: fragment.start_us,
      endUs: endUs(fragment),
      track,
      zeroUs: fragment.start_us - (fragment.media_start / timescale) * 1e6,
      // A view would keep the pictures of the whole request in memory.
      bytes: part.slice(),
    });
    this.#bytes += part.byteLength;
    for (const oldest of this.#pieces.keys()) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#drop(oldest);
    }
  }

  /** Sounds like the moment of the clock, or keeps silent. */
  keep(beat: Beat): void {
    for (const [startUs, piece] of this.#pieces) {
      const past = piece.endUs < beat.atUs - KEPT_BEHIND_US;
      if (past || startUs > beat.atUs + KEPT_AHEAD_US) this.#drop(startUs);
    }
    if (!this.#wanted || !beat.running || beat.speed !== 1) {
      this.rest();
      return;
    }
    const near = [...this.#pieces.values()]
      .filter(({ startUs, endUs: end }) => end > beat.atUs && startUs < beat.atUs + AHEAD_US)
      .sort((a, b) => a.startUs - b.startUs);
    const rate = near[0]?.track.rate;
    if (rate === undefined) {
      this.rest();
      return;
    }
    const context = this.#contextFor(rate);
    if (context.state !== "running") {
      this.#hush();
      void context.resume().catch(() => undefined);
      return;
    }
    // Not every browser tells it.
    const late = (context.outputLatency as number | undefined) ?? 0;
    const look = beat.atUs / 1e6 - (context.currentTime - late);
    const looks = [...this.#looks, look].slice(-LOOKS);
    const aheadS = decideAhead(this.#aheadS, looks);
    if (aheadS === this.#aheadS) this.#looks = looks;
    else {
      this.#hush();
      this.#looks = [look];
    }
    this.#aheadS = aheadS;
    if (aheadS === null) return;
    for (const piece of near) {
      if (piece.track.rate === rate && !this.#given.has(piece.startUs)) this.#give(piece, aheadS);
    }
  }

  /** Silence, at once. */
  rest(): void {
    this.#hush();
    if (this.#context?.state === "running") void this.#context.suspend().catch(() => undefined);
  }

  close(): void {
    this.#hush();
    this.#pieces.clear();
    this.#bytes = 0;
    void this.#context?.close().catch(() => undefined);
    this.#context = null;
  }

  #drop(startUs: number): void {
    if (this.#given.get(startUs) === null) this.#given.delete(startUs);
    this.#bytes -= this.#pieces.get(startUs)?.bytes.byteLength ?? 0;
    this.#pieces.delete(startUs);
  }

  #contextFor(rate: number): AudioContext {
    if (this.#context?.sampleRate === rate) return this.#context;
    this.#hush();
    void this.#context?.close().catch(() => undefined);
    this.#context = this.#open(rate);
    return this.#context;
  }

  #hush(): void {
    for (const node of this.#given.values()) {
      if (!node) continue;
      node.onended = null;
      node.stop();
      node.disconnect();
    }
    this.#given.clear();
    this.#looks = [];
    this.#aheadS = null;
    this.#afterS = 0;
  }

  #give(piece: Piece, aheadS: number): void {
    const context = this.#context;
    const sound = decodeSound(piece.bytes, piece.track);
    const length = sound?.channels[0]?.length ?? 0;
    if (!context || !sound || length === 0) {
      this.#drop(piece.startUs); // damaged: the picture is shown without it
      return;
    }
    const { rate } = piece.track;
    const startUs = piece.zeroUs + (sound.start / rate) * 1e6;
    const place = placeSound(aheadS, startUs, length / rate, this.#afterS, context.currentTime);
    this.#given.set(piece.startUs, null);
    if (!place) return;
    const node = context.createBufferSource();
    this.#given.set(piece.startUs, node);
    const buffer = context.createBuffer(sound.channels.length, length, rate);
    sound.channels.forEach((samples, channel) => {
      buffer.copyToChannel(samples, channel);
    });
    node.buffer = buffer;
    node.connect(context.destination);
    node.onended = () => {
      node.disconnect();
      if (this.#given.get(piece.startUs) === node) this.#given.set(piece.startUs, null);
    };
    node.start(place.whenS, place.skipS);
    this.#afterS = place.whenS + length / rate - place.skipS;
  }
}
