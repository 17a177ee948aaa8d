// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { findExecutor } from "../src/executor-path.ts";

/** Bundles a program that another Node process runs, from the same sources. */
export async function bundleFixture(folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["@bpf-token/source"] },
    ssr: { noExternal: true, resolve: { conditions: ["@bpf-token/source"] } },
    build: {
      ssr: fileURLToPath(new URL("fixtures/open-kernel.ts", import.meta.url)),
      outDir: folder,
      rolldownOptions: { output: { entryFileNames: "open-kernel.mjs" } },
    },
  });
  return join(folder, "open-kernel.mjs");
}

/** Path of the executor, which a bundle in another folder cannot find by itself. */
export function executor(): string {
  const found = findExecutor();
  return "path" in found ? found.path : "";
}
