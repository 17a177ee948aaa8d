// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SourceError } from "../errors.js";
import { outputOf } from "./run.js";

/** Files of a kernel tree, wherever it is. */
export interface KernelTree {
  readonly kind: "tree" | "git" | "archive";
  /** A file, from the top of the tree; undefined if it is not there. */
  read(path: string): Uint8Array | undefined;
}

const ARCHIVE = /\.(tar(\.\w+)?|tgz|txz)$/;

/**
 * Opens what is a kernel tree; undefined for everything else.
 *
 * @param place - a folder, `FOLDER@REVISION`, or an archive that tar can read.
 * @param paths - the files that will be read.
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

/** All at once, since every look into an archive unpacks it from the start. */
function archiveTree(archive: string, paths: readonly string[]): KernelTree {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-upstream-"));
  try {
    const members = paths.map((path) => `*/${path}`);
    // The first match of each is enough; a star is the one folder at the top.
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
      const way = "unpack it and name the folder";
      throw new SourceError("no-source", `${archive}: tar cannot be run; ${way}`);
    }
    const texts = new Map(
      paths.flatMap((path) => {
        const file = join(folder, path);
        return existsSync(file) ? [[path, readFileSync(file)] as const] : [];
      }),
    );
    if (texts.size === 0) {
      const why = run.stderr.split("\n")[0] ?? "";
      throw new SourceError("no-file", `${archive}: no ${paths.join(", ")} in it (${why})`);
    }
    return { kind: "archive", read: (path) => texts.get(path) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
