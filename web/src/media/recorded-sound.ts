/**
 * The sound of a recorded fragment, read from its boxes as Vedette writes them. Pure.
 *
 * Source: ISO/IEC 14496-12, sections 8.5.2 (stsd), 8.8.8 (trun), 8.8.12 (tfdt).
 */

import { decodeG711, type Law, lawOf } from "./g711";

/** A track that this page decodes by itself. */
export interface SoundTrack {
  readonly law: Law;
  /** Samples per second, which is also the track's timescale. */
  readonly rate: number;
  readonly channels: number;
}

interface Box {
  readonly kind: string;
  readonly body: number;
  readonly end: number;
}

/** What a phone holds at once; no camera sends a longer piece. */
const LONGEST_S = 60;
const FIRST_FLAGS = 0x4;
const [DURATION, SIZE, FLAGS, CTO] = [0x100, 0x200, 0x400, 0x800];

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function* boxes(view: DataView, start: number, end: number): Generator<Box> {
  for (let at = start; at + 8 <= end;) {
    const size = view.getUint32(at);
    if (size < 8 || at + size > end) return;
    const letters = [4, 5, 6, 7].map((i) => view.getUint8(at + i));
    yield { kind: String.fromCharCode(...letters), body: at + 8, end: at + size };
    at += size;
  }
}

function inside(view: DataView, outer: Box, kind: string): Box | undefined {
  for (const one of boxes(view, outer.body, outer.end)) if (one.kind === kind) return one;
  return undefined;
}

/**
 * The G.711 track that an initialisation segment declares.
 *
 * @returns null when there is none.
 */
export function soundTrackOf(init: Uint8Array): SoundTrack | null {
  const view = viewOf(init);
  const whole = { kind: "", body: 0, end: init.byteLength };
  const moov = inside(view, whole, "moov");
  for (const trak of moov ? boxes(view, moov.body, moov.end) : []) {
    let at: Box | undefined = trak;
    for (const kind of ["mdia", "minf", "stbl", "stsd"]) at &&= inside(view, at, kind);
    // Version, flags and count come before the first entry.
    const entry: Box | undefined = at && [...boxes(view, at.body + 8, at.end)][0];
    const law = entry ? lawOf(entry.kind) : null;
    if (!entry || !law || entry.end < entry.body + 28) continue;
    const channels = view.getUint16(entry.body + 16);
    const rate = view.getUint16(entry.body + 24);
    if (channels >= 1 && channels <= 2 && rate >= 8_000) return { law, rate, channels };
  }
  return null;
}

export interface DecodedSound {
  /** Decoding time of the first sample, ticks since the start of the file. */
  readonly start: number;
  /** One per channel, all of one length. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
}

/**
 * The sound of a fragment; a hole between two packets is silence.
 *
 * @param part A `moof` with its `mdat`, as they follow the pictures of the fragment.
 * @returns null when the bytes are not as we record them.
 */
export function decodeSound(part: Uint8Array, track: SoundTrack): DecodedSound | null {
  try {
    return decode(part, track);
  } catch (error) {
    if (error instanceof RangeError) return null; // it ends too early
    throw error;
  }
}

function decode(part: Uint8Array, track: SoundTrack): DecodedSound | null {
  const view = viewOf(part);
  const moof = inside(view, { kind: "", body: 0, end: part.byteLength }, "moof");
  const traf = moof && inside(view, moof, "traf");
  const tfdt = traf && inside(view, traf, "tfdt");
  const trun = traf && inside(view, traf, "trun");
  if (!tfdt || !trun || view.getUint8(tfdt.body) !== 1) return null;
  const flags = view.getUint32(trun.body) & 0xff_ffff;
  const count = view.getUint32(trun.body + 4);
  if (!(flags & 1) || !(flags & DURATION) || !(flags & SIZE)) return null;
  const width = [DURATION, SIZE, FLAGS, CTO].filter((flag) => flags & flag).length * 4;
  const table = trun.body + 12 + (flags & FIRST_FLAGS ? 4 : 0);
  if (table + width * count > trun.end) return null;
  const rows = Array.from({ length: count }, (_, i) => ({
    duration: view.getUint32(table + i * width),
    size: view.getUint32(table + i * width + 4),
  }));
  const length = rows.reduce((sum, row) => sum + row.duration, 0);
  if (length === 0 || length > LONGEST_S * track.rate) return null;
  const channels = Array.from({ length: track.channels }, () => new Float32Array(length));
  let [from, to] = [view.getInt32(trun.body + 8), 0];
  for (const row of rows) {
    const bytes = part.subarray(from, from + Math.min(row.size, row.duration * track.channels));
    channels.forEach((into, channel) => {
      decodeG711(track.law, bytes, track.channels, channel, into, to);
    });
    from += row.size;
    to += row.duration;
  }
  return { start: Number(view.getBigUint64(tfdt.body + 4)), channels };
}
