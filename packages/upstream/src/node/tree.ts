// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
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
    return ARCHIVE.test(place) ? archiveTree(place, paths) : undefined;
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

/** Extracts all files in one run, because each tar run unpacks the archive from the start. */
function archiveTree(archive: string, paths: readonly string[]): KernelTree {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-upstream-"));
  try {
    const members = paths.map((path) => `*/${path}`);
    // The first match of each member is enough. The star matches the top folder.
    const how = [
      "--occurrence=1",
      "--wildcards",
      "--no-wildcards-match-slash",
      "--strip-components=1",
    ];
    const run = spawnSync("tar", ["-x", "-f", archive, "-C", folder, ...how, ...members], {
      encoding: "utf8",
    });
    if (run.error !== undefined) {
      const way = "Fix: unpack it and name the folder";
      throw new SourceError("no-source", `${archive}: tar cannot be run. ${way}`);
    }
    const texts = new Map(
      paths.flatMap((path) => {
        const file = join(folder, path);
        return existsSync(file) ? [[path, readFileSync(file)] as const] : [];
      }),
    );
    if (texts.size === 0) {
      const why = run.stderr.split("\n")[0] ?? "";
      throw new SourceError("no-file", `${archive} contains no ${paths.join(", ")} (${why})`);
    }
    return { kind: "archive", files: texts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
