// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { passedIn, sameInBoth } from "./tools/ci/same-in-both.mjs";
import { SkipReporter } from "./tools/ci/skip-reporter.mjs";
import { TestReporter } from "./tools/ci/test-reporter.mjs";
import { chromiumArgs, chromiumSkipLine, findChromium } from "./tools/lib/chromium.mjs";

const include = [
  "packages/*/test/**/*.test.ts",
  "core-c/**/test/**/*.test.ts",
  "tools/**/test/**/*.test.ts",
];
/** What needs a file system, processes or a kernel. */
const nodeOnly = [
  "**/*.node{,.full}.test.ts",
  "core-c/**",
  "tools/**",
  "packages/kernel-native/**",
  "packages/bpf-token/test/cli/**",
];
const built = ["**/node_modules/**", "**/dist/**", "**/out-tsc/**"];

declare module "vitest" {
  export interface ProvidedContext {
    postedPatch: string | undefined;
    propertySeed: number;
  }
}

/**
 * Whether this is `npm run test:full`. Otherwise files named `*.full.test.ts` do not run, unless the
 * command line names one, and `sample()` of the tests takes a part of long lists.
 */
const full =
  process.env.BPF_TOKEN_FULL === "1" || process.argv.some((word) => word.includes(".full."));
/** Whether to skip what `npm test` runs in the same way: "1", or the report of such a run. */
const rest = process.env.BPF_TOKEN_REST;
const done = rest ? filesDone(rest) : [];
/** Other random values for the tests of properties: `BPF_TOKEN_PROPERTY_SEED=7 npx vitest run`. */
const propertySeed = Number(process.env.BPF_TOKEN_PROPERTY_SEED ?? 1);
/** Tests that nothing else may disturb: `.ci/run` names them. */
const alone = process.argv.some((word) => word.includes(".alone.")) ? [] : ["**/*.alone.test.ts"];
const never = [...built, ...alone, ...(full ? [] : ["**/*.full.test.ts"])];
/** Where the quick run has a browser: one package of each kind, and the suite on the model. */
const quickInBrowser = [
  "packages/{object,syscall,kernel-wasm}/test/**/*.test.ts",
  "packages/{conformance,bpf-token}/test/{model,library}.test.ts",
];

const node: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: "node",
    environment: "node",
    include,
    exclude: [...never, ...done],
    // Files of a worker share the modules, whose loading took as long as the tests. They restore what
    // they change: the environment, the working directory, and spies.
    isolate: false,
    setupFiles: "tools/lib/cpu-time.ts",
  },
};

function chromium(executablePath: string): TestProjectInlineConfiguration {
  return {
    extends: true,
    // Known from the start: found in the middle of a run, they would reload the page.
    // The compiler loads files from its own directory, which bundling would change.
    optimizeDeps: { include: ["ajv", "fast-check", "yaml"], exclude: ["@yowasp/clang"] },
    test: {
      name: "chromium",
      isolate: false,
      include: full ? include : quickInBrowser,
      exclude: [...never, ...nodeOnly],
      // Node takes every case, with the same engine; here a part shows that the page has what it needs.
      provide: { full: false },
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        // Until the page has answered: a busy machine needed more than the usual minute.
        connectTimeout: 600_000,
        provider: playwright({ launchOptions: { executablePath, args: chromiumArgs() } }),
        instances: [{ browser: "chromium" }],
      },
    },
  };
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

function filesDone(report: string): readonly string[] {
  const places = [import.meta.dirname, ["packages", "core-c", "tools"]] as const;
  if (report === "1") return sameInBoth(...places);
  return existsSync(report) ? passedIn(JSON.parse(readFileSync(report, "utf8")), ...places) : [];
}

/** How many files only the full run takes. */
function countFull(): number {
  return ["packages", "core-c", "tools"]
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }))
    .filter((path) => path.endsWith(".full.test.ts")).length;
}

const hasBrowser = !nodeAlone(process.argv);
const browser = hasBrowser ? findChromium() : undefined;

/** A line for each part that does not run here, and why. */
function skippedParts(): string[] {
  const parts: string[] = [];
  if (hasBrowser && !browser) parts.push(chromiumSkipLine);
  const guests = process.env.BPF_TOKEN_TEST_GUESTS;
  if (guests) parts.push(`not run: guests that BPF_TOKEN_TEST_GUESTS does not name (${guests})`);
  if (rest) parts.push(`not run: in Node, ${done.length} files of which npm test runs every case`);
  if (alone.length > 0) parts.push("not run: files named *.alone.test.ts (.ci/run runs them)");
  if (full) return parts;
  const where = "(npm run test:full runs them)";
  if (browser) parts.push(`not run: in Chromium, most files that ran in Node ${where}`);
  return [...parts, `not run: ${countFull()} files named *.full.test.ts ${where}`];
}

export default defineConfig({
  // Sources of sibling packages are read directly: a test run needs no build.
  resolve: { conditions: ["@bpf-token/source", "module", "browser", "development|production"] },
  ssr: { resolve: { conditions: ["@bpf-token/source", "node", "development|production"] } },
  test: {
    exclude: never,
    // Machines are shared: a test that hangs must end, one that waits for a turn must not.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: Math.max(full ? 3 : 2, availableParallelism() - 1),
    reporters: [
      new TestReporter(),
      new SkipReporter(skippedParts(), full),
      ["json", { outputFile: "out-tsc/vitest.json" }],
    ],
    coverage: { include: ["packages/*/src/**"], exclude: ["**/src/generated/**"] },
    provide: { postedPatch: postedPatch(), propertySeed, full },
    setupFiles: "tools/lib/property-seed.ts",
    projects: browser ? [node, chromium(browser)] : [node],
  },
});
