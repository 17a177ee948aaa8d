// SPDX-License-Identifier: MIT
// What a target starts with: valid inputs, the inputs of its corpus, and words.
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digest } from "../../../build/core/lib/cache.mjs";
import { root } from "../../../lib/run.mjs";
import { inputsIn } from "../../core/lib/corpus.mjs";
import { valid } from "./valid.mjs";

/** The file of a target's corpus: one input in base64 and a remark per line. */
export const corpusOf = (name) => join(root, "tools/verify/fuzz/corpus", `${name}.txt`);

/** The inputs that a target starts with. */
export const seedsOf = (name) => [
  ...(valid[name]?.() ?? []).map((input) => Buffer.from(input)),
  ...inputsIn(corpusOf(name)),
];

/** Writes the inputs that a target starts with into a folder for libFuzzer. */
export function unpackSeeds(name, folder) {
  mkdirSync(folder, { recursive: true });
  for (const input of seedsOf(name)) {
    writeFileSync(join(folder, digest(input).slice(0, 40)), input);
  }
}

/** The longest input that {@link keepInputs} keeps, and the size of all that it adds, in bytes. */
const LONG = 400;
const LARGE = 6000;

/** Adds inputs of a folder to a corpus: short ones of every length. */
export function keepInputs(name, folder) {
  const known = new Set(seedsOf(name).map((input) => input.toString("base64")));
  const lines = readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)))
    .filter(({ length }) => length > 2 && length <= LONG)
    .sort((one, other) => one.length - other.length)
    .map((input) => `${input.toString("base64")}\n`)
    .filter((line) => !known.has(line.trimEnd()));
  const every = Math.ceil(lines.join("").length / LARGE);
  appendFileSync(corpusOf(name), lines.filter((_, i) => i % every === 0).join(""));
}

const LITERAL = /"((?:[^"\\\n]|\\.){2,40})"/g;

/** String literals of sources, as a dictionary of libFuzzer. */
export function dictionaryOf(sources) {
  const words = new Set(sources.flatMap(filesIn).flatMap(wordsIn));
  const inHex = (byte) => `\\x${byte.toString(16).padStart(2, "0")}`;
  return [...words].map((word) => `"${[...Buffer.from(word)].map(inHex).join("")}"\n`).join("");
}

function filesIn(path) {
  if (/\.\w+$/.test(path)) return [join(root, path)];
  const files = readdirSync(join(root, path), { recursive: true });
  return files.filter((name) => name.endsWith(".ts")).map((name) => join(root, path, name));
}

function wordsIn(file) {
  const text = readFileSync(file, "utf8").replace(/^(import|export .* from|#include) .*$/gm, "");
  return [...text.matchAll(LITERAL)].map(([, word]) => word);
}
