/** Saved walls. */

import type { Layout } from "../walls/model";
import type { Client } from "./client";
import type { Wall } from "./types";

export interface WallDraft extends Layout {
  readonly name: string;
  readonly shared: boolean;
}

export class WallsClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async list(): Promise<Wall[]> {
    return (await this.#client.ask<{ walls: Wall[] }>("/walls")).walls;
  }

  add(draft: WallDraft): Promise<Wall> {
    return this.#client.ask("/walls", { method: "POST", body: bodyOf(draft) });
  }

  /** @param revision On which the change was made; the server refuses any but the last. */
  change(id: string, revision: number, draft: WallDraft): Promise<Wall> {
    const body = { ...bodyOf(draft), revision };
    return this.#client.ask(`/walls/${id}`, { method: "PUT", body });
  }

  remove(id: string, revision: number): Promise<void> {
    return this.#client.ask(`/walls/${id}`, { method: "DELETE", query: { revision } });
  }
}

function bodyOf({ name, shared, columns, rows, cells }: WallDraft): WallDraft {
  return { name, shared, columns, rows, cells };
}
