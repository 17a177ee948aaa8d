// SPDX-License-Identifier: MIT
import { defineConfig } from "vite";

export default defineConfig({
  // Relative addresses, so that the page works below any path.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  worker: { format: "es" },
});
