// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";
import { ObjectFormatError } from "@bpf-token/object";
import { CannotTellError } from "../usage.js";

/** Reads a file that a command was given. */
export async function readObjectFile(command: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code ?? String(e);
    throw new CannotTellError(`${command}: cannot read '${file}': ${code}`);
  }
}

/** Describes what is malformed in an object file. Rethrows any other error. */
export function describeMalformed(file: string, error: unknown): string {
  if (!(error instanceof ObjectFormatError)) throw error;
  return `${file}: ${error.message}`;
}
