import { svelte } from "@sveltejs/vite-plugin-svelte";
import { type Plugin, type Rolldown, loadEnv } from "vite";
import { defineConfig } from "vitest/config";
import { wuchale } from "wuchale/vite";

const WORKER = "service-worker.js";

/** Tells the page and the service worker what this build consists of; the worker changes with every build. */
function buildOfWorker(): Plugin {
  return {
    name: "vedette-service-worker",
    apply: "build",
    enforce: "post",
    async generateBundle(_options, bundle) {
      const worker = bundle[WORKER];
      const page = bundle["index.html"];
      if (worker?.type !== "chunk" || page?.type !== "asset") throw new Error("an entry is gone");
      refuseUnbound(bundle);
      if (worker.imports.length > 0) throw new Error(`${WORKER} must be one file`);
      const names = Object.keys(bundle).filter((name) => name !== WORKER);
      const shell = fetchAhead(bundle, textOf(page));
      page.source = shell;
      refuseHeavy(bundle, shell);
      const told = new TextEncoder().encode([shell, worker.code, ...names.sort()].join("\n"));
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", told));
      const hex = [...digest.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0"));
      const first = names.map((name) => `/${name}`).filter((name) => shell.includes(`"${name}"`));
      const build = { version: hex.join(""), first };
      worker.code = `self.VEDETTE_BUILD=${JSON.stringify(build)};\n${worker.code}`;
    },
  };
}

/** Messages are asked of a variable that the build adds; where it did not, the page would stop. */
function refuseUnbound(bundle: Rolldown.OutputBundle): void {
  for (const [name, chunk] of Object.entries(bundle)) {
    if (chunk.type === "chunk" && /_w_runtime_|\$derived\(/.test(chunk.code)) {
      throw new Error(`${name} asks for messages without having any`);
    }
  }
}

const MOST_FIRST_BYTES = 300_000;

/** What a browser must fetch before it shows the wall, with the longest messages. */
function refuseHeavy(bundle: Rolldown.OutputBundle, shell: string): void {
  const code = (name: string): number => {
    const chunk = bundle[name];
    return chunk?.type === "chunk" ? new TextEncoder().encode(chunk.code).byteLength : 0;
  };
  const names = Object.keys(bundle);
  const first = names.filter((name) => shell.includes(`"/${name}"`)).map(code);
  const messages = names.filter((name) => name.includes(".compiled-")).map(code);
  const bytes = first.reduce((sum, one) => sum + one, 0) + Math.max(0, ...messages);
  if (messages.length === 0 || bytes > MOST_FIRST_BYTES) {
    throw new Error(`the first load takes ${String(bytes)} bytes of JavaScript; load pages later`);
  }
}

/** Lets the browser fetch what follows the messages while it fetches those. */
function fetchAhead(bundle: Rolldown.OutputBundle, html: string): string {
  const wanted = new Set<string>();
  const visit = (name: string): void => {
    const chunk = bundle[name];
    if (chunk?.type !== "chunk" || wanted.has(name)) return;
    wanted.add(name);
    chunk.imports.forEach(visit);
  };
  for (const [name, chunk] of Object.entries(bundle)) {
    if (chunk.type === "chunk" && chunk.name === "begin") visit(name);
  }
  const links = [...wanted]
    .filter((name) => !html.includes(`"/${name}"`))
    .map((name) => `    <link rel="modulepreload" crossorigin href="/${name}">\n`);
  return html.replace("  </head>", `${links.join("")}  </head>`);
}

function textOf(asset: Rolldown.OutputAsset): string {
  return typeof asset.source === "string" ? asset.source : new TextDecoder().decode(asset.source);
}

export default defineConfig(({ mode }) => {
  const { VEDETTE_SERVER = "http://127.0.0.1:8480" } = loadEnv(mode, ".", "VEDETTE_");
  return {
    // Tests read the English in the source.
    plugins: [mode === "test" ? [] : wuchale(), svelte(), buildOfWorker()],
    build: {
      target: "es2022",
      // Everything that the browser may keep for ever lies in one folder with hashed names.
      assetsDir: "assets",
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: { index: "index.html", "service-worker": "src/installed/worker.ts" },
        output: {
          // A service worker answers for the folder that it lies in, under a name that stays.
          entryFileNames: ({ name }) =>
            name === "service-worker" ? WORKER : "assets/[name]-[hash].js",
        },
      },
    },
    server: {
      // Beside a running Vedette: the page from here with hot reload, the API from there.
      proxy: { "/api": { target: VEDETTE_SERVER, ws: true } },
    },
    test: { include: ["tests/**/*.test.ts"], environment: "node" },
  };
});
