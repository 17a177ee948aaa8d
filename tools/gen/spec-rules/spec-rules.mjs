#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { differences } from "./compare.mjs";
import { formatJson } from "./format.mjs";
import { readSpec } from "./rules.mjs";

const HELP = `usage: npm run tool gen:spec -- [--check] [--dir DIR]

Writes docs/spec/rules.json, the rules of the specification as data, from the tables of
docs/spec/semantics.md. Run it after a change of these tables, and npm run gen after it.

Options:
  --check     write nothing; print one line for each difference
  --dir DIR   the folder of semantics.md and rules.json (default: docs/spec)

Exit codes: 0 written, or the files match; 1 differences or mistakes in a table; 2 usage;
3 a file cannot be read.`;
const DEFAULT_DIR = fileURLToPath(new URL("../../../docs/spec", import.meta.url));

/**
 * @param {readonly string[]} argv
 * @param {{ out: (line: string) => void, err: (line: string) => void }} io
 * @returns {number} the exit code
 */
export function main(argv, io) {
  const options = readOptions(argv);
  if (typeof options === "string") {
    io.err(`spec-rules: ${options}\n${HELP.split("\n", 1)[0]}`);
    return 2;
  }
  if (options.help) {
    io.out(HELP);
    return 0;
  }
  const source = join(options.dir, "semantics.md");
  const target = join(options.dir, "rules.json");
  try {
    return run(source, target, options.check, io);
  } catch (error) {
    io.err(`spec-rules: ${error instanceof Error ? error.message : error}`);
    return 3;
  }
}

/** @param {readonly string[]} argv */
function readOptions(argv) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        check: { type: "boolean", default: false },
        dir: { type: "string", default: DEFAULT_DIR },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * @param {string} source
 * @param {string} target
 * @param {boolean} check
 * @param {{ out: (line: string) => void, err: (line: string) => void }} io
 */
function run(source, target, check, io) {
  const { rules, totals, problems } = readSpec(readFileSync(source, "utf8"));
  for (const { line, message } of problems) io.err(`${shown(source)}:${line}: ${message}`);
  if (problems.length > 0) return 1;
  if (check) {
    const found = differences(rules, readIfThere(target), formatJson(rules));
    for (const line of found) io.err(`${shown(target)}: ${line}`);
    if (found.length > 0) {
      io.err("spec-rules: run `npm run tool gen:spec` to write rules.json again");
      return 1;
    }
  } else {
    writeFileSync(target, formatJson(rules));
  }
  io.out(
    `${totals.rules} rules: ${totals.observed} observed, ${totals.vmOnly} in a VM only, ${totals.guestOnly} in later guests only, ` +
      `${totals.sourceOnly} from source only`,
  );
  return 0;
}

/** @param {string} path */
function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw error;
  }
}

/** @param {string} path */
function shown(path) {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

const invoked = process.argv[1];
if (invoked !== undefined && realpathSync(invoked) === fileURLToPath(import.meta.url)) {
  process.exitCode = main(process.argv.slice(2), {
    out: console.log,
    err: console.error,
  });
}
