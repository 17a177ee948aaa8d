// SPDX-License-Identifier: MIT
import { ObjectFormatError } from "@bpf-token/object";
import { FindingError } from "../usage.js";

/** Rethrows an `ObjectFormatError` as a finding about the file, and any other error unchanged. */
export function throwMalformed(file: string, error: unknown): never {
  if (!(error instanceof ObjectFormatError)) throw error;
  throw new FindingError(`${file}: ${error.message}`);
}
