/** The ways in. Nothing here asks for a session. */

import type { Client } from "./client";
import type { SecondStep, Session } from "./types";

export class EntranceClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** @returns Who is signed in, or what to send with the code that is asked, too. */
  signIn(name: string, password: string): Promise<Session | SecondStep> {
    return this.#post("/session", { name, password });
  }

  code(secondStep: string, code: string): Promise<Session> {
    return this.#post("/session/code", { second_step: secondStep, code });
  }

  enter(secret: string): Promise<Session> {
    return this.#post("/session/entry", { secret });
  }

  #post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.#client.ask(path, { method: "POST", body }, false);
  }
}

export function isSecondStep(answer: Session | SecondStep): answer is SecondStep {
  return "second_step" in answer;
}
