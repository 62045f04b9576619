/** People, roles, camera groups, and the event log. */

import { address, type Client } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Person = Schemas["PersonShape"];
export type Grant = Schemas["GrantShape"];
export type GrantBody = Pick<Schemas["GrantBody"], "role"> & Partial<Schemas["GrantBody"]>;
export type Role = Schemas["RoleShape"];
export type Right = Schemas["Right"];
export type ScopeKind = Schemas["ScopeKind"];
export type CameraGroup = Schemas["GroupShape"];
/** The server leaves nothing of an event out. */
type LoggedEvent = Required<Omit<Schemas["Event"], "actor">> & {
  readonly actor: Required<Schemas["Actor"]>;
};
export type Entry = Omit<Schemas["EntryShape"], "event"> & { readonly event: LoggedEvent };
export type Proof = Schemas["ProofAnswer"];

export interface EventQuery {
  readonly text?: string;
  readonly kind?: string;
  readonly start_us?: number;
  readonly end_us?: number;
  readonly before?: string;
}

export interface EventPage {
  readonly entries: Entry[];
  readonly next: string | null;
}

export class PeopleClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async people(): Promise<Person[]> {
    return (await this.#client.ask<{ people: Person[] }>("/people")).people;
  }

  async roles(): Promise<Role[]> {
    return (await this.#client.ask<{ roles: Role[] }>("/roles")).roles;
  }

  async groups(): Promise<CameraGroup[]> {
    return (await this.#client.ask<{ groups: CameraGroup[] }>("/groups")).groups;
  }

  giveRole(person: string, body: GrantBody): Promise<Grant> {
    return this.#client.ask(`/people/${person}/roles`, { method: "POST", body });
  }

  changeGivenRole(person: string, grant: string, body: GrantBody): Promise<Grant> {
    return this.#client.ask(`/people/${person}/roles/${grant}`, { method: "PUT", body });
  }

  takeRole(person: string, grant: string): Promise<void> {
    return this.#client.ask(`/people/${person}/roles/${grant}`, { method: "DELETE" });
  }

  removePerson(person: string): Promise<void> {
    return this.#client.ask(`/people/${person}`, { method: "DELETE" });
  }

  /** @param replayS How far back footage may be seen, seconds; null for no limit. */
  makeRole(name: string, rights: readonly Right[], replayS: number | null): Promise<Role> {
    const body = { name, rights, replay_s: replayS };
    return this.#client.ask("/roles", { method: "POST", body });
  }

  /** Changes a role for everybody who holds it; the parameters are those of `makeRole`. */
  changeRole(
    id: string,
    name: string,
    rights: readonly Right[],
    replayS: number | null,
  ): Promise<Role> {
    const body = { name, rights, replay_s: replayS };
    return this.#client.ask(`/roles/${id}`, { method: "PUT", body });
  }

  removeRole(id: string): Promise<void> {
    return this.#client.ask(`/roles/${id}`, { method: "DELETE" });
  }

  makeGroup(name: string, cameras: readonly string[]): Promise<CameraGroup> {
    return this.#client.ask("/groups", { method: "POST", body: { name, cameras } });
  }

  changeGroup(id: string, name: string, cameras: readonly string[]): Promise<CameraGroup> {
    return this.#client.ask(`/groups/${id}`, { method: "PUT", body: { name, cameras } });
  }

  removeGroup(id: string): Promise<void> {
    return this.#client.ask(`/groups/${id}`, { method: "DELETE" });
  }

  events(query: EventQuery): Promise<EventPage> {
    return this.#client.ask("/events", { query: { ...query, limit: 100 } });
  }

  verify(): Promise<Proof> {
    return this.#client.ask("/events/verify", { method: "POST" });
  }
}

export const EXPORT_ADDRESS = address("/events/export");
