/**
 * Which streams of a camera were recorded at a moment, and which of them a tile replays: where the
 * sub stream was recorded, small tiles use it, as they do live.
 */

import { chooseRole } from "./decide";

type Role = "main" | "sub";

export interface RecordedSpan {
  readonly start_us: number;
  /** Excluded. */
  readonly end_us: number;
}

/** Whether a stream has footage of a moment; `ends` when that is over a few seconds later. */
export type Held = "yes" | "ends" | "no";

/** To change streams for less than this is not worth the moment that it takes. */
const LASTS_US = 5e6;
/** Footage that ends so shortly before now is still being recorded. */
const EDGE_US = 30e6;
/** Footage that is less than this apart counts as joined. */
export const JOIN_US = 1e6;

/** What a stream has of a moment. */
export function heldOf(spans: readonly RecordedSpan[], us: number, nowUs: number): Held {
  for (const { start_us: startUs, end_us: endUs } of spans) {
    const open = endUs > nowUs - EDGE_US;
    if (us < startUs || (us >= endUs && !open)) continue;
    return open || us + LASTS_US <= endUs ? "yes" : "ends";
  }
  return "no";
}

export interface ReplayRoleChoice {
  readonly tileWidthPx: number;
  readonly main: { readonly held: Held; readonly playable: boolean };
  readonly sub: { readonly held: Held; readonly playable: boolean };
  /** What the tile shows now; null before anything. */
  readonly shown: Role | null;
}

/**
 * Which recorded stream a tile should show: the one that it would show live of the same size, as
 * far as that was recorded. Where neither was, what it shows already.
 */
export function chooseReplayRole(choice: ReplayRoleChoice): Role {
  const { tileWidthPx, main, sub, shown } = choice;
  const offer = (role: Role) => {
    const { held, playable } = choice[role];
    return { playable, up: role === shown ? held !== "no" : held === "yes" };
  };
  if (main.held === "no" && sub.held === "no") return shown ?? "main";
  const [mainOffer, subOffer] = [offer("main"), offer("sub")];
  // Nothing better than what is there, however soon it ends.
  if (!mainOffer.up && !subOffer.up) return main.held === "no" ? "sub" : "main";
  return chooseRole({ tileWidthPx, main: mainOffer, sub: subOffer.up ? subOffer : null });
}

export interface RecordedNews {
  readonly camera: string;
  readonly role: Role;
  readonly start_us: number;
  readonly end_us: number;
}

export interface RecordedOptions {
  /** Footage of some cameras in a range, one answer each. */
  readonly ask: (
    cameras: readonly string[],
    role: Role,
    startUs: number,
    endUs: number,
  ) => Promise<readonly { readonly camera: string; readonly spans: readonly RecordedSpan[] }[]>;
  /** Wall time by the server's clock, microseconds. */
  readonly nowUs: () => number;
  /** What `at` answers may have changed. */
  readonly onChange: () => void;
}

interface Known {
  readonly startUs: number;
  readonly endUs: number;
  /** After this it is asked for again. */
  readonly staleUs: number;
  readonly main: readonly RecordedSpan[];
  readonly sub: readonly RecordedSpan[];
}

const ROOM_US = 3_600e6;
const STALE_US = 600e6;
const RETRY_US = 10e6;
const AT_ONCE = 200;

/** Asks for both streams of all tiles of a wall in one go, an hour around the moment. */
export class RecordedStreams {
  readonly #options: RecordedOptions;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Set<string>();
  #wanted = new Map<string, number>();

  constructor(options: RecordedOptions) {
    this.#options = options;
  }

  /** Somebody looks at a camera at a moment. */
  want(camera: string, us: number): void {
    const known = this.#known.get(camera);
    const fresh = known !== undefined && this.#options.nowUs() < known.staleUs;
    if (fresh && us >= known.startUs && us < known.endUs) return;
    if (this.#asking.has(camera)) return;
    if (this.#wanted.size === 0) {
      queueMicrotask(() => {
        this.#askAll();
      });
    }
    this.#wanted.set(camera, us);
  }

  /** What both streams have of a moment; null while nobody knows. */
  at(camera: string, us: number): { readonly main: Held; readonly sub: Held } | null {
    const known = this.#known.get(camera);
    if (!known || us < known.startUs || us >= known.endUs) return null;
    const nowUs = this.#options.nowUs();
    return { main: heldOf(known.main, us, nowUs), sub: heldOf(known.sub, us, nowUs) };
  }

  /** More was recorded. */
  grew({ camera, role, ...span }: RecordedNews): void {
    const known = this.#known.get(camera);
    if (!known) return;
    const spans = known[role];
    const last = spans.at(-1);
    const joins = last && span.start_us <= last.end_us + JOIN_US;
    const grown = joins
      ? [...spans.slice(0, -1), { ...last, end_us: Math.max(last.end_us, span.end_us) }]
      : [...spans, span];
    this.#known.set(camera, { ...known, [role]: grown });
    this.#options.onChange();
  }

  /** News may have been missed. */
  doubt(): void {
    for (const [camera, known] of this.#known) this.#known.set(camera, { ...known, staleUs: 0 });
  }

  #askAll(): void {
    const all = [...this.#wanted];
    this.#wanted = new Map();
    for (let i = 0; i < all.length; i += AT_ONCE) void this.#ask(all.slice(i, i + AT_ONCE));
  }

  async #ask(wanted: readonly (readonly [string, number])[]): Promise<void> {
    const { ask, nowUs, onChange } = this.#options;
    const cameras = wanted.map(([camera]) => camera);
    const moments = wanted.map(([, us]) => us);
    const startUs = Math.max(0, Math.min(...moments) - ROOM_US);
    const endUs = Math.max(...moments) + ROOM_US;
    for (const camera of cameras) this.#asking.add(camera);
    try {
      const [main, sub] = await Promise.all([
        ask(cameras, "main", startUs, endUs),
        ask(cameras, "sub", startUs, endUs),
      ]);
      const staleUs = nowUs() + STALE_US;
      const spansOf = (answers: typeof main, camera: string) =>
        answers.find((one) => one.camera === camera)?.spans ?? [];
      for (const camera of cameras) {
        const spans = { main: spansOf(main, camera), sub: spansOf(sub, camera) };
        this.#known.set(camera, { startUs, endUs, staleUs, ...spans });
      }
    } catch {
      // The player will say what is wrong; the main stream is what is recorded as a rule.
      const whole = [{ start_us: startUs, end_us: endUs }];
      const known = { startUs, endUs, staleUs: nowUs() + RETRY_US, main: whole, sub: [] };
      for (const camera of cameras) this.#known.set(camera, known);
    } finally {
      for (const camera of cameras) this.#asking.delete(camera);
      onChange();
    }
  }
}
