#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions } from "../../lib/options.mjs";
import { codeOf, newest, readReleases, releasesFile } from "../../lib/releases.mjs";
import { root } from "../../lib/run.mjs";
import { changedFunctions, changedNames, trackedIn } from "./lib/changes.mjs";
import { identified, withRelease } from "./lib/entry.mjs";

const HELP = `usage: npm run tool release:new -- X.Y --source TREE [--before TREE]

Adds a Linux release to tools/gen/uapi/releases.json and generates the files that follow from it. The
new release has the rules of the one before until you change them. With --before, prints what changed
in the functions that core-c models, and in the names of the user-space API. Next: npm run tool facts,
then docs/spec/semantics.md, the C and scenarios, as tools/gen/uapi/README.md says.

Options:
  --source TREE  the kernel's source: a folder, or an archive such as linux-source-X.Y.tar.xz
  --before TREE  the source of the newest release so far

Exit codes: 0 added; 1 the source lacks a file; 2 usage.`;

const headers = ["bpf.h", "mount.h", "fcntl.h", "capability.h"].map(
  (name) => `include/uapi/linux/${name}`,
);

function refine({ values, positionals: [name, ...more] }) {
  if (name === undefined || more.length > 0) throw new RangeError("name one release");
  if (!/^\d+\.\d+$/.test(name) || codeOf(name) <= codeOf(newest))
    throw new RangeError(`'${name}' is no release after ${newest}`);
  if (values.source === undefined) throw new RangeError("--source is missing");
  for (const place of [values.source, values.before])
    if (place !== undefined && !existsSync(place)) throw new RangeError(`${place} does not exist`);
  return { name, ...values };
}

/** Reads files of a tree; those of an archive are unpacked into a folder that is removed at the end. */
function openTree(place, folder, paths) {
  if (!place.includes(".tar")) return readerOf(place);
  // tar fails if the archive lacks one of the files, as an old release may.
  const names = paths.map((path) => `*/${path}`);
  spawnSync("tar", ["-xf", place, "-C", folder, "--strip-components=1", "--wildcards", ...names]);
  return readerOf(folder);
}

const readerOf = (folder) => (path) => {
  const file = join(folder, path);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
};

function tracked() {
  const folder = join(root, "core-c");
  return readdirSync(folder, { recursive: true })
    .filter((path) => /\.[ch]$/.test(path) && !path.startsWith("build"))
    .flatMap((path) => trackedIn(`core-c/${path}`, readFileSync(join(folder, path), "utf8")));
}

function main({ name, source, before }) {
  const functions = tracked();
  const paths = [...new Set([...identified, ...headers, ...functions.map(({ path }) => path)])];
  const folders = ["new", "old"].map((one) => mkdtempSync(join(tmpdir(), `release-${one}-`)));
  try {
    const now = openTree(source, folders[0], paths);
    writeFileSync(releasesFile, withRelease(readFileSync(releasesFile, "utf8"), name, now));
    const gen = join(root, "tools/gen/gen.mjs");
    const { status } = spawnSync(process.execPath, [gen], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) return 1;
    console.log(`added Linux ${name}: ${readReleases().length} releases`);
    if (before === undefined) return 0;
    const old = openTree(before, folders[1], paths);
    const lines = [...changedFunctions(functions, old, now), ...changedNames(headers, old, now)];
    for (const line of lines) console.log(line);
    console.log(`${lines.length} changes since the source of --before`);
    return 0;
  } catch (error) {
    console.error(error.message);
    return 1;
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
}

const options = { source: { type: "string" }, before: { type: "string" } };
process.exitCode = main(readOptions(HELP, { options, allowPositionals: true }, refine));
