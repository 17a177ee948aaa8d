// SPDX-License-Identifier: MIT
import { ObjectFormatError } from "@bpf-token/object";
import { FindingError } from "../usage.js";

/** Throws what is malformed in an object file as a finding about the file; rethrows any other error. */
export function throwMalformed(file: string, error: unknown): never {
  if (!(error instanceof ObjectFormatError)) throw error;
  throw new FindingError(`${file}: ${error.message}`);
}
