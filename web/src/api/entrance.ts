/** The ways in. Nothing here asks for a session. */

import type { Client } from "./client";
import { makePasskey, usePasskey } from "./passkey";
import type { Ceremony, Join, SecondStep, Session, Ways } from "./types";

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

  ways(): Promise<Ways> {
    return this.#client.ask("/session/ways", {}, false);
  }

  /** Signs in with whatever passkey the person chooses. */
  async passkey(): Promise<Session> {
    const { ceremony, options } = await this.#post<Ceremony>("/session/passkey-options", {});
    const credential = await usePasskey(options);
    return this.#post("/session/passkey", { ceremony, credential });
  }

  /** @returns Where the browser shall go. */
  async signOn(provider: string): Promise<string> {
    return (await this.#post<{ address: string }>("/session/sign-on", { provider })).address;
  }

  invitation(secret: string): Promise<Join> {
    return this.#post("/session/invitation/look", { secret });
  }

  joinWithPassword(secret: string, password: string): Promise<Session> {
    return this.#post("/session/invitation", { secret, password });
  }

  async joinWithPasskey(secret: string, name: string): Promise<Session> {
    const begun = await this.#post<Ceremony>("/session/invitation/passkey-options", { secret });
    const credential = await makePasskey(begun.options);
    const body = { secret, ceremony: begun.ceremony, credential, passkey_name: name };
    return this.#post("/session/invitation", body);
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

const FAILED: Readonly<Record<string, string>> = {
  expired: "Signing on took too long, or was finished already. Begin again.",
  cancelled: "Signing on was cancelled.",
  provider:
    "The provider does not answer as it should. Try again, or tell whoever runs this Vedette.",
  unknown:
    "Nobody here is linked with that account. Sign in another way and link it on your account's page.",
  "not-allowed": "That account may not sign on here. Ask whoever administers this Vedette.",
  taken: "The name or the account is taken here. Ask whoever administers this Vedette.",
  wait: "Too many attempts. Wait a moment and try again.",
};

/** Why single sign-on failed, from the word behind the `#`; empty for anything that is none. */
export function signOnWords(why: string): string {
  return Object.hasOwn(FAILED, why) ? (FAILED[why] ?? "") : "";
}
