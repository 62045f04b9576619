/** Which camera of a sequence is shown, and when the next one's player is opened. Pure. */

export interface Turn {
  /** The camera that is shown. */
  readonly at: string;
  /** The camera whose player is open behind it; null while there is none. */
  readonly next: string | null;
  /** For how long `at` has been shown, pauses left out, milliseconds. */
  readonly shownMs: number;
}

export interface Passage {
  /** What passed since the last one, milliseconds. */
  readonly deltaMs: number;
  readonly dwellMs: number;
  readonly cameras: readonly string[];
  /** Whether somebody looks closer, or replays. */
  readonly paused: boolean;
  /** Whether the player behind shows pictures. */
  readonly nextPlays: boolean;
}

/** How long before its turn a camera's player is opened: what a key frame may take to come. */
export const LEAD_MS = 3_000;
/** How long a camera that shows nothing yet may keep the one before it on the wall. */
export const PATIENCE_MS = 4_000;

export function firstTurn(cameras: readonly string[]): Turn | null {
  const at = cameras[0];
  return at === undefined ? null : { at, next: null, shownMs: 0 };
}

function neighbourOf(cameras: readonly string[], at: string, by: number): string {
  const index = cameras.indexOf(at);
  // A camera that left the sequence hands over to the first.
  if (index < 0) return cameras[0] ?? at;
  return cameras[(index + by + cameras.length) % cameras.length] ?? at;
}

/** What is shown after some time has passed; null when no camera is left. */
export function passed(turn: Turn | null, passage: Passage): Turn | null {
  const { cameras, dwellMs } = passage;
  if (!turn || !cameras.includes(turn.at)) return firstTurn(cameras);
  if (cameras.length < 2) return turn.next === null ? turn : { ...turn, next: null };
  const shownMs = passage.paused ? turn.shownMs : turn.shownMs + Math.max(0, passage.deltaMs);
  const following = neighbourOf(cameras, turn.at, 1);
  const over = shownMs >= dwellMs;
  if (over && turn.next === following) {
    const ready = passage.nextPlays || shownMs >= dwellMs + PATIENCE_MS;
    if (ready && !passage.paused) return { at: following, next: null, shownMs: 0 };
  }
  const near = shownMs >= dwellMs - Math.min(LEAD_MS, dwellMs / 2);
  // One that is open already stays so while paused; it would have to be opened again at once.
  const next = near ? following : null;
  return { at: turn.at, next, shownMs };
}

/** The next camera or the one before, at once, because somebody asked. */
export function turned(turn: Turn | null, cameras: readonly string[], by: 1 | -1): Turn | null {
  if (!turn || cameras.length === 0) return firstTurn(cameras);
  return { at: neighbourOf(cameras, turn.at, by), next: null, shownMs: 0 };
}
