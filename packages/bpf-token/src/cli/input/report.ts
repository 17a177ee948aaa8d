// SPDX-License-Identifier: MIT
import type { Facts } from "@bpf-token/diagnose";
import { FindingError } from "../usage.js";
import { readInput } from "./files.js";

/**
 * Reads a report that `doctor --bundle` wrote; `-` is standard input.
 *
 * @throws FindingError for a file that is no report, with the name of the field.
 */
export async function readReport(file: string): Promise<Facts> {
  const { FactsError, parseFacts } = await import("@bpf-token/diagnose");
  const bytes = await readInput(file);
  try {
    return parseFacts(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof FactsError)) throw error;
    throw new FindingError(`${file}: ${error.message}`);
  }
}
