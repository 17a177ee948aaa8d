// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** Writes the service worker, with the names of all files of the build. */
function offline(): Plugin {
  return {
    name: "offline",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const files = Object.keys(bundle).sort();
        const version = createHash("sha256").update(files.join()).digest("hex").slice(0, 16);
        const text = readFileSync(new URL("./offline.js", import.meta.url), "utf8");
        const source = text
          .replace('VERSION = ""', `VERSION = "${version}"`)
          .replace("FILES = []", `FILES = ${JSON.stringify(["./", ...files])}`);
        this.emitFile({ type: "asset", fileName: "offline.js", source });
      },
    },
  };
}

/** The compiler has 98 MB; the page loads it from a folder of its server. */
const external = ["@yowasp/clang"];
/** What only the view "token.c" loads: the headers and objects for the compiler, and the suite. */
const codeSplitting = {
  includeDependenciesRecursively: false,
  groups: [
    { name: "sdk", test: /sdk(-archive)?\.[jt]s$/ },
    { name: "suite", test: /conformance\/scenarios\// },
  ],
};

export default defineConfig({
  // Relative addresses, so that the page works below any path.
  base: "./",
  plugins: [offline()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { external },
  },
  worker: { format: "es", rolldownOptions: { external, output: { codeSplitting } } },
});
