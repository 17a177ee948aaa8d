// SPDX-License-Identifier: MIT
// The tests for mutants: those that BPF_TOKEN_MUTATION_TESTS names, in Node.
import { defineConfig } from "vitest/config";

const words = (process.env.BPF_TOKEN_MUTATION_TESTS ?? "").split(" ").filter(Boolean);

export default defineConfig({
  resolve: { conditions: ["@bpf-token/source", "module", "browser", "development|production"] },
  ssr: { resolve: { conditions: ["@bpf-token/source", "node", "development|production"] } },
  test: {
    include: words.filter((word) => !word.startsWith("!")),
    exclude: [
      ...["**/node_modules/**", "**/*.full.test.ts"],
      ...words.filter((word) => word.startsWith("!")).map((word) => word.slice(1)),
    ],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    provide: { full: false, propertySeed: 1 },
  },
});
