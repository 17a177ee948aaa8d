// SPDX-License-Identifier: MIT
// Inputs in the repository: core-c/tests/fuzz/corpus/*.txt, one input in base64 and a remark per
// line.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digest } from "../../../build/core/lib/cache.mjs";
import { root } from "../../../build/core/lib/paths.mjs";

const FOLDER = join(root, "core-c/tests/fuzz/corpus");

/** The inputs of a list; none if there is no such file. */
export function inputsIn(file) {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "")
    .map((line) => Buffer.from(line, "base64"));
}

/** Every input of the lists. */
export function corpus() {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .flatMap((name) => inputsIn(join(FOLDER, name)));
}

/** Writes the inputs into a libFuzzer corpus folder, next to inputs that libFuzzer found. */
export function unpackCorpus(folder) {
  mkdirSync(folder, { recursive: true });
  for (const input of corpus()) writeFileSync(join(folder, digest(input).slice(0, 40)), input);
}
