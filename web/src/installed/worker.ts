/** The service worker: opens the installed console at once, also while the server is away.

Its own copy of the shell comes only with the build that it belongs to, so that shell and scripts
always fit. While the server answers, the shell is always the server's. */

import {
  type Build,
  SHELL,
  belongs,
  cacheName,
  isAway,
  mayKeep,
  outdated,
  whoAnswers,
} from "./decide";

declare const self: ServiceWorkerGlobalScope & { readonly VEDETTE_BUILD: Build };

/** Chromium's way to spare requests the way through the worker; others go through and are left. */
interface Routing {
  addRoutes?(rule: {
    readonly condition: { readonly urlPattern: { readonly pathname: string } };
    readonly source: "network";
  }): Promise<void>;
}

// After so long an own copy is better than a white page; a network that hangs says nothing.
const PATIENCE_MS = 4000;
const build = self.VEDETTE_BUILD;

self.addEventListener("install", (event) => {
  event.waitUntil(Promise.all([install(), spareTheApi(event as Routing)]));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

self.addEventListener("fetch", (event) => {
  const { method, url, mode, headers } = event.request;
  const asked = { method, url, mode, partial: headers.has("range") };
  const who = whoAnswers(asked, self.location.origin);
  if (who === "asset") event.respondWith(asset(event));
  else if (who === "shell") event.respondWith(shell(event.request));
});

async function install(): Promise<void> {
  const shell = await fetch(SHELL, { cache: "reload", credentials: "omit" });
  if (!shell.ok || shell.redirected || !belongs(await shell.clone().text(), build)) {
    throw new Error("The server has another build by now; the browser will ask again.");
  }
  const cache = await caches.open(cacheName(build));
  await Promise.all(
    build.first.map(async (path) => {
      const answer = await fetch(path, { credentials: "omit" });
      if (!isKept(answer)) throw new Error(`${path} is not what the build says.`);
      await cache.put(path, answer);
    }),
  );
  await cache.put(SHELL, shell);
  await self.skipWaiting();
}

/** Live pictures and footage must not wait for a worker that has to wake up first. */
async function spareTheApi(event: Routing): Promise<void> {
  const condition = { urlPattern: { pathname: "/api/*" } };
  try {
    await event.addRoutes?.({ condition, source: "network" });
  } catch {
    // A browser with another idea of it: its requests come through here and are left alone.
  }
}

async function takeOver(): Promise<void> {
  await Promise.all(outdated(await caches.keys(), build).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function asset(event: FetchEvent): Promise<Response> {
  const { url } = event.request;
  const cache = await caches.open(cacheName(build));
  const kept = await cache.match(url);
  if (kept) return kept;
  // Without cookies: what is kept cannot depend on who asked.
  const answer = await fetch(url, { credentials: "omit" });
  // Where there is no room for it, it is fetched again the next time.
  if (isKept(answer)) event.waitUntil(cache.put(url, answer.clone()).catch(() => undefined));
  return answer;
}

function isKept({ status, type, redirected, headers }: Response): boolean {
  return mayKeep({ status, type, redirected, cacheControl: headers.get("cache-control") });
}

async function shell(request: Request): Promise<Response> {
  const network = fetch(request);
  const kept = await (await caches.open(cacheName(build))).match(SHELL);
  if (!kept) return network;
  const answer = await Promise.race([
    network.catch(() => null),
    new Promise<null>((resolve) => {
      setTimeout(resolve, PATIENCE_MS, null);
    }),
  ]);
  return answer === null || isAway(answer.status) ? kept : answer;
}
