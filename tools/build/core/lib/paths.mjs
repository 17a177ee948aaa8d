// SPDX-License-Identifier: MIT
// Where things are, and which files make the kernel.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the repository, without a slash at its end. */
export const root = fileURLToPath(new URL("../../../..", import.meta.url)).replace(/[/\\]$/, "");

/** Folders of core-c that hold the model; what is not here is not part of the kernel. */
export const modelFolders = ["arch/wasm", "fs", "init", "kernel", "lib", "net", "security"];

/** Folders that headers are looked for in, the first one first. */
export const includeFolders = ["core-c/include", "core-c/include/uapi", "core-c/arch/wasm/include"];

/** Every file under a folder of the repository with one of these endings, by path, sorted. */
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

/** The C files of the model, sorted: the order of linking is the same on every machine. */
export function modelSources(top = root) {
  return modelFolders
    .flatMap((folder) => listFiles(`core-c/${folder}`, [".c"], top))
    .filter((path) => !path.includes("/tests/") && !path.includes("/test/"))
    .sort();
}

/** Everything that a source may include. */
export function modelHeaders(top = root) {
  return [...includeFolders, ...modelFolders.map((folder) => `core-c/${folder}`)]
    .flatMap((folder) => listFiles(folder, [".h", ".def"], top))
    .filter((path, i, all) => all.indexOf(path) === i)
    .sort();
}
