// SPDX-License-Identifier: MIT
// Reads files from a kernel tree: a folder, or a source archive of a distribution.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { CheckError } from "./errors.mjs";

function readFrom(folder, path) {
  const file = join(folder, path);
  if (!existsSync(file)) throw new CheckError(`no ${path} in ${folder}`);
  return readFileSync(file);
}

/** `6.12` from the first lines of a tree's Makefile. */
function releaseOfMakefile(folder) {
  const file = join(folder, "Makefile");
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  const [, version] = /^VERSION = (\d+)$/m.exec(text) ?? [];
  const [, level] = /^PATCHLEVEL = (\d+)$/m.exec(text) ?? [];
  return version === undefined || level === undefined ? undefined : `${version}.${level}`;
}

/** `6.12` from names such as `linux-source-6.12` and `linux-6.12.118`. */
export function releaseOfName(name) {
  return /(?:^|-)(\d+\.\d+)(?:\.|-|$)/.exec(name)?.[1];
}

function unpack(archive, paths, scratch) {
  const members = paths.map((path) => `*/${path}`);
  // The first match of each file is enough, so tar need not read the whole archive.
  const args = ["--extract", "--occurrence=1", "--wildcards", "--file", archive, ...members];
  const run = spawnSync("tar", args, { cwd: scratch, encoding: "utf8" });
  if (run.error) throw new CheckError(`cannot run tar: ${run.error.message}`);
  const [top] = readdirSync(scratch);
  if (run.status !== 0 || top === undefined) {
    const why = run.stderr.trim().split("\n")[0] ?? "";
    throw new CheckError(`${basename(archive)}: no ${paths.join(", ")} in it (tar: ${why})`);
  }
  return join(scratch, top);
}

/**
 * Reads files from a kernel tree.
 *
 * @param place - the folder of a tree, or a tar archive.
 * @param paths - the files, from the top of the tree.
 * @param scratch - an empty folder to unpack into.
 * @returns `{ files, release }`: the contents by path, and the release if the tree names it.
 * @throws CheckError if the place or a file in it does not exist.
 */
export function filesFromSource(place, paths, scratch) {
  if (!existsSync(place)) throw new CheckError(`${place}: no such file or folder`);
  const isFolder = statSync(place).isDirectory();
  const tree = isFolder ? place : unpack(place, paths, scratch);
  const files = new Map(paths.map((path) => [path, readFrom(tree, path)]));
  return { files, release: releaseOfMakefile(tree) ?? releaseOfName(basename(tree)) };
}
