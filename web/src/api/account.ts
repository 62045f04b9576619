/** One's own account, and who is signed in where. */

import type { Client } from "./client";
import type {
  Account,
  Enrolment,
  OwnSession,
  PersonsSession,
  SecondFactor,
  Session,
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

  async sessions(): Promise<PersonsSession[]> {
    return (await this.#client.ask<{ sessions: PersonsSession[] }>("/sessions")).sessions;
  }

  endSession(id: string): Promise<void> {
    return this.#client.ask(`/sessions/${id}`, { method: "DELETE" });
  }
}
