/** G.711 for players: what no Media Source Extensions take is a table of 256 values (ITU-T G.711). */

export type Law = "alaw" | "ulaw";

function alaw(code: number): number {
  const value = code ^ 0x55;
  const exponent = (value >> 4) & 7;
  const mantissa = (value & 15) << 4;
  const size = exponent === 0 ? mantissa + 8 : (mantissa + 264) << (exponent - 1);
  return code & 0x80 ? size : -size;
}

function ulaw(code: number): number {
  const value = ~code & 0xff;
  const size = ((((value & 15) << 3) + 132) << ((value >> 4) & 7)) - 132;
  return code & 0x80 ? size : -size;
}

const TABLES: Readonly<Record<Law, Float32Array>> = {
  alaw: Float32Array.from({ length: 256 }, (_, code) => alaw(code) / 32_768),
  ulaw: Float32Array.from({ length: 256 }, (_, code) => ulaw(code) / 32_768),
};

/** @returns What a codec's RFC 6381 string or sample entry names, null when it is no G.711. */
export function lawOf(name: string): Law | null {
  return name === "alaw" || name === "ulaw" ? name : null;
}

/**
 * Decodes one channel.
 *
 * @param bytes One byte per sample and channel, interleaved.
 * @param into Takes the samples, -1 to 1, from `at` on; what does not fit is left out.
 */
export function decodeG711(
  law: Law,
  bytes: Uint8Array,
  channels: number,
  channel: number,
  into: Float32Array,
  at: number,
): void {
  const table = TABLES[law];
  let to = at;
  for (let from = channel; from < bytes.length && to < into.length; from += channels) {
    into[to++] = table[bytes[from] ?? 0] ?? 0;
  }
}
