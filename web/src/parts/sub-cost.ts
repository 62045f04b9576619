import type { RecordingMode } from "../api/types";
import { bytesWords } from "../words";

/**
 * What recording the sub stream costs and is good for.
 *
 * @param bitrate Of the sub stream, bit/s; 0 while it is not known, null where there is none.
 */
export function subCostWords(bitrate: number | null, mode: RecordingMode): string {
  if (bitrate === null) return "This camera has no sub stream.";
  if (bitrate <= 0) return "It takes room beside the main stream; small tiles replay it with ease.";
  const daily = bytesWords((bitrate / 8) * 86_400);
  if (mode === "continuous") {
    return `It takes about ${daily} more a day; small tiles replay it with ease.`;
  }
  return `It takes up to ${daily} more a day; small tiles replay it with ease.`;
}
