// SPDX-License-Identifier: MIT
import { DelegationError, parseCapabilities, parseDelegateOptions } from "@bpf-token/delegation";
import type { Setup } from "../../explain/setup.js";
import { UsageError } from "../usage.js";

/**
 * Parses the values of `--delegate` and `--caps`.
 *
 * @throws UsageError for an unknown name.
 */
export function readSetup(command: string, delegate: unknown, caps: unknown): Setup {
  try {
    return {
      options: parseDelegateOptions(Array.isArray(delegate) ? delegate.map(String) : []),
      capabilities: parseCapabilities(String(caps ?? "all")),
    };
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    throw new UsageError(`${command}: ${error.message}`);
  }
}
