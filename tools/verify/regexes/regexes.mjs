#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { findRegexes } from "./lib/find.mjs";
import { ALLOWED, findGrowth } from "./lib/growth.mjs";

const HELP = `usage: npm run tool regexes -- [PATH...]

Checks that hostile text cannot stop a program of ours: the steps of each regular expression in
packages/*/src must grow no faster than the text, by an exponent of at most ${ALLOWED}. Repeats the words of
each expression, and counts the steps of V8's own matcher. Prints each expression that is slower, with
the text to repeat. Expressions that cannot be checked are in tools/verify/regexes/exempt.json.

  PATH  check only files whose path begins with PATH (default: every package)

Exit codes: 0 every expression is linear; 1 findings; 2 usage.`;

/**
 * Reads the sources of all packages.
 *
 * @returns {[path: string, source: string][]}
 */
export function readSources() {
  return readdirSync(`${root}packages`)
    .flatMap((name) =>
      readdirSync(`${root}packages/${name}/src`, { recursive: true }).map(
        (file) => `packages/${name}/src/${file.replaceAll("\\", "/")}`,
      ),
    )
    .filter((path) => /\.tsx?$/.test(path))
    .sort()
    .map((path) => [path, readFileSync(root + path, "utf8")]);
}

/** Reads the list of expressions that cannot be checked. */
export function readExempt() {
  return JSON.parse(readFileSync(new URL("exempt.json", import.meta.url), "utf8"));
}

/** Returns what is wrong with an expression; undefined if it is linear. */
export function problemOf({ source, flags }) {
  if (source === undefined) return "the expression is unknown before the program runs";
  const growth = findGrowth(source, flags);
  if (growth === undefined) return undefined;
  const { exponent, start, pump, end } = growth;
  const [before, word, after] = [start, pump, end].map((text) => JSON.stringify(text));
  const figure = exponent === Infinity ? "too many to count" : `n^${exponent.toFixed(1)}`;
  return `steps: ${figure} for ${before} + ${word} × n + ${after}`;
}

function main(prefixes) {
  const exempt = readExempt();
  const isExempt = ({ path, text }) => exempt.some((e) => e.path === path && e.text === text);
  const regexes = findRegexes(readSources()).filter(
    ({ path }) => prefixes.length === 0 || prefixes.some((prefix) => path.startsWith(prefix)),
  );
  if (regexes.length === 0) throw new Error("no file has an expression, so nothing was checked");
  let findings = 0;
  for (const regex of regexes.filter((one) => !isExempt(one))) {
    const problem = problemOf(regex);
    if (problem === undefined) continue;
    findings++;
    console.error(`${regex.path}:${regex.line}: ${regex.text}\n  ${problem}`);
  }
  console.log(`regexes: ${regexes.length} expressions, ${findings} findings`);
  process.exitCode = findings > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main(readOptions(HELP, { allowPositionals: true }, ({ positionals }) => positionals));
}
