import { svelte } from "@sveltejs/vite-plugin-svelte";
import { type Plugin, type Rolldown, loadEnv } from "vite";
import { defineConfig } from "vitest/config";

const WORKER = "service-worker.js";

/** Tells the service worker what this build consists of; its bytes change with every build. */
function buildOfWorker(): Plugin {
  return {
    name: "vedette-service-worker",
    apply: "build",
    enforce: "post",
    async generateBundle(_options, bundle) {
      const worker = bundle[WORKER];
      const page = bundle["index.html"];
      if (worker?.type !== "chunk" || page?.type !== "asset") throw new Error("an entry is gone");
      if (worker.imports.length > 0) throw new Error(`${WORKER} must be one file`);
      const names = Object.keys(bundle).filter((name) => name !== WORKER);
      const shell = textOf(page);
      const told = new TextEncoder().encode([shell, worker.code, ...names.sort()].join("\n"));
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", told));
      const hex = [...digest.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0"));
      const first = names.map((name) => `/${name}`).filter((name) => shell.includes(`"${name}"`));
      const build = { version: hex.join(""), first };
      worker.code = `self.VEDETTE_BUILD=${JSON.stringify(build)};\n${worker.code}`;
    },
  };
}

function textOf(asset: Rolldown.OutputAsset): string {
  return typeof asset.source === "string" ? asset.source : new TextDecoder().decode(asset.source);
}

export default defineConfig(({ mode }) => {
  const { VEDETTE_SERVER = "http://127.0.0.1:8480" } = loadEnv(mode, ".", "VEDETTE_");
  return {
    plugins: [svelte(), buildOfWorker()],
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
