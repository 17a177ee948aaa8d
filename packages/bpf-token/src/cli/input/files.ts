// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";
import { UsageError } from "../usage.js";

/**
 * Reads a file that the command line names.
 *
 * @throws UsageError if the file cannot be read.
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
  ENOENT: "the file does not exist",
  EISDIR: "it is a directory; give the files in it, e.g. scenarios/*.yaml",
  EACCES: "permission denied",
};
