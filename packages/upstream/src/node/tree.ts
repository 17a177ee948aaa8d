// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SourceError } from "../errors.js";
import { outputOf } from "./run.js";

/** Read access to the files of a kernel tree. */
export interface KernelTree {
  readonly kind: "tree" | "git" | "archive";
  /** Reads a file by its path in the tree; undefined if it does not exist. */
  read(path: string): Uint8Array | undefined;
}

const ARCHIVE = /\.(tar(\.\w+)?|tgz|txz)$/;

/**
 * Opens a kernel tree.
 *
 * @param place - a folder, `FOLDER@REVISION`, or an archive that tar can read.
 * @param paths - the files that the caller will read.
 * @returns undefined if the place is none of these.
 */
export function openTree(place: string, paths: readonly string[]): KernelTree | undefined {
  if (existsSync(place)) {
    if (statSync(place).isDirectory()) return folderTree(place);
    return ARCHIVE.test(place) ? archiveTree(place, paths) : undefined;
  }
  const at = place.lastIndexOf("@");
  const [folder, revision] = [place.slice(0, at), place.slice(at + 1)];
  return at > 0 && existsSync(folder) ? gitTree(folder, revision) : undefined;
}

function folderTree(folder: string): KernelTree {
  return {
    kind: "tree",
    read: (path) => {
      const file = join(folder, path);
      return existsSync(file) ? readFileSync(file) : undefined;
    },
  };
}

function gitTree(folder: string, revision: string): KernelTree {
  const name = outputOf("git", ["-C", folder, "rev-parse", "--verify", `${revision}^{commit}`]);
  if (name === undefined) {
    const why =
      outputOf("git", ["--version"]) === undefined ? "git cannot be run" : "no such revision";
    throw new SourceError("no-source", `${folder}@${revision}: ${why}`);
  }
  const commit = name.toString().trim();
  return {
    kind: "git",
    read: (path) => outputOf("git", ["-C", folder, "show", `${commit}:${path}`]),
  };
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
    return { kind: "archive", read: (path) => texts.get(path) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
