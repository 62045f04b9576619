/** What the page knows of a stream's fragment index, and how it comes to know more. */

import {
  endUs,
  indexAt,
  type IndexFormat,
  type IndexFragment,
  keyIndex,
  merge,
  type Batch,
  nextBatch,
} from "./replay-plan";

/** Where footage comes from; the API client implements it, tests do too. */
export interface FootageSource {
  /** Fragments that overlap the time, ascending, at most `limit`. */
  index(
    startUs: number,
    endUs: number,
    limit: number,
    signal: AbortSignal,
  ): Promise<{ formats: Record<string, IndexFormat>; fragments: readonly IndexFragment[] }>;
  init(formatId: string, tracks: "video" | "all", signal: AbortSignal): Promise<Uint8Array>;
  /**
   * The key frames alone of a segment's groups that begin in the range, each lasting as long as its
   * group. Throws FootageGone when retention erased it meanwhile.
   */
  keys(
    segmentStartUs: number,
    startUs: number,
    endUs: number,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
  /** Throws FootageGone when retention erased it meanwhile. */
  bytes(
    segmentStartUs: number,
    offset: number,
    size: number,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
}

export class FootageGone extends Error {}

const WINDOW_US = 15 * 60e6;
const INDEX_LIMIT = 400;
const KEEP_INDEX = 2_000;

/** At most 2000 rows: everything that there is from one instant to the end of the last row. */
export class KnownFootage {
  readonly #source: FootageSource;
  readonly #nowUs: () => number;
  #fragments: IndexFragment[] = [];
  #knownFromUs = Infinity;
  /** From here on the server knew nothing when it was asked last. */
  #nothingFromUs = Infinity;
  readonly #formats: Record<string, IndexFormat> = {};
  readonly #inits = new Map<string, Uint8Array>();

  /** @param nowUs Wall time by the server's clock, microseconds. */
  constructor(source: FootageSource, nowUs: () => number) {
    this.#source = source;
    this.#nowUs = nowUs;
  }

  /** The known fragment that shows an instant, or the next one after it. */
  at(us: number): IndexFragment | undefined {
    return this.#fragments[indexAt(this.#fragments, us)];
  }

  /**
   * Whether an instant is known to be without footage.
   *
   * @returns Where there is footage again, null where nothing follows; undefined when there is
   *   footage, or when nobody has asked yet.
   */
  holeAt(us: number): { readonly untilUs: number | null } | undefined {
    if (us < this.#knownFromUs) return undefined;
    const next = this.at(us);
    if (next) return next.start_us > us ? { untilUs: next.start_us } : undefined;
    return us >= this.#nothingFromUs ? { untilUs: null } : undefined;
  }

  /** More may have been recorded: what came last must be asked for again. */
  grew(): void {
    this.#nothingFromUs = Infinity;
  }

  format(id: string): IndexFormat | undefined {
    return this.#formats[id];
  }

  /**
   * What to fetch to show `atUs`, asking for rows that are not known.
   *
   * @param fromUs How far back rows must be known, at most `atUs`.
   * @param mostBytes See nextBatch.
   * @param fromKey Whether decoding begins here.
   * @returns null when there is no footage at that time or later.
   */
  async batch(
    range: { readonly fromUs: number; readonly atUs: number },
    mostBytes: number,
    fromKey: boolean,
    signal: AbortSignal,
  ): Promise<Batch | null> {
    let at = indexAt(this.#fragments, range.atUs);
    if (at < 0 || range.fromUs < this.#knownFromUs) {
      await this.#learn(range.fromUs, range.atUs, signal);
      at = indexAt(this.#fragments, range.atUs);
    }
    if (at < 0) {
      this.#nothingFromUs = Math.min(this.#nothingFromUs, range.atUs);
      return null;
    }
    return nextBatch(this.#fragments, fromKey ? keyIndex(this.#fragments, at) : at, mostBytes);
  }

  /** Initialisation segment of a format; asked for once. */
  async init(id: string, tracks: "video" | "all", signal: AbortSignal): Promise<Uint8Array> {
    const name = `${id}/${tracks}`;
    const have = this.#inits.get(name);
    if (have) return have;
    const bytes = await this.#source.init(id, tracks, signal);
    this.#inits.set(name, bytes);
    return bytes;
  }

  /** Retention erased a file. */
  forget(segmentStartUs: number): void {
    this.#fragments = this.#fragments.filter((one) => one.segment_start_us !== segmentStartUs);
  }

  async #learn(fromUs: number, atUs: number, signal: AbortSignal): Promise<void> {
    let answer = await this.#source.index(fromUs, atUs + WINDOW_US, INDEX_LIMIT, signal);
    const useful = answer.fragments.some((fragment) => endUs(fragment) > atUs);
    const now = this.#nowUs() + 60e6;
    if (!useful && atUs + WINDOW_US < now) {
      // A long gap: whatever comes next, however late.
      const later = await this.#source.index(atUs, now, INDEX_LIMIT, signal);
      answer = {
        formats: { ...answer.formats, ...later.formats },
        fragments: [...answer.fragments, ...later.fragments],
      };
    }
    Object.assign(this.#formats, answer.formats);
    const last = this.#fragments.at(-1);
    const adjoins = last !== undefined && fromUs >= this.#knownFromUs && fromUs <= endUs(last);
    if (!adjoins) {
      this.#fragments = [];
      this.#knownFromUs = fromUs;
    }
    this.#fragments = merge(this.#fragments, answer.fragments);
    if (this.#fragments.length > KEEP_INDEX) {
      this.#fragments = this.#fragments.slice(-KEEP_INDEX);
      this.#knownFromUs = this.#fragments[0]?.start_us ?? fromUs;
    }
  }
}
