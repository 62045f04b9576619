/** Bookmarks. */

import type { Client } from "./client";
import type { Bookmark, BookmarkPatch, NewBookmark } from "./types";

export interface BookmarkWish {
  readonly camera?: readonly string[];
  /** Those that end at or after it. */
  readonly start_us?: number;
  /** Those that begin before it. */
  readonly end_us?: number;
  /** Words, all of which are in title, note or name. */
  readonly text?: string;
  /** `next` of an answer, for what comes after it. */
  readonly before?: string;
  readonly limit?: number;
}

export class BookmarksClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** @returns The newest first. */
  find(
    wish: BookmarkWish,
    signal?: AbortSignal,
  ): Promise<{ bookmarks: Bookmark[]; next: string | null }> {
    const query = { ...wish };
    return this.#client.ask("/bookmarks", signal ? { query, signal } : { query });
  }

  get(id: string): Promise<Bookmark> {
    return this.#client.ask(`/bookmarks/${id}`);
  }

  add(bookmark: NewBookmark): Promise<Bookmark> {
    return this.#client.ask("/bookmarks", { method: "POST", body: bookmark });
  }

  change(id: string, patch: BookmarkPatch): Promise<Bookmark> {
    return this.#client.ask(`/bookmarks/${id}`, { method: "PATCH", body: patch });
  }

  remove(id: string): Promise<void> {
    return this.#client.ask(`/bookmarks/${id}`, { method: "DELETE" });
  }
}
