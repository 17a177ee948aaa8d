// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { SkipReporter } from "./tools/ci/skip-reporter.mjs";
import { chromiumArgs, chromiumSkipLine, findChromium } from "./tools/lib/chromium.mjs";

const include = [
  "packages/*/test/**/*.test.ts",
  "core-c/**/test/**/*.test.ts",
  "tools/**/test/**/*.test.ts",
];
/** What needs a file system, processes or a kernel. */
const nodeOnly = [
  "**/*.node.test.ts",
  "core-c/**",
  "tools/**",
  "packages/kernel-native/**",
  "packages/bpf-token/test/cli/**",
];
const never = ["**/node_modules/**", "**/dist/**", "**/out-tsc/**"];

const node: TestProjectInlineConfiguration = {
  extends: true,
  test: { name: "node", environment: "node", include },
};

function chromium(executablePath: string): TestProjectInlineConfiguration {
  return {
    extends: true,
    // Known from the start: found in the middle of a run, they would reload the page.
    // The compiler finds its files beside itself, where bundling would not leave it.
    optimizeDeps: { include: ["ajv", "fast-check", "yaml"], exclude: ["@yowasp/clang"] },
    test: {
      name: "chromium",
      include,
      exclude: [...never, ...nodeOnly],
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { executablePath, args: chromiumArgs() } }),
        instances: [{ browser: "chromium" }],
      },
    },
  };
}

/** Vitest reads this file more than once in a process. */
function printOnce(line: string): void {
  const printed = globalThis as { [key: symbol]: boolean };
  const key = Symbol.for(`bpf-token ${line}`);
  if (!printed[key]) console.log(line);
  printed[key] = true;
}

/** Whether this run asked for projects and left Chromium out: then nothing is looked for. */
function nodeAlone(argv: readonly string[]): boolean {
  const asked = argv.flatMap((word, i) => {
    if (word === "--project") return [argv[i + 1] ?? ""];
    return word.startsWith("--project=") ? [word.slice("--project=".length)] : [];
  });
  return asked.length > 0 && asked.every((name) => name === "node");
}

/** A patch as somebody posted it, which is not kept here; pages are handed its text. */
function postedPatch(): string | undefined {
  const path = process.env.BPF_TOKEN_SEED_PATCH;
  return path && existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

const browser = nodeAlone(process.argv) ? undefined : findChromium();
if (!browser && !nodeAlone(process.argv)) printOnce(chromiumSkipLine);

export default defineConfig({
  // Sources of sibling packages are read directly: a test run needs no build.
  resolve: { conditions: ["@bpf-token/source", "module", "browser", "development|production"] },
  ssr: { resolve: { conditions: ["@bpf-token/source", "node", "development|production"] } },
  test: {
    exclude: never,
    // Machines are shared: a test that hangs must end, one that waits for a turn must not.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ["default", new SkipReporter(), ["json", { outputFile: "out-tsc/vitest.json" }]],
    coverage: { include: ["packages/*/src/**"], exclude: ["**/src/generated/**"] },
    provide: { postedPatch: postedPatch() },
    projects: browser ? [node, chromium(browser)] : [node],
  },
});
