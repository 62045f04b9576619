/** Footage that is seen through a share: the same player and timeline, other addresses. */

import type { Client } from "../api/client";
import { ApiError } from "../api/problem";
import type { CalendarAnswer, Fragments, StreamFootage, StreamRole } from "../api/types";
import { FootageGone, type FootageSource } from "../media/known-footage";
import { picturesBy, type Thumbnails } from "../media/thumbnails";
import type { FootageServer } from "../timeline/asking";

export interface FootageNews {
  readonly camera: string;
  readonly role: StreamRole;
  readonly start_us: number;
  readonly end_us: number;
}

/** What a player and a timeline need of somebody else's cameras. */
export interface Through {
  readonly server: FootageServer;
  readonly pictures: Thumbnails<string>;
  /** The days of a year with footage that is shared; as the client has it for one's own cameras. */
  calendar: Client["calendar"];
  source(camera: string, role: StreamRole): FootageSource;
  /** @returns What stops listening. */
  onFootage(listener: (news: FootageNews) => void): () => void;
}

export class ShareFootage implements Through {
  readonly server: FootageServer;
  readonly pictures: Thumbnails<string>;
  readonly #client: Client;
  readonly #root: string;
  readonly #listeners = new Set<(news: FootageNews) => void>();

  /** @param root Where the share lies under the API: `/shared/ID` or `/guest`. */
  constructor(client: Client, root: string) {
    this.#client = client;
    this.#root = root;
    this.pictures = picturesBy(async (camera, atUs, width, signal) => {
      const call = { query: { at_us: Math.round(atUs), width }, signal };
      const jpeg = await client.bytes(`${root}/cameras/${camera}/thumbnail.jpg`, call, false);
      return jpeg.byteLength > 0 ? new Blob([jpeg], { type: "image/jpeg" }) : null;
    });
    this.server = {
      footage: async (cameras, role, window, signal) => {
        const answers = await Promise.all(
          cameras.map((camera) =>
            client.ask<{ streams: StreamFootage[] }>(
              `${root}/cameras/${camera}/footage`,
              {
                query: {
                  stream: role,
                  ...range(window.startUs, window.endUs),
                  resolution_us: window.resolutionUs || undefined,
                },
                signal,
              },
              false,
            ),
          ),
        );
        return answers.flatMap(({ streams }) => streams);
      },
      // What was lost on the way is the owner's to know.
      loss: () => Promise.resolve([]),
    };
  }

  async calendar(
    cameras: readonly string[],
    stream: StreamRole,
    year: number,
    zone: string,
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> {
    const call = { query: { stream, year, zone }, signal };
    const answers = await Promise.all(
      cameras.map((camera) =>
        this.#client.ask<CalendarAnswer>(`${this.#root}/cameras/${camera}/calendar`, call, false),
      ),
    );
    return new Set(answers.flatMap((answer) => answer.cameras.flatMap(({ days }) => days)));
  }

  /** Lets go of the pictures that were fetched. */
  close(): void {
    this.pictures.close();
  }

  source(camera: string, role: StreamRole): FootageSource {
    const path = `${this.#root}/cameras/${camera}`;
    const client = this.#client;
    /** A segment of each format: its initialisation segment is asked for by that. */
    const segmentOf = new Map<string, number>();
    const bytes = async (
      of: string,
      query: Readonly<Record<string, string | number>>,
      signal: AbortSignal,
    ): Promise<Uint8Array> => {
      try {
        const call = { query: { stream: role, ...query }, signal };
        return await client.bytes(`${path}/segments/${of}`, call, false);
      } catch (error) {
        const gone = error instanceof ApiError && error.status === 404;
        throw gone ? new FootageGone(error.message) : error;
      }
    };
    return {
      index: async (startUs, endUs, limit, signal) => {
        const query = { stream: role, ...range(startUs, endUs), limit };
        const call = { query, signal };
        const found = await client.ask<Fragments>(`${path}/fragments`, call, false);
        for (const one of found.fragments) segmentOf.set(one.format_id, one.segment_start_us);
        return found;
      },
      init: (formatId, tracks, signal) => {
        const segment = segmentOf.get(formatId);
        if (segment === undefined) throw new Error("The index names no such format.");
        return bytes(`${String(segment)}/init.mp4`, { tracks }, signal);
      },
      keys: (segmentStartUs, startUs, endUs, signal) =>
        bytes(`${String(segmentStartUs)}/keys`, range(startUs, endUs), signal),
      bytes: (segmentStartUs, offset, size, signal) =>
        bytes(`${String(segmentStartUs)}/part`, { offset, size }, signal),
    };
  }

  onFootage(listener: (news: FootageNews) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The server said that something was recorded. */
  grew(news: FootageNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}

function range(startUs: number, endUs: number): { start_us: number; end_us: number } {
  return { start_us: Math.max(0, Math.floor(startUs)), end_us: Math.max(1, Math.ceil(endUs)) };
}
