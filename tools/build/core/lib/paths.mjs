// SPDX-License-Identifier: MIT
// Paths of the repository, and the list of files that form the kernel.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the repository, without a trailing slash. */
export const root = fileURLToPath(new URL("../../../..", import.meta.url)).replace(/[/\\]$/, "");

/** Folders of core-c with the model; other folders are not part of the kernel. */
export const modelFolders = ["arch/wasm", "fs", "init", "kernel", "lib", "net", "security"];

/** Include folders, in search order. */
export const includeFolders = ["core-c/include", "core-c/include/uapi", "core-c/arch/wasm/include"];

/** All files below a folder with one of these extensions, sorted by path. */
export function listFiles(folder, endings, top = root) {
  const from = join(top, folder);
  if (!existsSync(from)) return [];
  return readdirSync(from, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(top.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
}

/** The C files of the model, sorted so that the link order is the same on every machine. */
export function modelSources(top = root) {
  return modelFolders
    .flatMap((folder) => listFiles(`core-c/${folder}`, [".c"], top))
    .filter((path) => !path.includes("/tests/") && !path.includes("/test/"))
    .sort();
}

/** All headers that a source may include. */
export function modelHeaders(top = root) {
  return [...includeFolders, ...modelFolders.map((folder) => `core-c/${folder}`)]
    .flatMap((folder) => listFiles(folder, [".h", ".def"], top))
    .filter((path, i, all) => all.indexOf(path) === i)
    .sort();
}
