/** The bookmarks of some cameras around what a timeline shows, kept true by the updates. */

import { BookmarksClient } from "../api/bookmarks";
import type { Bookmark } from "../api/types";
import type { Marker } from "../timeline/lanes";
import { site } from "./site.svelte";

const MOST = 500;

export function markersOf(bookmarks: readonly Bookmark[]): Marker[] {
  return bookmarks.map(({ start_us, title }) => ({ us: start_us, kind: "bookmark", label: title }));
}

export class Bookmarks {
  all = $state.raw<readonly Bookmark[]>([]);
  readonly markers = $derived(markersOf(this.all));

  /** For an effect: loads now and whenever somebody changes a bookmark. @returns What ends it. */
  follow(cameras: readonly string[]): () => void {
    const client = new BookmarksClient(site.client);
    let asked = new AbortController();
    const load = async (): Promise<void> => {
      asked.abort();
      asked = new AbortController();
      const mine = asked;
      try {
        const found = await client.find({ camera: cameras, limit: MOST }, mine.signal);
        if (!mine.signal.aborted) this.all = found.bookmarks;
      } catch {
        // A timeline without marks is no reason to interrupt; the list page says what is wrong.
      }
    };
    void load();
    const stop = site.onBookmarks(() => void load());
    return () => {
      stop();
      asked.abort();
    };
  }
}
