/** Minutes of a stream as lines to draw. Pure. */

import type { LossMinute } from "../api/types";

type Line = (number | null)[];

export interface Curves {
  /** Seconds since the epoch. */
  readonly x: number[];
  /** Mbit/s while it was connected. */
  readonly rate: Line;
  /** Percent of the frames that were promised. */
  readonly lost: Line;
  /** Frames per second while it was connected. */
  readonly frames: Line;
  /** Seconds that the camera's clock is ahead. */
  readonly clock: Line;
}

/** Minute by minute; one that was not counted is a hole in the line, not a slope. */
export function curves(counted: readonly LossMinute[]): Curves {
  const found: Curves = { x: [], rate: [], lost: [], frames: [], clock: [] };
  const put = (at: number, values: readonly (number | null)[]): void => {
    found.x.push(at);
    [found.rate, found.lost, found.frames, found.clock].forEach((line, index) => {
      line.push(values[index] ?? null);
    });
  };
  for (const minute of counted) {
    const at = minute.minute_us / 1e6;
    const before = found.x.at(-1);
    if (before !== undefined && at - before > 60) put(before + 60, []);
    const missing = Math.max(0, minute.expected_frames - minute.received_frames);
    const connectedS = minute.connected_us / 1e6;
    put(at, [
      connectedS > 0 ? (minute.bytes * 8) / minute.connected_us : 0,
      minute.expected_frames > 0 ? (100 * missing) / minute.expected_frames : 0,
      connectedS > 0 ? minute.received_frames / connectedS : 0,
      minute.clock_offset_us === null ? null : minute.clock_offset_us / 1e6,
    ]);
  }
  return found;
}
