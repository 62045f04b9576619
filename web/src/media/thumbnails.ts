/**
 * Small pictures of what the pointer shows: few requests at once, the newest wish first, what
 * nobody looks at any more is let go, and a bounded number is kept.
 */

export interface ThumbnailOptions<Picture> {
  readonly load: (camera: string, atUs: number, signal: AbortSignal) => Promise<Picture>;
  /** Lets go of what a picture holds. */
  readonly release: (picture: Picture) => void;
  readonly mostKept?: number;
  readonly mostAtOnce?: number;
  /** Monotonic milliseconds; replaced in tests. */
  readonly now?: () => number;
}

interface Wish<Picture> {
  readonly camera: string;
  readonly atUs: number;
  readonly show: (picture: Picture | null) => void;
}

interface Errand<Picture> {
  readonly wish: Wish<Picture>;
  readonly work: AbortController;
  readonly sinceMs: number;
}

/** An outdated request may still arrive for so long: a pointer that never rests shows pictures too. */
const OUTDATED_MS = 400;
const WIDTH_PX = 320;

export class Thumbnails<Picture> {
  readonly #options: ThumbnailOptions<Picture>;
  readonly #now: () => number;
  /** By place on the page: a tile, the pointer. */
  readonly #errands = new Map<string, Errand<Picture>>();
  readonly #waiting = new Map<string, Wish<Picture>>();
  /** Oldest use first. */
  readonly #kept = new Map<string, Picture>();

  constructor(options: ThumbnailOptions<Picture>) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** How many requests are on their way. */
  get underway(): number {
    return this.#errands.size;
  }

  get kept(): number {
    return this.#kept.size;
  }

  /**
   * A place wants to show a moment; only its latest wish counts.
   *
   * @param stepUs Moments this close share a picture.
   * @param show Given the picture; null when there is none.
   */
  want(
    place: string,
    camera: string,
    atUs: number,
    stepUs: number,
    show: (picture: Picture | null) => void,
  ): void {
    const wish = { camera, atUs: Math.max(0, Math.round(atUs / stepUs) * stepUs), show };
    const have = this.#used(nameOf(wish));
    if (have !== undefined) {
      this.#waiting.delete(place);
      show(have);
      return;
    }
    const errand = this.#errands.get(place);
    if (errand && nameOf(errand.wish) === nameOf(wish)) {
      this.#waiting.delete(place);
      return;
    }
    if (errand && this.#now() - errand.sinceMs > OUTDATED_MS) this.#drop(place, errand);
    // Deleted first, so that the newest wish is the last of all.
    this.#waiting.delete(place);
    this.#waiting.set(place, wish);
    this.#next();
  }

  /** A place shows nothing any more. */
  leave(place: string): void {
    this.#waiting.delete(place);
    const errand = this.#errands.get(place);
    if (errand) this.#drop(place, errand);
    this.#next();
  }

  close(): void {
    this.#waiting.clear();
    for (const [place, errand] of this.#errands) this.#drop(place, errand);
    for (const picture of this.#kept.values()) this.#options.release(picture);
    this.#kept.clear();
  }

  #drop(place: string, errand: Errand<Picture>): void {
    this.#errands.delete(place);
    errand.work.abort();
  }

  #used(name: string): Picture | undefined {
    const picture = this.#kept.get(name);
    if (picture === undefined) return undefined;
    this.#kept.delete(name);
    this.#kept.set(name, picture);
    return picture;
  }

  #next(): void {
    for (const [place, wish] of [...this.#waiting].reverse()) {
      if (this.#errands.size >= (this.#options.mostAtOnce ?? 4)) return;
      if (this.#errands.has(place)) continue;
      this.#waiting.delete(place);
      const errand = { wish, work: new AbortController(), sinceMs: this.#now() };
      this.#errands.set(place, errand);
      void this.#run(place, errand);
    }
  }

  async #run(place: string, errand: Errand<Picture>): Promise<void> {
    const { wish, work } = errand;
    let picture: Picture | null = null;
    try {
      picture = await this.#options.load(wish.camera, wish.atUs, work.signal);
    } catch {
      // No footage, or no picture in time: the place stays empty.
    }
    if (work.signal.aborted) {
      if (picture !== null) this.#options.release(picture);
      return;
    }
    this.#errands.delete(place);
    if (picture !== null) this.#keep(nameOf(wish), picture);
    wish.show(picture);
    this.#next();
  }

  #keep(name: string, picture: Picture): void {
    const before = this.#kept.get(name);
    if (before !== undefined) this.#options.release(before);
    this.#kept.delete(name);
    this.#kept.set(name, picture);
    for (const [oldest, old] of this.#kept) {
      if (this.#kept.size <= (this.#options.mostKept ?? 120)) return;
      this.#kept.delete(oldest);
      this.#options.release(old);
    }
  }
}

/** Pictures as addresses for `<img>`, got by `fetcher`, which gives null where there is no footage. */
export function picturesBy(
  fetcher: (
    camera: string,
    atUs: number,
    widthPx: number,
    signal: AbortSignal,
  ) => Promise<Blob | null>,
): Thumbnails<string> {
  return new Thumbnails<string>({
    load: async (camera, atUs, signal) => {
      const jpeg = await fetcher(camera, atUs, WIDTH_PX, signal);
      if (!jpeg) throw new Error("There is no footage at that moment.");
      return URL.createObjectURL(jpeg);
    },
    release: (address) => {
      URL.revokeObjectURL(address);
    },
  });
}

function nameOf(wish: { readonly camera: string; readonly atUs: number }): string {
  return `${wish.camera}/${String(wish.atUs)}`;
}
