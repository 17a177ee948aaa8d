#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readOptions } from "../lib/options.mjs";

const HELP = `usage: npm run tool licences

Checks that the first line of every source file (the second after #!) names its licence, and that it
matches the licence of the file's package or folder. Prints the files that are wrong.

Exit codes: 0 all are right; 1 some are wrong; 2 usage.`;

const root = fileURLToPath(new URL("../..", import.meta.url));
const source = /\.(tsx?|mjs|cjs|js|c|h|def|go|S|sh)$|^\.ci\//;
const tag = /^(?:\/\/|\/\*|#) SPDX-License-Identifier: (\S.*?)(?: \*\/)?$/;

/** The licence that the first line of a text names, or undefined. */
export function licenceOf(text) {
  const lines = text.split("\n", 2);
  return tag.exec(lines[0]?.startsWith("#!") ? (lines[1] ?? "") : (lines[0] ?? ""))?.[1];
}

/** The licences allowed for a path; `packageLicence` returns the licence of packages/NAME. */
export function allowedAt(path, packageLicence) {
  const [top, second, ...rest] = path.split("/");
  if (top === "packages" && rest.length > 0) return [packageLicence(second)];
  if (top !== "core-c") return ["MIT"];
  // Generated from facts, which have no licence.
  if (/^core-c\/include\/(uapi|generated)\//.test(path)) return ["GPL-2.0-only", "MIT"];
  return /\.(ts|mjs)$/.test(path) ? ["GPL-2.0-only", "MIT"] : ["GPL-2.0-only"];
}

/** The error for one file, or undefined. */
export function complaint(path, text, packageLicence) {
  const allowed = allowedAt(path, packageLicence);
  const found = licenceOf(text);
  if (found && allowed.includes(found)) return undefined;
  const expected = allowed.join(" or ");
  return found
    ? `${path}: licence ${found} is not allowed here; use ${expected}`
    : `${path}: no SPDX line first; write "SPDX-License-Identifier: ${allowed[0]}"`;
}

function packageLicence(name) {
  return JSON.parse(readFileSync(`${root}packages/${name}/package.json`, "utf8")).license;
}

function main() {
  const git = ["-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard"];
  const paths = execFileSync("git", git, { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => source.test(path) && existsSync(root + path));
  if (paths.length === 0) throw new Error("git lists no source files, so nothing was checked");
  const wrong = paths
    .map((path) => complaint(path, readFileSync(root + path, "utf8"), packageLicence))
    .filter((line) => line !== undefined);
  for (const line of wrong) console.error(line);
  console.log(`licences: ${paths.length} files, ${wrong.length} wrong`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  readOptions(HELP);
  main();
}
