// SPDX-License-Identifier: MIT
// The tests for mutants: those that BPF_TOKEN_MUTATION_TESTS names, in Node.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";

const wordsOf = (variable) => (process.env[variable] ?? "").split(" ").filter(Boolean);
const words = wordsOf("BPF_TOKEN_MUTATION_TESTS");

/**
 * The entries of a changed package. Stryker copies the packages, and the copy's node_modules is that of the
 * original: without an alias, tests of other packages would read the unchanged sources.
 */
function entriesOf(folder) {
  const path = join(process.cwd(), folder, "package.json");
  if (!existsSync(path)) return [];
  const { name, exports = {} } = JSON.parse(readFileSync(path, "utf8"));
  return Object.entries(exports).flatMap(([entry, { "@bpf-token/source": source }]) =>
    source === undefined
      ? []
      : [
          {
            find: new RegExp(`^${name}${entry.slice(1)}$`),
            replacement: join(process.cwd(), folder, source),
          },
        ],
  );
}

const folders = wordsOf("BPF_TOKEN_MUTATION_SOURCES").map((path) =>
  path.split("/").slice(0, 2).join("/"),
);

/**
 * Runs first what notices most: whether the modules can be loaded, and comparisons of whole answers. All tests
 * run for a mutant of a constant, until one fails; the usual order begins with the slowest file.
 */
class NoticingFirst extends BaseSequencer {
  async sort(files) {
    const ranks = [/own\/loads\.mjs$/, /\/(?:line-)?answers\.node\.test/, /answers\.node\.test/];
    const rank = ({ moduleId }) => {
      const found = ranks.findIndex((name) => name.test(moduleId));
      return found < 0 ? ranks.length : found;
    };
    return [...files].sort((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

const entries = [...new Set(folders)].flatMap(entriesOf);

export default defineConfig({
  resolve: {
    alias: entries,
    conditions: ["@bpf-token/source", "module", "browser", "development|production"],
  },
  ssr: { resolve: { conditions: ["@bpf-token/source", "node", "development|production"] } },
  test: {
    include: [
      ...words.filter((word) => !word.startsWith("!")),
      // A native program has no modules: a file without tests would fail.
      ...(entries.length > 0 ? ["tools/verify/mutations/own/loads.mjs"] : []),
    ],
    exclude: [
      ...["**/node_modules/**", "**/*.full.test.ts"],
      ...words.filter((word) => word.startsWith("!")).map((word) => word.slice(1)),
    ],
    sequence: { sequencer: NoticingFirst },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    provide: {
      ...{ full: false, propertySeed: 1 },
      entries: entries.map(({ replacement }) => replacement),
    },
  },
});
