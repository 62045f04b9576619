/** What one camera that turns can do, and its presets; it is steered over a socket (media/ptz.ts). */

import type { Client } from "./client";
import type { Preset, Ptz } from "./types";

export class PtzClient {
  readonly #client: Client;
  readonly #path: string;

  constructor(client: Client, camera: string) {
    this.#client = client;
    this.#path = `/cameras/${camera}/ptz`;
  }

  abilities(): Promise<Ptz> {
    return this.#client.ask(this.#path);
  }

  goHome(): Promise<void> {
    return this.#client.ask(`${this.#path}/home`, { method: "POST" });
  }

  goTo(preset: string): Promise<void> {
    return this.#client.ask(`${this.#preset(preset)}/go`, { method: "POST" });
  }

  /** Remembers where the camera looks now: as a new preset, or in place of one. */
  keep(name: string, preset?: string): Promise<Preset> {
    const body = { name };
    return preset === undefined
      ? this.#client.ask(`${this.#path}/presets`, { method: "POST", body })
      : this.#client.ask(this.#preset(preset), { method: "PUT", body });
  }

  forget(preset: string): Promise<void> {
    return this.#client.ask(this.#preset(preset), { method: "DELETE" });
  }

  #preset(token: string): string {
    return `${this.#path}/presets/${encodeURIComponent(token)}`;
  }
}
