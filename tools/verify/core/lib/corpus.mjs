// SPDX-License-Identifier: MIT
// Inputs in the repository: core-c/tests/fuzz/corpus/*.txt, base64 and a remark per line.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digest } from "../../../build/core/lib/cache.mjs";
import { root } from "../../../build/core/lib/paths.mjs";

const FOLDER = join(root, "core-c/tests/fuzz/corpus");

/** Every input of the lists. */
export function corpus() {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .flatMap((name) => readFileSync(join(FOLDER, name), "utf8").split("\n"))
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "")
    .map((line) => Buffer.from(line, "base64"));
}

/** Writes the inputs into a folder as libFuzzer wants them, beside what it has found there. */
export function unpackCorpus(folder) {
  mkdirSync(folder, { recursive: true });
  for (const input of corpus()) writeFileSync(join(folder, digest(input).slice(0, 40)), input);
}
