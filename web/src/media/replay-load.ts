/** Fetches a batch of the fragment index as a player's buffer takes it. */

import { lawOf } from "./g711";
import type { FootageSource, KnownFootage } from "./known-footage";
import { soundTrackOf } from "./recorded-sound";
import {
  audioPart,
  type Batch,
  type IndexFormat,
  type IndexFragment,
  playOffset,
  videoPart,
} from "./replay-plan";
import { canDecodeSound, type ReplaySound, type SoundKind } from "./replay-sound";
import { canPlay } from "./sink";

export interface Loading {
  readonly source: FootageSource;
  readonly known: KnownFootage;
  /** Takes what the browser's own player does not play. */
  readonly sound: ReplaySound | undefined;
  /** Wall time of the player's second 0. */
  readonly baseUs: number;
  /** Only the first picture of each group, and nothing to hear. */
  readonly keysOnly: boolean;
}

/** What the buffer must be told before the parts. */
export interface LoadedFormat {
  readonly mime: string;
  readonly id: string;
  /** Whether the browser's player plays the sound; a buffer cannot change its mind about that. */
  readonly muxed: boolean;
  /** null where only key frames were asked for. */
  readonly sound: SoundKind | null;
}

export interface Loaded extends LoadedFormat {
  readonly init: Uint8Array;
  readonly parts: readonly { readonly bytes: Uint8Array; readonly offset: number }[];
}

/**
 * How this browser plays a batch.
 *
 * @throws Error when the index does not describe its format.
 */
export function formatOf(batch: Batch, { known, sound, keysOnly }: Loading): LoadedFormat {
  const id = batch.fragments[0]?.format_id ?? "";
  const format = known.format(id);
  if (!format) throw new Error("The index names a format that it does not describe.");
  const withSound = typeOf(format, true);
  const muxed = format.audio_codec !== "" && canPlay(withSound) && !keysOnly;
  const mime = muxed ? withSound : typeOf(format, false);
  return { mime, id, muxed, sound: keysOnly ? null : soundOf(format, muxed, sound !== undefined) };
}

function soundOf(format: IndexFormat, muxed: boolean, decodes: boolean): SoundKind {
  if (format.audio_codec === "") return "absent";
  if (muxed) return "played";
  const known = decodes && lawOf(format.audio_codec) !== null && canDecodeSound();
  return known ? "decoded" : "unplayable";
}

/** Throws FootageGone when retention erased it meanwhile. */
export async function loadBatch(
  batch: Batch,
  format: LoadedFormat,
  loading: Loading,
  signal: AbortSignal,
): Promise<Loaded> {
  const { known } = loading;
  const timescale = known.format(format.id)?.video_timescale ?? 1;
  const tracks = format.muxed ? "all" : "video";
  const [init, bytes] = await Promise.all([
    known.init(format.id, tracks, signal),
    fetchBytes(batch, loading, signal),
  ]);
  const offset = (fragment: IndexFragment): number =>
    playOffset(fragment, timescale, loading.baseUs);
  const [first] = batch.fragments;
  if (loading.keysOnly && first)
    return { ...format, init, parts: [{ bytes, offset: offset(first) }] };
  // The picture does not wait for it; where it cannot be had, the next batch asks again.
  if (format.sound === "decoded")
    void holdSound(batch, format, bytes, timescale, loading, signal).catch(() => undefined);
  const parts = batch.fragments.map((fragment) => ({
    bytes: videoPart(bytes, batch, fragment, format.muxed),
    offset: offset(fragment),
  }));
  return { ...format, init, parts };
}

function fetchBytes(
  batch: Batch,
  { source, keysOnly }: Loading,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const [first, last] = [batch.fragments[0], batch.fragments.at(-1)];
  if (keysOnly && first && last)
    return source.keys(batch.segmentStartUs, first.start_us, last.start_us + 1, signal);
  return source.bytes(batch.segmentStartUs, batch.offset, batch.size, signal);
}

async function holdSound(
  batch: Batch,
  format: LoadedFormat,
  bytes: Uint8Array,
  timescale: number,
  { known, sound }: Loading,
  signal: AbortSignal,
): Promise<void> {
  const track = soundTrackOf(await known.init(format.id, "all", signal));
  if (!track) return;
  for (const fragment of batch.fragments) {
    sound?.hold(fragment, track, audioPart(bytes, batch, fragment), timescale);
  }
}

function typeOf(format: IndexFormat, audio: boolean): string {
  const codecs =
    audio && format.audio_codec ? [format.video_codec, format.audio_codec] : [format.video_codec];
  return `video/mp4; codecs="${codecs.join(", ")}"`;
}
