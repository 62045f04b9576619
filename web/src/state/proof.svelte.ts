/** Proving again who one is, before what proves it may be changed. */

import { ApiError } from "../api/problem";
import type { Session } from "../api/types";
import { site } from "./site.svelte";

class Proof {
  /** Whether the person is being asked. */
  asked = $state(false);
  #answer: ((proven: boolean) => void) | null = null;

  /**
   * Does something that the server may refuse because the session is too old; asks then, and does
   * it again.
   *
   * @returns undefined when the person thought better of it.
   */
  async run<Answer>(action: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== "prove-again") throw error;
    }
    const proven = await new Promise<boolean>((resolve) => {
      this.#answer = resolve;
      this.asked = true;
    });
    return proven ? action() : undefined;
  }

  proven(session: Session): void {
    site.session = session;
    this.#end(true);
  }

  dismiss(): void {
    this.#end(false);
  }

  #end(proven: boolean): void {
    this.asked = false;
    this.#answer?.(proven);
    this.#answer = null;
  }
}

export const proof = new Proof();
