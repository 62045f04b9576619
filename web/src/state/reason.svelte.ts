/** Being asked why, before what is sensitive; whatever was asked for meanwhile waits for the answer. */

import type { Client } from "../api/client";

/** After "no" nothing is asked for so long: one replay asks the server many times. */
const LEFT_ALONE_MS = 10_000;

/** Where the windows of one browser, which share a session, tell each other that a reason was given. */
export type Windows = Pick<BroadcastChannel, "postMessage" | "onmessage">;

export class ReasonPrompt {
  /** What for, as the server names it; null while nobody is asked. */
  act = $state<string | null>(null);
  /** The last reason that was given, to be offered again. */
  last = $state("");
  /** How many reasons were given, here or in another window: what was refused is worth asking again. */
  given = $state(0);
  /** What pictures are missing for, that nobody was asked about; null when none are. */
  missed = $state<string | null>(null);
  readonly #client: () => Client;
  readonly #nowMs: () => number;
  #waiting: Promise<boolean> | null = null;
  #answer: ((given: boolean) => void) | null = null;
  #refused = { act: "", untilMs: 0 };

  readonly #windows: Windows | null;

  constructor(
    client: () => Client,
    nowMs: () => number = () => performance.now(),
    windows: Windows | null = null,
  ) {
    this.#client = client;
    this.#nowMs = nowMs;
    this.#windows = windows;
    if (windows) {
      windows.onmessage = (message: MessageEvent<unknown>) => {
        this.#learnt(message.data === this.act);
      };
    }
  }

  /** A picture is not shown because nobody said why; nobody is asked for that alone. */
  miss(act: string): void {
    this.missed = act;
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

  /** As `ask`, for somebody who wants to be asked. */
  askNow(act: string): Promise<boolean> {
    this.#refused = { act: "", untilMs: 0 };
    return this.ask(act);
  }

  /** Sends the reason. Raises what the server says of it. */
  async give(text: string): Promise<void> {
    if (this.act === null) return;
    const { act } = this;
    await this.#client().giveReason(act, text);
    this.last = text;
    this.#windows?.postMessage(act);
    this.#learnt(true);
  }

  dismiss(): void {
    if (this.act === null) return;
    this.#refused = { act: this.act, untilMs: this.#nowMs() + LEFT_ALONE_MS };
    this.#end(false);
  }

  #learnt(answered: boolean): void {
    this.#refused = { act: "", untilMs: 0 };
    this.missed = null;
    this.given++;
    if (answered) this.#end(true);
  }

  #end(given: boolean): void {
    this.act = null;
    this.#waiting = null;
    this.#answer?.(given);
    this.#answer = null;
  }
}
