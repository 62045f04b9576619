/** What one timeline has loaded, kept true by what is recorded meanwhile. */

import { wordsOf } from "../api/problem";
import type { StreamRole } from "../api/types";
import {
  askFootage,
  covers,
  type DrawnCameras,
  type FootageServer,
  NOTHING,
  type Window,
  windowOf,
  withNews,
} from "../timeline/asking";
import type { View } from "../timeline/model";
import { type FootageNews, site } from "./site.svelte";

export class TimelineFootage {
  drawn = $state.raw<DrawnCameras>(NOTHING);
  problem = $state("");
  #loaded = $state.raw<Window | null>(null);
  #asked: AbortController | null = null;
  readonly #role: StreamRole;
  readonly #server: FootageServer;

  constructor(role: StreamRole, server: FootageServer = site.client) {
    this.#role = role;
    this.#server = server;
  }

  /** Whether anything was loaded at all. */
  get begun(): boolean {
    return this.#loaded !== null;
  }

  covers(view: View): boolean {
    return this.#loaded !== null && covers(this.#loaded, view, site.nowUs);
  }

  /** Nothing of what was loaded is of interest any more; nor is what was asked for. */
  forget(): void {
    this.#asked?.abort();
    this.#loaded = null;
  }

  async load(cameras: readonly string[], view: View): Promise<void> {
    this.#asked?.abort();
    const mine = new AbortController();
    this.#asked = mine;
    const wanted = windowOf(view, site.nowUs);
    if (!wanted) return;
    try {
      const found = await askFootage(this.#server, cameras, this.#role, wanted, mine.signal);
      if (mine.signal.aborted) return;
      this.drawn = found;
      this.#loaded = wanted;
      this.problem = "";
    } catch (error) {
      if (!mine.signal.aborted) this.problem = wordsOf(error);
    }
  }

  grew(news: FootageNews): void {
    if (news.role === this.#role) this.drawn = withNews(this.drawn, news);
  }
}
