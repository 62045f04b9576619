/** What one part of a page shows and changes: read at first and after every change. */

import { wordsOf } from "../api/problem";
import { site } from "./site.svelte";

export class Attempts<Shown> {
  shown = $state.raw() as Shown;
  /** While a change is being made. */
  busy = $state(false);
  /** Why the last change failed; empty when it did not. */
  problem = $state("");
  readonly #read: () => Promise<Shown>;

  /** @param start What is shown until the first answer. */
  constructor(read: () => Promise<Shown>, start: Shown) {
    this.#read = read;
    this.shown = start;
    void this.#load();
  }

  /** Makes a change, and reads again whatever came of it. */
  async attempt(action: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.problem = "";
    try {
      await action();
    } catch (error) {
      this.problem = wordsOf(error);
    } finally {
      this.busy = false;
    }
    await this.#load();
  }

  async #load(): Promise<void> {
    try {
      this.shown = await this.#read();
    } catch (error) {
      if (site.session) site.say(wordsOf(error), true);
    }
  }
}
