/** One's own account. */

import type { Client } from "./client";
import { makePasskey } from "./passkey";
import type {
  Account,
  Ceremony,
  Enrolment,
  OwnSession,
  Passkey,
  SecondFactor,
  Session,
  SignOnLink,
} from "./types";

export class AccountClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  account(): Promise<Account> {
    return this.#client.ask("/account");
  }

  /** @param current What it was; null for somebody who has none. */
  changePassword(current: string | null, next: string): Promise<Session> {
    const body = { current, new: next };
    return this.#client.ask("/account/password", { method: "POST", body });
  }

  async ownSessions(): Promise<OwnSession[]> {
    return (await this.#client.ask<{ sessions: OwnSession[] }>("/account/sessions")).sessions;
  }

  endOwnSession(id: string): Promise<void> {
    return this.#client.ask(`/account/sessions/${id}`, { method: "DELETE" });
  }

  /** @returns How many ended. */
  async endOtherSessions(): Promise<number> {
    const answer = await this.#client.ask<{ ended: number }>("/account/sessions", {
      method: "DELETE",
    });
    return answer.ended;
  }

  secondFactor(): Promise<SecondFactor> {
    return this.#client.ask("/account/second-factor");
  }

  enrol(): Promise<Enrolment> {
    return this.#client.ask("/account/second-factor", { method: "POST" });
  }

  /** @returns The recovery codes, this once. */
  async confirm(code: string): Promise<string[]> {
    const call = { method: "POST", body: { code } } as const;
    return (await this.#client.ask<{ codes: string[] }>("/account/second-factor/confirm", call))
      .codes;
  }

  async renewRecoveryCodes(): Promise<string[]> {
    const call = { method: "POST" } as const;
    return (await this.#client.ask<{ codes: string[] }>("/account/recovery-codes", call)).codes;
  }

  removeSecondFactor(): Promise<void> {
    return this.#client.ask("/account/second-factor", { method: "DELETE" });
  }

  async passkeys(): Promise<Passkey[]> {
    return (await this.#client.ask<{ passkeys: Passkey[] }>("/account/passkeys")).passkeys;
  }

  async addPasskey(name: string): Promise<Passkey> {
    const begin = { method: "POST" } as const;
    const begun = await this.#client.ask<Ceremony>("/account/passkeys/options", begin);
    const credential = await makePasskey(begun.options);
    const body = { ceremony: begun.ceremony, credential, name };
    return this.#client.ask("/account/passkeys", { method: "POST", body });
  }

  removePasskey(id: string): Promise<void> {
    return this.#client.ask(`/account/passkeys/${id}`, { method: "DELETE" });
  }

  async signOnLinks(): Promise<SignOnLink[]> {
    return (await this.#client.ask<{ links: SignOnLink[] }>("/account/sign-on")).links;
  }

  /** @returns Where the browser shall go. */
  async beginLinking(provider: string): Promise<string> {
    const call = { method: "POST", body: { provider } } as const;
    return (await this.#client.ask<{ address: string }>("/account/sign-on", call)).address;
  }

  unlink(provider: string): Promise<void> {
    return this.#client.ask(`/account/sign-on/${provider}`, { method: "DELETE" });
  }
}
