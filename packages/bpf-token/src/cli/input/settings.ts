// SPDX-License-Identifier: MIT
import {
  DelegationError,
  type Dialect,
  type ParsedDelegation,
  parseDelegation,
} from "@bpf-token/delegation";
import { FindingError } from "../usage.js";
import { readInput } from "./files.js";

/** A delegation that a file contains, and the capabilities that it names. */
export interface Settings extends ParsedDelegation {
  /** Capabilities such as `bpf`; empty if the file names none. */
  readonly capabilities: readonly string[];
}

/**
 * Reads a delegation from a file, or from standard input for `-`.
 *
 * @param dialect - default: detected.
 * @throws UsageError if the file cannot be read, FindingError if it has no valid delegation.
 */
export async function readSettings(file: string, dialect?: Dialect): Promise<Settings> {
  const text = (await readInput(file)).toString();
  try {
    const parsed = dialect === undefined ? parseDelegation(text) : parseDelegation(text, dialect);
    return { ...parsed, capabilities: capabilitiesIn(text) };
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    throw new FindingError(`${file === "-" ? "standard input" : file}: ${error.message}`);
  }
}

function capabilitiesIn(text: string): readonly string[] {
  const names = [...text.matchAll(/\bCAP_([A-Z_]+)\b/g)].map(([, name = ""]) => name.toLowerCase());
  return [...new Set(names)];
}
