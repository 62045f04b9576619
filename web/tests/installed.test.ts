import fc from "fast-check";
import { expect, test } from "vitest";

import {
  type Asked,
  belongs,
  cacheName,
  isAway,
  mayKeep,
  outdated,
  whoAnswers,
} from "../src/installed/decide";

const HERE = "https://vedette.example";
const asked = (path: string, rest: Partial<Asked> = {}): Asked => ({
  method: "GET",
  url: new URL(path, HERE).href,
  mode: "cors",
  partial: false,
  ...rest,
});
const who = (path: string, rest: Partial<Asked> = {}) => whoAnswers(asked(path, rest), HERE);

test("files with a hash in their name are kept", () => {
  for (const name of [
    "index-Hpc6TCRF.js",
    "site.svelte-j1vUXilA.js",
    "WallEditor-_AX0ZqCa.js",
    "WallEditor-a-b_c-dX.css",
    "maplibre-gl-worker-CZtFQQIV.mjs",
    "countries-50m-BphFPm15.json",
  ]) {
    expect(who(`/assets/${name}`), name).toBe("asset");
  }
});

test("every page of the console is the shell, whatever its address carries", () => {
  for (const path of [
    "/",
    "/map",
    "/camera/0191?at=17",
    "/enter#secret",
    "/apis",
    "/assets-list",
  ]) {
    expect(who(path, { mode: "navigate" }), path).toBe("shell");
  }
});

test("what has no hash, is asked for in part or with a query, or lies elsewhere is left alone", () => {
  expect(who("/assets/index.js")).toBe("leave");
  expect(who("/assets/index-Hpc6TCRF.js?other")).toBe("leave");
  expect(who("/assets/index-Hpc6TCRF.js", { partial: true })).toBe("leave");
  expect(who("/assets/deeper/index-Hpc6TCRF.js")).toBe("leave");
  expect(who("/manifest.webmanifest")).toBe("leave");
  expect(who("/", { mode: "cors" })).toBe("leave");
  expect(who("https://elsewhere.example/assets/index-Hpc6TCRF.js")).toBe("leave");
  expect(who("https://elsewhere.example/", { mode: "navigate" })).toBe("leave");
});

test("the API is never touched: no method, mode, path or query changes that", () => {
  const modes = fc.constantFrom("navigate", "cors", "same-origin", "no-cors", "websocket");
  const methods = fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD");
  fc.assert(
    fc.property(
      fc.webPath(),
      fc.webQueryParameters(),
      methods,
      modes,
      (path, query, method, mode) => {
        // No "..": the browser has resolved those before the worker sees them.
        const url = `${HERE}/api${path.replaceAll(/\.|%2e/gi, "")}?${query}`;
        expect(whoAnswers({ method, url, mode, partial: false }, HERE)).toBe("leave");
      },
    ),
  );
  expect(who("/api", { mode: "navigate" })).toBe("leave");
  expect(who("/api/assets/index-Hpc6TCRF.js")).toBe("leave");
});

test("whatever sends something is left alone", () => {
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "HEAD"]) {
    expect(who("/assets/index-Hpc6TCRF.js", { method })).toBe("leave");
    expect(who("/", { method, mode: "navigate" })).toBe("leave");
  }
});

test("only a whole answer of this server that never changes is kept", () => {
  const good = {
    status: 200,
    type: "basic",
    redirected: false,
    cacheControl: "public, max-age=31536000, immutable",
  };
  expect(mayKeep(good)).toBe(true);
  expect(mayKeep({ ...good, status: 404 })).toBe(false);
  expect(mayKeep({ ...good, status: 206 })).toBe(false);
  expect(mayKeep({ ...good, type: "opaque" })).toBe(false);
  expect(mayKeep({ ...good, redirected: true })).toBe(false);
  expect(mayKeep({ ...good, cacheControl: "no-cache" })).toBe(false);
  expect(mayKeep({ ...good, cacheControl: null })).toBe(false);
});

test("a shell is kept only with the files that it names", () => {
  const build = {
    version: "b",
    first: ["/assets/index-Hpc6TCRF.js", "/assets/index-g7XtxvV2.css"],
  };
  const shell = build.first.map((path) => `<link href="${path}">`).join("");
  expect(belongs(shell, build)).toBe(true);
  expect(belongs(shell.replace("g7XtxvV2", "anotherX"), build)).toBe(false);
  expect(belongs(shell, { ...build, first: [] })).toBe(false);
});

test("a new build removes what older ones kept, and nothing of anybody else", () => {
  const build = { version: "new", first: [] };
  expect(outdated(["vedette-old", cacheName(build), "other", "vedette-older"], build)).toEqual([
    "vedette-old",
    "vedette-older",
  ]);
});

test("a proxy without a server behind it counts as away; an answer of the server does not", () => {
  expect([502, 503, 504].every(isAway)).toBe(true);
  expect([200, 304, 401, 404, 500].some(isAway)).toBe(false);
});
