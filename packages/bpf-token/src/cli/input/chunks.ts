// SPDX-License-Identifier: MIT
import { open } from "node:fs/promises";
import { UsageError } from "../usage.js";

/**
 * Reads a file piece by piece, or standard input for `-`.
 *
 * @throws UsageError if the file cannot be read.
 */
export async function* chunksOf(file: string): AsyncGenerator<Uint8Array> {
  if (file === "-") {
    yield* process.stdin as AsyncIterable<Uint8Array>;
    return;
  }
  try {
    const handle = await open(file);
    yield* handle.createReadStream() as AsyncIterable<Uint8Array>;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UsageError(`cannot read '${file}': ${problems[code] ?? code}`, "");
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: "the file does not exist",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
};
