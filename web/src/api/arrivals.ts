/** Who is invited and who is signed in, for those who administer. */

import type { Client } from "./client";
import type { GrantBody } from "./people";
import type { Invitation, NewInvitation, PersonsSession } from "./types";

export class ArrivalsClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async invitations(): Promise<Invitation[]> {
    return (await this.#client.ask<{ invitations: Invitation[] }>("/invitations")).invitations;
  }

  invite(name: string, roles: readonly GrantBody[], days: number): Promise<NewInvitation> {
    const body = { name, roles, lasts_s: days * 86_400 };
    return this.#client.ask("/invitations", { method: "POST", body });
  }

  withdraw(id: string): Promise<void> {
    return this.#client.ask(`/invitations/${id}`, { method: "DELETE" });
  }

  async sessions(): Promise<PersonsSession[]> {
    return (await this.#client.ask<{ sessions: PersonsSession[] }>("/sessions")).sessions;
  }

  endSession(id: string): Promise<void> {
    return this.#client.ask(`/sessions/${id}`, { method: "DELETE" });
  }
}
