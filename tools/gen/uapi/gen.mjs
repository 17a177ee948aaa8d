// SPDX-License-Identifier: MIT
// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { emitChecks, readChecks, readRules } from "./checks.mjs";
import { readCheckExamples } from "./checks-page.mjs";
import { emitDelegation } from "./emit-c-delegation.mjs";
import { emitSyscalls } from "./emit-c-syscalls.mjs";
import { emitTables } from "./emit-c-tables.mjs";
import { emitUapi } from "./emit-c-uapi.mjs";
import { emitNeeds } from "./emit-needs.mjs";
import { emitDifferences, readDifferences } from "./emit-ts-differences.mjs";
import { emitEnums } from "./emit-ts-enums.mjs";
import { emitFixes, readFixes } from "./emit-ts-fixes.mjs";
import { emitLayouts } from "./emit-ts-layouts.mjs";
import { emitReleases } from "./emit-ts-releases.mjs";
import { emitCalls } from "./emit-ts-syscalls.mjs";
import { loadFacts } from "./facts.mjs";
import { generated } from "./text.mjs";
import { emitUnmodelled, readUnmodelled } from "./unmodelled.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Folders with generated files; files of earlier versions may remain there. */
const folders = [
  "core-c/include/uapi/linux",
  "core-c/include/uapi/asm",
  "core-c/include/uapi/asm-generic",
  "core-c/include/generated",
  "packages/kernel-native/native/generated",
  "packages/uapi/src/generated",
  "packages/syscall/src/generated",
];

/**
 * Generates all files from facts.json, releases.json and the check tables of the core.
 *
 * @param {string} [from] - root of the repository
 * @returns {Map<string, string>} path below the root to text
 */
export function generate(from = root) {
  const facts = loadFacts(join(from, "tools/gen/uapi/facts.json"));
  const errnos = new Set(facts.errno.map((e) => e.name));
  const rules = readRules(join(from, "docs/spec/rules.json"));
  const checks = readChecks(join(from, "core-c/include/trace/checks"), errnos, rules);
  const unmodelled = readUnmodelled(join(from, "core-c/include/trace/unmodelled.def"));
  const names = facts.releases.map((release) => release.name);
  const changes = readDifferences(join(from, "docs/spec/differences.json"), names, rules);
  const fixes = readFixes(join(from, "tools/gen/uapi/fixes.json"), checks);
  const examples = readCheckExamples(join(from, "docs/spec/check-examples.json"));
  return new Map([
    ...emitUapi(facts),
    ...emitTables(facts),
    ...emitSyscalls(facts),
    ...emitDelegation(facts),
    ...emitEnums(facts),
    ...emitLayouts(facts),
    ...emitCalls(facts),
    ...emitChecks(checks, { rules, changes, fixes, examples }, unmodelled),
    ...emitDifferences(changes),
    ...emitFixes(fixes),
    ...emitNeeds(facts),
    ...emitReleases(facts.releases),
    ...emitUnmodelled(unmodelled),
  ]);
}

/**
 * Files with the generator's mark that are no longer generated.
 *
 * @param {Map<string, string>} files
 * @param {string} [from]
 * @returns {string[]}
 */
export function leftOver(files, from = root) {
  return folders
    .filter((d) => existsSync(join(from, d)))
    .flatMap((d) => readdirSync(join(from, d)).map((f) => `${d}/${f}`))
    .filter((f) => /\.(h|ts)$/.test(f) && !files.has(f))
    .filter((f) => readFileSync(join(from, f), "utf8").slice(0, 200).includes(generated));
}

/**
 * The files that are out of date.
 *
 * @param {string} [from]
 * @returns {string[]} one line each
 */
export function outOfDate(from = root) {
  const files = generate(from);
  const wrong = leftOver(files, from).map((f) => `${f}: no longer generated`);
  for (const [path, text] of files) {
    const full = join(from, path);
    if (!existsSync(full)) wrong.push(`${path}: missing`);
    else if (readFileSync(full, "utf8") !== text) wrong.push(`${path}: differs`);
  }
  return wrong;
}

/** @param {string[]} args @returns {number} the exit code */
function main(args) {
  if (args.some((a) => a !== "--check") || args.length > 1) {
    console.error("usage: npm run gen [-- --check]");
    return 2;
  }
  if (args.length === 1) {
    const wrong = outOfDate();
    for (const w of wrong) console.log(w);
    if (wrong.length > 0) console.log("run 'npm run gen' and commit the changes");
    return wrong.length === 0 ? 0 : 1;
  }
  const files = generate();
  for (const f of leftOver(files)) rmSync(join(root, f));
  let written = 0;
  for (const [path, text] of files) {
    const full = join(root, path);
    if (existsSync(full) && readFileSync(full, "utf8") === text) continue;
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    written++;
  }
  console.log(`${files.size} files, ${written} changed`);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exitCode = 1;
  }
}
