import { svelte } from "@sveltejs/vite-plugin-svelte";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => {
  const { VEDETTE_SERVER = "http://127.0.0.1:8480" } = loadEnv(mode, ".", "VEDETTE_");
  return {
    plugins: [svelte()],
    build: {
      target: "es2022",
      // Everything that the browser may keep for ever lies in one folder with hashed names.
      assetsDir: "assets",
      assetsInlineLimit: 0,
    },
    server: {
      // Beside a running Vedette: the page from here with hot reload, the API from there.
      proxy: { "/api": { target: VEDETTE_SERVER, ws: true } },
    },
    test: { include: ["tests/**/*.test.ts"], environment: "node" },
  };
});
