// SPDX-License-Identifier: MIT
// The folder that a person pushes as the repository of the GitHub Action and of the pre-commit hook.
import { copyFileSync, cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { archiveName, packArchive } from "./archive.mjs";
import { describeFolder } from "./sums.mjs";

const files = fileURLToPath(new URL("../action", import.meta.url));

/** Writes the files of the folder, but not the archives with the program. */
export function writeAction(folder) {
  rmSync(folder, { recursive: true, force: true });
  cpSync(files, folder, { recursive: true });
  copyFileSync(join(files, "../../../../LICENSES/MIT.txt"), join(folder, "LICENSE"));
}

/**
 * Writes the folder, with the archives that were packed before in the same run.
 *
 * @returns its path.
 */
export async function packAction({ archs, packed, ...context }) {
  const folder = join(context.out, "action");
  writeAction(folder);
  for (const arch of archs) {
    const name = `${archiveName({ ...context, arch })}.tar.xz`;
    const path = packed.get(name) ?? (await packArchive({ ...context, arch, out: folder }));
    if (path !== join(folder, name)) copyFileSync(path, join(folder, name));
  }
  describeFolder(folder, context.root);
  return folder;
}
