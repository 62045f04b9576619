/** Footage to take away: asked for, listed, ended, and where its files are fetched. */

import { address, type Client } from "./client";
import type { Export, ExportOutlook, NewExport } from "./types";

export class ExportClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  outlook(body: NewExport, signal: AbortSignal): Promise<ExportOutlook> {
    return this.#client.ask("/exports/outlook", { method: "POST", body, signal });
  }

  ask(body: NewExport): Promise<Export> {
    return this.#client.ask("/exports", { method: "POST", body });
  }

  async list(): Promise<Export[]> {
    return (await this.#client.ask<{ exports: Export[] }>("/exports")).exports;
  }

  cancel(id: string): Promise<Export> {
    return this.#client.ask(`/exports/${id}/cancel`, { method: "POST" });
  }

  remove(id: string): Promise<void> {
    return this.#client.ask(`/exports/${id}`, { method: "DELETE" });
  }
}

/** Where a browser fetches one file, from 1, the manifest, or all of it. */
export function exportAddress(id: string, what: number | "manifest" | "zip"): string {
  return address(`/exports/${id}/${typeof what === "number" ? `files/${String(what)}` : what}`);
}
