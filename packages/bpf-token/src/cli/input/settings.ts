// SPDX-License-Identifier: MIT
import {
  DelegationError,
  type Dialect,
  type ParsedDelegation,
  parseDelegation,
} from "@bpf-token/delegation";
import { FindingError } from "../usage.js";
import { readInput } from "./files.js";

/**
 * Reads a delegation from a file, or from standard input for `-`.
 *
 * @param dialect - default: detected.
 * @throws UsageError if the file cannot be read, FindingError if it has no valid delegation.
 */
export async function readSettings(file: string, dialect?: Dialect): Promise<ParsedDelegation> {
  const text = (await readInput(file)).toString();
  try {
    return parseDelegation(text, dialect);
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    throw new FindingError(`${file === "-" ? "standard input" : file}: ${error.message}`);
  }
}
