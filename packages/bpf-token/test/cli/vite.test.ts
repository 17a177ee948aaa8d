// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, createLogger } from "vite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-vite-"));
  // Vite warns about Node modules only in production builds.
  vi.stubEnv("NODE_ENV", "production");
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Bundles a module for browsers from the sources of the packages and returns Vite's warnings. */
async function warningsOf(code: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  const add = (text: string): void => {
    warnings.push(text);
  };
  const entry = join(folder, "page.js");
  writeFileSync(entry, code);
  await build({
    root: fileURLToPath(new URL("../..", import.meta.url)),
    configFile: false,
    logLevel: "error",
    customLogger: { ...createLogger("error"), warn: add, warnOnce: add },
    resolve: { conditions: ["@bpf-token/source", "module", "browser"] },
    build: { write: false, target: "es2022", rolldownOptions: { input: entry } },
  });
  return warnings;
}

/** An import in a page whose own directory has no installed packages. */
const index = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

test("Vite builds a page that imports bpf-token without a warning", async () => {
  const code = `import { createKernel, openKernel } from ${JSON.stringify(index)};
globalThis.answer = [createKernel().release, openKernel];`;
  expect(await warningsOf(code)).toEqual([]);
});

test("Vite warns about an import of a Node module", async () => {
  const warnings = await warningsOf('import { readFileSync } from "node:fs"; readFileSync("x");');
  expect(warnings).toEqual([expect.stringContaining('"node:fs" has been externalized')]);
});
