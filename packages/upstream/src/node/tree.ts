// SPDX-License-Identifier: MIT
import { existsSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { SourceError } from "../errors.js";
import { readCommit } from "./git.js";
import { mostSource, readRegularFile } from "./regular-file.js";

/** Files of a kernel tree by path. */
export interface KernelTree {
  readonly kind: "tree" | "git" | "archive";
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const ARCHIVE = /\.(tar(\.\w+)?|tgz|txz)$/;

/**
 * Reads files of a kernel tree.
 *
 * @param place - a folder, `FOLDER@REVISION`, or an archive that tar can read.
 * @param paths - the files to read; those that do not exist are omitted.
 * @returns undefined if the place is none of these.
 * @throws SourceError for a file that is not regular, too large or outside the tree.
 */
export async function readTree(
  place: string,
  paths: readonly string[],
): Promise<KernelTree | undefined> {
  if (existsSync(place)) {
    if (statSync(place).isDirectory()) return { kind: "tree", files: readFolder(place, paths) };
    if (!ARCHIVE.test(place)) return undefined;
    // The library for archives is loaded only if there is one.
    const { readArchive } = await import("./archive.js");
    return { kind: "archive", files: await readArchive(place, paths) };
  }
  const at = place.lastIndexOf("@");
  const [folder, revision] = [place.slice(0, at), place.slice(at + 1)];
  if (at <= 0 || !existsSync(folder)) return undefined;
  return { kind: "git", files: await readCommit(folder, revision, paths, mostSource) };
}

function readFolder(folder: string, paths: readonly string[]): ReadonlyMap<string, Uint8Array> {
  const top = realpathSync(folder);
  return new Map(
    paths.flatMap((path) => {
      const file = join(folder, path);
      if (!existsSync(file)) return [];
      const real = realpathSync(file);
      if (relative(top, real).split(sep)[0] === "..") {
        throw new SourceError("unsafe", `${file} is a symbolic link to a file outside the tree`);
      }
      return [[path, readRegularFile(real)] as const];
    }),
  );
}
