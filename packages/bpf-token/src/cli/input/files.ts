// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";
import { UsageError } from "../usage.js";

/**
 * Reads a file that the command line names.
 *
 * @throws UsageError where it cannot be read, for every command.
 */
export async function readInputFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code ?? String(e);
    throw new UsageError(`cannot read '${file}': ${problems[code] ?? code}`, "");
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory; name the files in it, e.g. scenarios/*.yaml",
  EACCES: "reading it is not permitted",
};
