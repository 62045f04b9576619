/** Being asked why, before what is sensitive; whatever was asked for meanwhile waits for the answer. */

import type { Client } from "../api/client";

/** After "no" nothing is asked for so long: one replay asks the server many times. */
const LEFT_ALONE_MS = 10_000;

export class ReasonPrompt {
  /** What for, as the server names it; null while nobody is asked. */
  act = $state<string | null>(null);
  /** The last reason that was given, to be offered again. */
  last = $state("");
  readonly #client: () => Client;
  readonly #nowMs: () => number;
  #waiting: Promise<boolean> | null = null;
  #answer: ((given: boolean) => void) | null = null;
  #refused = { act: "", untilMs: 0 };

  constructor(client: () => Client, nowMs: () => number = () => performance.now()) {
    this.#client = client;
    this.#nowMs = nowMs;
  }

  /** @returns Whether a reason was given, and it is worth asking the server again. */
  ask(act: string): Promise<boolean> {
    // One window for all; whoever was asked about something else is asked by the server again.
    if (this.#waiting) return this.#waiting;
    if (this.#refused.act === act && this.#nowMs() < this.#refused.untilMs) {
      return Promise.resolve(false);
    }
    this.act = act;
    this.#waiting = new Promise((resolve) => {
      this.#answer = resolve;
    });
    return this.#waiting;
  }

  /** Sends the reason. Raises what the server says of it. */
  async give(text: string): Promise<void> {
    if (this.act === null) return;
    await this.#client().giveReason(this.act, text);
    this.last = text;
    this.#refused = { act: "", untilMs: 0 };
    this.#end(true);
  }

  dismiss(): void {
    if (this.act === null) return;
    this.#refused = { act: this.act, untilMs: this.#nowMs() + LEFT_ALONE_MS };
    this.#end(false);
  }

  #end(given: boolean): void {
    this.act = null;
    this.#waiting = null;
    this.#answer?.(given);
    this.#answer = null;
  }
}
