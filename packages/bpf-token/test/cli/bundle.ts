// SPDX-License-Identifier: MIT
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

/** Bundles the program from its sources, for tests that start it as a separate process. */
export async function bundleProgram(): Promise<{ folder: string; program: string }> {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-program-"));
  await build({
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true, resolve: { conditions: ["@bpf-token/source", "node"] } },
    build: {
      ssr: fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url)),
      outDir: folder,
      rolldownOptions: { output: { entryFileNames: "main.mjs" } },
    },
  });
  return { folder, program: join(folder, "main.mjs") };
}
