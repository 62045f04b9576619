/** The bookmarks of some cameras around what a timeline shows, kept true by the updates. */

import { BookmarksClient } from "../api/bookmarks";
import { ApiError } from "../api/problem";
import type { Bookmark } from "../api/types";
import {
  ALL_TIME,
  isCrowded,
  learn,
  missing,
  NONE_KNOWN,
  type Stretch,
  withBookmark,
  withLearnt,
  withoutBookmark,
} from "../timeline/known-bookmarks";
import type { Marker } from "../timeline/lanes";
import type { View } from "../timeline/model";
import { type BookmarkNews, site } from "./site.svelte";

/** As long as the timeline waits before it asks for footage. */
const SETTLED_MS = 180;

export function markersOf(bookmarks: Iterable<Bookmark>): Marker[] {
  return [...bookmarks].map(({ start_us, title }) => ({
    us: start_us,
    kind: "bookmark",
    label: title,
  }));
}

export class Bookmarks {
  #known = $state.raw(NONE_KNOWN);
  #view = $state.raw<Stretch | null>(null);
  readonly markers = $derived(markersOf(this.#known.bookmarks.values()));
  /** Whether the timeline shows fewer than there are. */
  readonly crowded = $derived(this.#view !== null && isCrowded(this.#known, this.#view));

  readonly #client = new BookmarksClient(site.client);
  #cameras: readonly string[] = [];
  #asked = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** For an effect: the newest now, others as they come in sight. @returns What ends it. */
  follow(cameras: readonly string[]): () => void {
    this.#cameras = cameras;
    this.#begin();
    const stops = [
      site.onBookmarks((news) => void this.#take(news)),
      site.onNews((message) => {
        // Whatever was told before the socket stood was missed.
        if (message === null) this.#begin();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      clearTimeout(this.#timer);
      this.#asked.abort();
      this.#cameras = [];
    };
  }

  /** The timeline shows something else. */
  show(view: View): void {
    this.#view = { startUs: Math.max(0, view.startUs), endUs: view.startUs + view.spanUs };
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#complete(), SETTLED_MS);
  }

  /** Reads the newest, with which the keys for the one before and after find their way. */
  #begin(): void {
    const mine = this.#again();
    void quietly(async () => {
      const learnt = await learn(this.#client, this.#cameras, ALL_TIME, mine.signal, 1);
      this.#known = withLearnt(NONE_KNOWN, ALL_TIME, learnt, false);
      await this.#complete();
    });
  }

  async #complete(): Promise<void> {
    const view = this.#view;
    if (view === null || this.#known.whole.length === 0 || this.#cameras.length === 0) return;
    const lacking = missing(this.#known, view);
    if (lacking.length === 0) return;
    const mine = this.#again();
    await quietly(async () => {
      for (const one of lacking) {
        const learnt = await learn(this.#client, this.#cameras, one, mine.signal);
        this.#known = withLearnt(this.#known, one, learnt, true);
      }
    });
  }

  async #take({ id, change }: BookmarkNews): Promise<void> {
    // What is being read may not know of it yet.
    const reading = this.#known.whole.length === 0;
    const cameras = this.#cameras;
    let now: Bookmark | null = null;
    try {
      if (change !== "removed") now = await this.#client.get(id);
    } catch (error) {
      // Not of the cameras that this person may see, or removed meanwhile.
      if (!(error instanceof ApiError && error.status === 404)) return;
    }
    if (cameras !== this.#cameras) return;
    const mine = now?.cameras.some((one) => cameras.includes(one)) === true;
    this.#known = now && mine ? withBookmark(this.#known, now) : withoutBookmark(this.#known, id);
    if (reading) this.#begin();
    else {
      this.#again();
      this.#settle();
    }
  }

  #again(): AbortController {
    this.#asked.abort();
    this.#asked = new AbortController();
    return this.#asked;
  }
}

/** A timeline without marks is no reason to interrupt; the list page says what is wrong. */
async function quietly(deed: () => Promise<void>): Promise<void> {
  try {
    await deed();
  } catch {
    // Asked again with the next view.
  }
}
