// SPDX-License-Identifier: MIT
// What a target starts with: valid inputs, the inputs of its corpus, and words.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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

/** The longest input and the largest list that {@link keepInputs} keeps, in bytes. */
const LONG = 300;
const LARGE = 6000;

/** Adds inputs of a folder to a corpus, the smallest first, until it is large. */
export function keepInputs(name, folder) {
  const known = new Set(seedsOf(name).map((input) => input.toString("base64")));
  const inputs = readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)))
    .filter(({ length }) => length > 0 && length <= LONG)
    .sort((one, other) => one.length - other.length)
    .map((input) => input.toString("base64"))
    .filter((line) => !known.has(line));
  const lines = inputsIn(corpusOf(name)).map((input) => input.toString("base64"));
  let size = lines.join("\n").length;
  for (const line of inputs) {
    size += line.length + 1;
    if (size > LARGE) break;
    lines.push(line);
  }
  if (lines.length > 0) writeFileSync(corpusOf(name), `${lines.join("\n")}\n`);
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
