/** What the page knows of the site, kept true by `WS /updates`. One instance, `site`. */

import { Client } from "../api/client";
import { wordsOf } from "../api/problem";
import type {
  Camera,
  Health,
  Right,
  Session,
  Site as SiteRow,
  StreamRole,
  Usage,
  Volume,
} from "../api/types";
import { Updates } from "../api/updates";
import { placeZone } from "../timeline/place-zone";
import { browserZone } from "../timeline/zone";
import type { SpotNews } from "../walls/spot";
import type { ExportNews } from "./exports";
import { ReasonPrompt } from "./reason.svelte";

export interface BookmarkNews {
  readonly type: "bookmark";
  readonly id: string;
  readonly change: string;
}

type Update =
  | {
      readonly type: "health";
      readonly camera: string;
      readonly role: StreamRole;
      readonly health: Health;
    }
  | {
      readonly type: "footage";
      readonly camera: string;
      readonly role: StreamRole;
      readonly start_us: number;
      readonly end_us: number;
    }
  | { readonly type: "camera"; readonly id: string; readonly change: string }
  | { readonly type: "site"; readonly id: string; readonly change: string }
  | BookmarkNews
  | { readonly type: "steered"; readonly camera: string; readonly by: string }
  | {
      readonly type: "wall";
      readonly id: string;
      readonly change: string;
      readonly revision: number;
    }
  | { readonly type: "share" | "shared"; readonly id: string }
  | { readonly type: "use"; readonly share: string }
  | ({ readonly type: "spot" } & SpotNews)
  | ExportNews
  | ({ readonly type: "volume" } & Omit<Volume, "path">);

export interface FootageNews {
  readonly camera: string;
  readonly role: StreamRole;
  readonly start_us: number;
  readonly end_us: number;
}

export interface Note {
  readonly id: number;
  readonly text: string;
  readonly wrong: boolean;
}

class Site {
  readonly client = new Client();
  readonly why = new ReasonPrompt(
    () => this.client,
    () => performance.now(),
    new BroadcastChannel("vedette-reasons"),
  );
  /** The time of the place where all cameras are; of this browser where they are in several. */
  readonly zone: string = $derived.by(() =>
    placeZone(this.cameras ?? [], this.sites, browserZone()),
  );
  /** undefined until known. */
  session = $state<Session | null | undefined>(undefined);
  /** What one may do in the whole organisation; empty until known. */
  rights = $state<readonly Right[]>([]);
  /** What one may do with at least one camera. */
  #somewhere = $state<readonly Right[]>([]);
  /** Why the page cannot even find out who is signed in. */
  trouble = $state("");
  cameras = $state<Camera[] | null>(null);
  /** The organisation's sites, by name. */
  sites = $state<SiteRow[]>([]);
  /** Counts what others changed of cameras and sites, for pages that keep more of them. */
  changes = $state(0);
  volumes = $state<Volume[]>([]);
  usage = $state<Usage[]>([]);
  connected = $state(true);
  /** Who has a camera that turns in hand, by camera. */
  steered = $state<Readonly<Record<string, string>>>({});
  nowUs = $state(Date.now() * 1000);
  notes = $state<Note[]>([]);
  #updates: Updates<Update> | null = null;
  /** For what only some pages know of: `wall`, `spot`, `export`; null after the connection came back. */
  readonly #news = new Set<(message: Update | null) => void>();
  readonly #footage = new Set<(news: FootageNews) => void>();
  readonly #bookmarks = new Set<(news: BookmarkNews) => void>();
  #noteId = 0;
  #checking = false;

  constructor() {
    this.client.onReasonAsked = (act) => this.why.ask(act);
    this.client.onSignedOut = () => {
      this.#leave();
    };
    setInterval(() => {
      this.nowUs = this.client.nowUs();
    }, 1000);
  }

  /** Finds out who is signed in, and connects. */
  async begin(): Promise<void> {
    if (location.pathname === "/guest") return; // nobody signs in there
    if (location.pathname === "/enter" && location.hash) {
      this.session = null; // the link will tell
      return;
    }
    try {
      this.session = await this.client.session();
      this.trouble = "";
    } catch (error) {
      this.trouble = wordsOf(error);
      setTimeout(() => void this.begin(), 3000);
      return;
    }
    if (this.session) this.#connect();
  }

  entered(session: Session): void {
    this.session = session;
    this.#connect();
  }

  async signOut(): Promise<void> {
    await this.client.signOut();
    this.#leave();
  }

  camera(id: string): Camera | undefined {
    return this.cameras?.find((camera) => camera.id === id);
  }

  /** Whether footage of a stream is being kept at this moment. */
  keeps(id: string, role: StreamRole): boolean {
    return this.camera(id)?.health[role]?.recording === true;
  }

  /** @returns What stops listening. */
  onFootage(listener: (news: FootageNews) => void): () => void {
    this.#footage.add(listener);
    return () => {
      this.#footage.delete(listener);
    };
  }

  /** Tells of bookmarks that were made, changed or deleted by anybody. @returns What stops it. */
  onBookmarks(listener: (news: BookmarkNews) => void): () => void {
    this.#bookmarks.add(listener);
    return () => {
      this.#bookmarks.delete(listener);
    };
  }

  /** @returns What stops listening. */
  onNews(listener: (message: Update | null) => void): () => void {
    this.#news.add(listener);
    return () => {
      this.#news.delete(listener);
    };
  }

  /** A sentence at the edge of the page that goes away by itself. */
  say(text: string, wrong = false): void {
    const note = { id: ++this.#noteId, text, wrong };
    this.notes = [...this.notes.slice(-3), note];
    setTimeout(
      () => {
        this.dismiss(note.id);
      },
      wrong ? 12_000 : 5_000,
    );
  }

  dismiss(id: number): void {
    this.notes = this.notes.filter((note) => note.id !== id);
  }

  /** Asks whether the session still stands; for a socket that was turned away. */
  async doubt(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      if ((await this.client.session()) === null) this.#leave();
    } catch {
      // Not reachable: the banner says so already.
    } finally {
      this.#checking = false;
    }
  }

  /** The time in which these cameras are read: of their place, where they have one in common. */
  zoneOf(cameras: readonly string[]): string {
    const some = (this.cameras ?? []).filter(({ id }) => cameras.includes(id));
    return placeZone(some, this.sites, this.zone);
  }

  may(right: Right): boolean {
    return this.rights.includes(right);
  }

  mayAnywhere(right: Right): boolean {
    return this.#somewhere.includes(right);
  }

  async reload(): Promise<void> {
    try {
      const [session, cameras, sites] = await Promise.all([
        this.client.session(),
        this.client.cameras(),
        this.client.sites(),
      ]);
      this.rights = session?.rights ?? [];
      this.#somewhere = session?.rights_somewhere ?? [];
      this.cameras = cameras;
      this.sites = sites;
    } catch (error) {
      if (this.session) this.say(wordsOf(error), true);
    }
  }

  async reloadStorage(): Promise<void> {
    try {
      const { volumes, usage } = await this.client.storage();
      this.volumes = volumes;
      this.usage = usage;
    } catch (error) {
      if (this.session) this.say(wordsOf(error), true);
    }
  }

  #connect(): void {
    this.#updates?.close();
    this.#updates = new Updates<Update>({
      path: "/api/v1/updates",
      onMessage: (message) => {
        this.#take(message);
      },
      onConnected: (connected) => {
        this.connected = connected;
        // Whatever happened before the socket stood was missed.
        if (connected) {
          // Nobody asks about cameras that they may see no longer: what is there comes first.
          void this.reload().then(() => {
            for (const listener of this.#news) listener(null);
          });
        } else void this.doubt();
      },
    });
  }

  #leave(): void {
    this.#updates?.close();
    this.#updates = null;
    this.session = null;
    this.rights = [];
    this.#somewhere = [];
    this.cameras = null;
    this.connected = true;
  }

  #take(message: Update): void {
    switch (message.type) {
      case "health": {
        const camera = this.camera(message.camera);
        if (camera) camera.health[message.role] = message.health;
        return;
      }
      case "footage":
        for (const listener of this.#footage) listener(message);
        return;
      case "camera":
      case "site":
        this.changes++;
        void this.reload();
        return;
      case "bookmark":
        for (const listener of this.#bookmarks) listener(message);
        return;
      case "steered":
        this.steered = { ...this.steered, [message.camera]: message.by };
        return;
      case "wall":
      case "spot":
      case "share":
      case "shared":
      case "use":
      case "export":
        for (const listener of this.#news) listener(message);
        return;
      case "volume": {
        const volume = this.volumes.find((one) => one.id === message.id);
        if (volume) Object.assign(volume, message);
        else if (this.may("configure")) void this.reloadStorage();
        return;
      }
    }
  }
}

export const site = new Site();
