/**
 * What a player should do next, decided from what is buffered. Pure: no element, no network.
 * Times are seconds of media time unless the name says otherwise.
 */

export interface Range {
  readonly start: number;
  /** Excluded. */
  readonly end: number;
}

export interface LiveView {
  readonly current: number;
  /** Ascending, as `SourceBuffer.buffered` gives them. */
  readonly ranges: readonly Range[];
  /** How far behind the newest frame to play. */
  readonly target: number;
  /** The least lag of the last looks; null while there were too few to tell. */
  readonly least: number | null;
  /** Whether the speed was raised at the last look. */
  readonly hurrying: boolean;
}

export interface LiveStep {
  readonly rate: number;
  readonly seekTo: number | null;
  /** Drop everything before this. */
  readonly trimTo: number | null;
  /** How far the picture is behind the newest frame that arrived. */
  readonly lag: number;
}

/** Beyond this the picture jumps instead of hurrying. */
export const JUMP_S = 0.5;
const KEEP_BEHIND_S = 10;
const TRIM_AT_S = 30;
const HURRY = 1.1;
const DAWDLE = 0.94;
const NEAR_ENOUGH = 2 / 3;

/**
 * Keep the picture close to now: nudge the speed, jump when far behind or across a hole.
 *
 * The lag goes up with each frame that arrives and down until the next one, and a network adds its
 * own ups and downs. What could be gained without a stall is the least lag of a while: when even
 * that is more than the target, the speed is raised until it is well below.
 */
export function decideLive(view: LiveView): LiveStep {
  const first = view.ranges[0];
  const last = view.ranges.at(-1);
  if (!first || !last) return { rate: 1, seekTo: null, trimTo: null, lag: 0 };
  const wanted = Math.max(last.start, last.end - view.target);
  const lag = Math.max(0, last.end - view.current);
  const trimTo = view.current - first.start > TRIM_AT_S ? view.current - KEEP_BEHIND_S : null;
  const outside = view.current < last.start || view.current > last.end + JUMP_S;
  if (outside || lag > view.target + JUMP_S) {
    return { rate: 1, seekTo: wanted, trimTo, lag: last.end - wanted };
  }
  const spare = view.least ?? 0;
  const enough = view.hurrying ? view.target * NEAR_ENOUGH : view.target;
  if (spare > enough || lag > 2 * view.target + 0.04) {
    return { rate: HURRY, seekTo: null, trimTo, lag };
  }
  if (lag < view.target / 3) return { rate: DAWDLE, seekTo: null, trimTo, lag };
  return { rate: 1, seekTo: null, trimTo, lag };
}

/** Remembers the lag of the last looks, all of them taken at the same distance. */
export class LagMemory {
  readonly #enough: number;
  readonly #most: number;
  #looks: number[] = [];

  /**
   * @param enough Looks before anything is told.
   * @param most Looks that are remembered.
   */
  constructor(enough: number, most: number) {
    this.#enough = enough;
    this.#most = most;
  }

  add(lag: number): void {
    this.#looks.push(lag);
    if (this.#looks.length > this.#most) this.#looks.shift();
  }

  clear(): void {
    this.#looks = [];
  }

  /** The least of them; null while there are too few. */
  get least(): number | null {
    return this.#looks.length < this.#enough ? null : Math.min(...this.#looks);
  }
}

const TARGET_STEP_S = 0.02;
const TARGET_EXTRA_S = 0.3;
const CALM_S = 20;

/**
 * The target after a stall or a while without one: what the network needs, not more.
 *
 * @param floor What the server asked for.
 * @param sinceStallS Seconds since the last stall; 0 means that it stalls now.
 */
export function adaptTarget(target: number, floor: number, sinceStallS: number): number {
  if (sinceStallS === 0) return Math.min(floor + TARGET_EXTRA_S, target + TARGET_STEP_S);
  if (sinceStallS > CALM_S) return Math.max(floor, target - TARGET_STEP_S);
  return Math.max(floor, target);
}

/**
 * Where a new run's media time 0 goes on the player's time line.
 *
 * @param originUs Wall time of the run's media time 0.
 * @param baseUs Wall time of the player's time 0.
 * @param bufferedEnd Where what is buffered ends; null when nothing is.
 * @returns Seconds, or null when the clock went back and the player must start afresh.
 */
export function runOffset(
  originUs: number,
  baseUs: number,
  bufferedEnd: number | null,
): number | null {
  const offset = (originUs - baseUs) / 1e6;
  if (offset < 0) return null;
  if (offset > 0 && bufferedEnd !== null && offset < bufferedEnd - 0.1) return null;
  return offset;
}

export interface Pace {
  /** Frames that came, or that the server left out because this viewer was too slow. */
  readonly arrived: number;
  /** Frames that were shown. */
  readonly shown: number;
}

const ENOUGH_FRAMES = 10;

/** Whether a browser shows so little of what comes that people must be told. */
export function fallsBehind(pace: Pace): boolean {
  return pace.arrived >= ENOUGH_FRAMES && pace.shown < pace.arrived / 2;
}

export interface Offer {
  readonly playable: boolean;
  readonly up: boolean;
}

/**
 * What a stream offers a viewer.
 *
 * @param health As the server last told it; undefined before it did.
 * @param closedUs `health.since_us` of when the viewer was told that the stream is closed, which is
 *   often before its health tells; until that changes the stream counts as down.
 */
export function offerOf(
  health:
    { readonly state: string; readonly since_us: number; readonly video_codec: string } | undefined,
  closedUs: number | null,
  canPlayCodec: (codec: string) => boolean,
): Offer {
  return {
    playable: canPlayCodec(health?.video_codec ?? ""),
    up: health?.state === "live" && health.since_us !== closedUs,
  };
}

export interface RoleChoice {
  readonly tileWidthPx: number;
  readonly main: Offer | null;
  readonly sub: Offer | null;
}

/** What the server makes of H.265 when it is asked to; every current browser plays it. */
export const MADE_CODEC = "vp09.00.31.08";

/** Whether to ask the server for other pictures than the camera's, which costs it much. */
export function wantsEncoding(offer: Offer | null, playsMade: boolean): boolean {
  return offer !== null && !offer.playable && playsMade;
}

/** The sub stream is enough for tiles up to this width. */
export const SMALL_TILE_PX = 800;

/** Which stream a tile should ask for: the sub stream while the tile is small. */
export function chooseRole(choice: RoleChoice): "main" | "sub" {
  const { main, sub } = choice;
  if (!sub) return "main";
  if (!main) return "sub";
  const preferred = choice.tileWidthPx <= SMALL_TILE_PX ? "sub" : "main";
  const other = preferred === "sub" ? "main" : "sub";
  const offers = { main, sub };
  if (!offers[preferred].playable && offers[other].playable) return other;
  if (!offers[preferred].up && offers[other].up && offers[other].playable) return other;
  return preferred;
}
