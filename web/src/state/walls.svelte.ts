/** The walls that this person sees, kept true by `WS /updates`; and which one was shown last. */

import { wordsOf } from "../api/problem";
import type { Wall } from "../api/types";
import { WallsClient } from "../api/walls";
import { site } from "./site.svelte";

const KEY = "vedette.wall";
/** Remembered for the wall of all cameras. */
const ALL = "all";

class Walls {
  readonly client = new WallsClient(site.client);
  #list = $state.raw<readonly Wall[]>([]);
  /** Whose walls these are: the next person to sign in must not see them for a moment. */
  #of = $state.raw<unknown>(null);
  #asked = 0;

  constructor() {
    site.onNews((message) => {
      if (message === null || message.type === "wall") void this.reload();
    });
  }

  /** null until known. */
  get list(): readonly Wall[] | null {
    return site.session && this.#of === site.session ? this.#list : null;
  }

  get(id: string): Wall | undefined {
    return this.list?.find((wall) => wall.id === id);
  }

  async reload(): Promise<void> {
    const mine = ++this.#asked;
    try {
      const session = site.session;
      const list = await this.client.list();
      // An answer that was overtaken by a later question says what was.
      if (mine !== this.#asked) return;
      this.#list = list;
      this.#of = session;
    } catch (error) {
      if (site.session) site.say(wordsOf(error), true);
    }
  }

  /** What the server answered to a change, before the news of it comes. */
  take(wall: Wall): void {
    this.#asked++;
    this.#list = [...this.#list.filter((one) => one.id !== wall.id), wall].sort((a, b) =>
      a.name.localeCompare(b.name),
    );
  }

  drop(id: string): void {
    this.#asked++;
    this.#list = this.#list.filter((one) => one.id !== id);
  }

  /** The wall that this browser showed last; null for all cameras. */
  get last(): string | null {
    try {
      const kept = localStorage.getItem(KEY);
      return kept === ALL ? null : kept;
    } catch {
      return null; // a private window
    }
  }

  remember(id: string | null): void {
    try {
      localStorage.setItem(KEY, id ?? ALL);
    } catch {
      // A private window: `/` shows all cameras then.
    }
  }
}

export const walls = new Walls();
