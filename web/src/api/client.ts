/** The HTTP API as functions. Every failure is an ApiError whose text can be shown. */

import { type FootageSource, FootageGone } from "../media/known-footage";
import { ApiError, problemOf } from "./problem";
import type {
  CalendarAnswer,
  Camera,
  CameraTemplate,
  CameraPatch,
  Device,
  Floor,
  Fragments,
  Imported,
  LossMinute,
  NewCamera,
  NewTemplate,
  Placement,
  PlacementChange,
  Probe,
  SessionRights,
  Site,
  SiteBody,
  StreamFootage,
  StreamRole,
  StreetMap,
  Usage,
  Volume,
} from "./types";

const ROOT = "/api/v1";
const UNREACHABLE =
  "Vedette does not answer. Check the network and that the server runs; the page keeps trying.";

export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  /** Whether the person is left alone when a reason is asked for. */
  readonly quiet?: boolean;
}

/** An address under the API with its query. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      search.append(name, String(one));
    }
  }
  const text = search.toString();
  return ROOT + path + (text ? `?${text}` : "");
}

export class Client {
  /** Called when the server says that nobody is signed in. */
  onSignedOut: () => void = () => undefined;
  /** Called when the server wants to know why; true when it was told, and may be asked again. */
  onReasonAsked: (act: string) => Promise<boolean> = () => Promise.resolve(false);
  #clockOffsetUs = 0;

  readonly #fetch: typeof fetch;

  constructor(fetcher: typeof fetch = fetch.bind(globalThis)) {
    this.#fetch = fetcher;
  }

  /** Wall time by the server's clock, microseconds; the browser's own when they agree. */
  nowUs(): number {
    return Date.now() * 1000 + this.#clockOffsetUs;
  }

  async session(): Promise<SessionRights | null> {
    try {
      return await this.#json<SessionRights>("/session", {}, false);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  }

  async signOut(): Promise<void> {
    await this.#call("/session", { method: "DELETE" });
  }

  async giveReason(act: string, text: string): Promise<void> {
    await this.#call("/session/reason", { method: "POST", body: { act, text } });
  }

  /** What a reason is asked for before a path is answered; empty when that is not what is wrong. */
  async reasonAsked(path: string, query: Query): Promise<string> {
    try {
      await this.#call(path, { query, quiet: true });
    } catch (error) {
      if (error instanceof ApiError && error.kind === "reason-asked") return error.act;
    }
    return "";
  }

  async reasonRules(): Promise<string[]> {
    return (await this.#json<{ asked: string[] }>("/reasons")).asked;
  }

  async setReasonRules(asked: readonly string[]): Promise<string[]> {
    const call: Call = { method: "PUT", body: { asked } };
    return (await this.#json<{ asked: string[] }>("/reasons", call)).asked;
  }

  /** One camera, a removed one too for as long as its footage is kept. */
  camera(id: string, signal: AbortSignal): Promise<Camera> {
    return this.#json(`/cameras/${id}`, { query: { even_removed: "true" }, signal });
  }

  async cameras(): Promise<Camera[]> {
    return (await this.#json<{ cameras: Camera[] }>("/cameras")).cameras;
  }

  addCamera(camera: NewCamera): Promise<Camera> {
    return this.#json("/cameras", { method: "POST", body: camera });
  }

  async templates(): Promise<CameraTemplate[]> {
    return (await this.#json<{ templates: CameraTemplate[] }>("/templates")).templates;
  }

  addTemplate(template: NewTemplate): Promise<CameraTemplate> {
    return this.#json("/templates", { method: "POST", body: template });
  }

  async removeTemplate(id: string): Promise<void> {
    await this.#call(`/templates/${id}`, { method: "DELETE" });
  }

  importCameras(table: string, dryRun: boolean): Promise<Imported> {
    return this.#json("/cameras/import", { method: "POST", body: { table, dry_run: dryRun } });
  }

  changeCamera(id: string, patch: CameraPatch): Promise<Camera> {
    return this.#json(`/cameras/${id}`, { method: "PATCH", body: patch });
  }

  async removeCamera(id: string): Promise<void> {
    await this.#call(`/cameras/${id}`, { method: "DELETE" });
  }

  async sites(): Promise<Site[]> {
    return (await this.#json<{ sites: Site[] }>("/sites")).sites;
  }

  addSite(site: SiteBody): Promise<Site> {
    return this.#json("/sites", { method: "POST", body: site });
  }

  changeSite(id: string, change: Partial<SiteBody>): Promise<Site> {
    return this.#json(`/sites/${id}`, { method: "PATCH", body: change });
  }

  async removeSite(id: string): Promise<void> {
    await this.#call(`/sites/${id}`, { method: "DELETE" });
  }

  async floors(): Promise<Floor[]> {
    return (await this.#json<{ floors: Floor[] }>("/floors")).floors;
  }

  addFloor(floor: Pick<Floor, "site" | "name" | "building" | "level">): Promise<Floor> {
    return this.#json("/floors", { method: "POST", body: floor });
  }

  changeFloor(
    id: string,
    change: Partial<Pick<Floor, "name" | "building" | "level">>,
  ): Promise<Floor> {
    return this.#json(`/floors/${id}`, { method: "PATCH", body: change });
  }

  async removeFloor(id: string): Promise<void> {
    await this.#call(`/floors/${id}`, { method: "DELETE" });
  }

  setFloorPlan(id: string, picture: Blob): Promise<Floor> {
    return this.#json(`/floors/${id}/plan`, { method: "PUT", body: picture });
  }

  async placements(): Promise<Placement[]> {
    return (await this.#json<{ placements: Placement[] }>("/placements")).placements;
  }

  placeCamera(id: string, place: PlacementChange): Promise<Placement> {
    return this.#json(`/cameras/${id}/placement`, { method: "PUT", body: place });
  }

  async unplaceCamera(id: string): Promise<void> {
    await this.#call(`/cameras/${id}/placement`, { method: "DELETE" });
  }

  async streetMaps(): Promise<StreetMap[]> {
    return (await this.#json<{ maps: StreetMap[] }>("/maps")).maps;
  }

  probe(target: string, username: string, password: string): Promise<Probe> {
    const body = username ? { address: target, username, password } : { address: target };
    return this.#json("/probe", { method: "POST", body });
  }

  async discover(timeoutS: number): Promise<Device[]> {
    const body = { timeout_s: timeoutS };
    return (await this.#json<{ devices: Device[] }>("/discovery", { method: "POST", body }))
      .devices;
  }

  storage(): Promise<{ volumes: Volume[]; usage: Usage[] }> {
    return this.#json("/storage");
  }

  /** Footage and gaps of some cameras, one answer each, as fine as can be seen. */
  async footage(
    cameras: readonly string[],
    stream: StreamRole,
    window: { readonly startUs: number; readonly endUs: number; readonly resolutionUs: number },
    signal: AbortSignal,
  ): Promise<StreamFootage[]> {
    const query = {
      camera: cameras,
      stream,
      ...range(window.startUs, window.endUs),
      resolution_us: window.resolutionUs || undefined,
    };
    return (await this.#json<{ streams: StreamFootage[] }>("/footage", { query, signal })).streams;
  }

  /** A small picture of the key frame at or before a moment; null where there is no footage. */
  async thumbnail(
    camera: string,
    atUs: number,
    widthPx: number,
    signal: AbortSignal,
  ): Promise<Blob | null> {
    const query = { at_us: Math.round(atUs), width: widthPx };
    const answer = await this.#call(`/cameras/${camera}/thumbnail.jpg`, { query, signal });
    return answer.status === 204 ? null : answer.blob();
  }

  /** The days of a year on which at least one of the cameras has footage, as `2026-10-25`. */
  async calendar(
    cameras: readonly string[],
    stream: StreamRole,
    year: number,
    zone: string,
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> {
    const query = { camera: cameras, stream, year, zone };
    const answer = await this.#json<CalendarAnswer>("/calendar", { query, signal });
    return new Set(answer.cameras.flatMap(({ days }) => days));
  }

  async loss(
    camera: string,
    stream: StreamRole,
    startUs: number,
    endUs: number,
    signal?: AbortSignal,
  ): Promise<LossMinute[]> {
    const query = { stream, ...range(startUs, endUs) };
    const call = signal ? { query, signal } : { query };
    const path = `/cameras/${camera}/loss`;
    return (await this.#json<{ minutes: LossMinute[] }>(path, call)).minutes;
  }

  /** The recorded frame of an instant, at full size, and when exactly it was. */
  async original(
    camera: string,
    stream: StreamRole,
    atUs: number,
  ): Promise<{ jpeg: Blob; atUs: number }> {
    const query = { stream, exact: "true", at_us: Math.floor(atUs) };
    const answer = await this.#call(`/cameras/${camera}/snapshot.jpg`, { query });
    const told = Number(answer.headers.get("x-picture-us"));
    return { jpeg: await answer.blob(), atUs: told || atUs };
  }

  /** What a replay of one stream reads from. */
  source(camera: string, stream: StreamRole): FootageSource {
    const path = `/cameras/${camera}`;
    return {
      index: (startUs, endUs, limit, signal) =>
        this.#json<Fragments>(`${path}/fragments`, {
          query: { stream, ...range(startUs, endUs), limit },
          signal,
        }),
      init: async (formatId, tracks, signal) => {
        const query = { tracks };
        return bytesOf(await this.#call(`${path}/formats/${formatId}/init.mp4`, { query, signal }));
      },
      keys: async (segmentStartUs, startUs, endUs, signal) => {
        const query = { stream, ...range(startUs, endUs) };
        try {
          const media = `${path}/segments/${String(segmentStartUs)}/keys`;
          return await bytesOf(await this.#call(media, { query, signal }));
        } catch (error) {
          throw goneOr(error);
        }
      },
      bytes: async (segmentStartUs, offset, size, signal) => {
        const headers = { Range: `bytes=${String(offset)}-${String(offset + size - 1)}` };
        try {
          const answer = await this.#call(`${path}/segments/${String(segmentStartUs)}/media`, {
            query: { stream },
            headers,
            signal,
          });
          return exactly(await bytesOf(answer), offset, size, answer.status);
        } catch (error) {
          throw goneOr(error);
        }
      },
    };
  }

  /** For clients of one resource, such as `AccountClient`; an empty answer is `undefined`. */
  async ask<Answer>(path: string, call: Call = {}, watched = true): Promise<Answer> {
    const response = await this.#call(path, call, watched);
    return (response.status === 204 ? undefined : await response.json()) as Answer;
  }

  /** As `ask`, for what is no JSON. */
  async bytes(path: string, call: Call = {}, watched = true): Promise<Uint8Array<ArrayBuffer>> {
    return bytesOf(await this.#call(path, call, watched));
  }

  async #json<Answer>(path: string, call: Call = {}, watched = true): Promise<Answer> {
    const response = await this.#call(path, call, watched);
    return (await response.json()) as Answer;
  }

  async #call(path: string, call: Call = {}, watched = true): Promise<Response> {
    const headers: Record<string, string> = { ...call.headers };
    const init: RequestInit = { method: call.method ?? "GET", headers, credentials: "same-origin" };
    if (call.body instanceof Blob) init.body = call.body;
    else if (call.body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(call.body);
    }
    if (call.signal) init.signal = call.signal;
    let response: Response;
    try {
      response = await this.#fetch(address(path, call.query), init);
    } catch (error) {
      if (call.signal?.aborted) throw error;
      throw new ApiError(0, "unreachable", UNREACHABLE);
    }
    this.#readClock(response);
    if (response.ok) return response;
    if (response.status === 401 && watched) this.onSignedOut();
    const problem = await problemOf(response);
    if (problem.kind === "reason-asked" && !call.quiet && (await this.onReasonAsked(problem.act))) {
      return this.#call(path, call, watched);
    }
    throw problem;
  }

  /** A page whose clock is wrong would draw footage into the future. */
  #readClock(response: Response): void {
    const told = Date.parse(response.headers.get("date") ?? "");
    if (Number.isNaN(told)) return;
    const offsetMs = told + 500 - Date.now();
    this.#clockOffsetUs = Math.abs(offsetMs) < 2_500 ? 0 : offsetMs * 1000;
  }
}

/** Retention erased it meanwhile: that is no failure. */
function goneOr(error: unknown): unknown {
  const gone = error instanceof ApiError && error.status === 404;
  return gone ? new FootageGone(error.message) : error;
}

function range(startUs: number, endUs: number): { start_us: number; end_us: number } {
  return { start_us: Math.max(0, Math.floor(startUs)), end_us: Math.max(1, Math.ceil(endUs)) };
}

async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await response.arrayBuffer());
}

/** A proxy that ignores Range sends the whole file; take what was asked for. */
function exactly(bytes: Uint8Array, offset: number, size: number, status: number): Uint8Array {
  const part = status === 206 ? bytes : bytes.subarray(offset, offset + size);
  if (part.byteLength !== size) throw new Error("The recording ends before its index says so.");
  return part;
}
