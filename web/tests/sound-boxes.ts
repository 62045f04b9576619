/** Boxes of sound as Vedette records them, made by hand. */

type Part = number | string | readonly number[] | Uint8Array;

function u16(value: number): number[] {
  return [value >>> 8, value & 255];
}

function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}

function box(kind: string, ...parts: readonly Part[]): number[] {
  const body = parts.flatMap((part) => {
    if (typeof part === "string") return [...part].map((letter) => letter.charCodeAt(0));
    return typeof part === "number" ? new Array<number>(part).fill(0) : [...part];
  });
  return [...u32(8 + body.length), ...[...kind].map((letter) => letter.charCodeAt(0)), ...body];
}

/** An initialisation segment with pictures and one sound entry. */
export function soundInit(entry: string, rate: number, channels: number): Uint8Array {
  const trak = (kind: string, ...rest: readonly Part[]) =>
    box(
      "trak",
      box("tkhd", 84),
      box(
        "mdia",
        box("mdhd", 24),
        box("minf", box("stbl", box("stsd", u32(0), u32(1), box(kind, ...rest)))),
      ),
    );
  const sound = [8, u16(0), u16(0), u32(0), u16(channels), u16(16), u32(0), u32(rate * 65_536)];
  return Uint8Array.from([
    ...box("ftyp", "iso6", u32(1)),
    ...box("moov", box("mvhd", 100), trak("avc1", 78), trak(entry, ...sound)),
  ]);
}

/** The sound of one fragment. */
export function soundPart(
  start: number,
  packets: readonly { readonly ticks: number; readonly bytes: readonly number[] }[],
): Uint8Array {
  const rows = packets.flatMap(({ ticks, bytes }) => [...u32(ticks), ...u32(bytes.length)]);
  const size = 8 + 16 + 8 + 16 + 20 + 20 + rows.length;
  const trun = box("trun", [1, 0, 3, 1], u32(packets.length), u32(size + 8), rows);
  const tfdt = box("tfdt", [1, 0, 0, 0], u32(0), u32(start));
  return Uint8Array.from([
    ...box("moof", box("mfhd", 8), box("traf", box("tfhd", 8), tfdt, trun)),
    ...box("mdat", ...packets.map(({ bytes }) => bytes)),
  ]);
}
