/** Shares: our own, those of others, and the one that a link opens. */

import type { Client } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Share = Schemas["ShareShape"];
export type Shared = Schemas["SharedShape"];
export type Use = Schemas["UseShape"];
export type Guest = Schemas["GuestAnswer"];
export interface NewShare {
  readonly organisation?: string;
  readonly person?: string;
  readonly cameras: readonly string[];
  readonly live: boolean;
  readonly footage: { readonly start_us: number; readonly end_us: number | null } | null;
  readonly sound: boolean;
  readonly from_us?: number;
  readonly until_us: number;
  readonly purpose: string;
  readonly most_uses?: number;
}

export class SharingClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async shares(): Promise<Share[]> {
    return (await this.#client.ask<{ shares: Share[] }>("/shares")).shares;
  }

  /** @returns The share, and the secret of its link, shown this once. */
  make(body: NewShare): Promise<{ share: Share; secret: string | null }> {
    return this.#client.ask("/shares", { method: "POST", body });
  }

  end(id: string): Promise<Share> {
    return this.#client.ask(`/shares/${id}/end`, { method: "POST" });
  }

  /** @param before `next` of an answer. */
  uses(id: string, before?: string): Promise<{ uses: Use[]; next: string | null }> {
    return this.#client.ask(`/shares/${id}/uses`, { query: { before } });
  }

  shared(): Promise<{ organisation: string; shares: Shared[] }> {
    return this.#client.ask("/shared");
  }

  enter(secret: string): Promise<Guest> {
    return this.#client.ask("/guest", { method: "POST", body: { secret } }, false);
  }

  guest(): Promise<Guest> {
    return this.#client.ask("/guest", {}, false);
  }

  async leave(): Promise<void> {
    await this.#client.ask("/guest", { method: "DELETE" }, false);
  }
}
