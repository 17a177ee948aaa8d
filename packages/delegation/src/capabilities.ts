// SPDX-License-Identifier: MIT
import { Capability, nearest } from "@bpf-token/uapi/names";
import { DelegationError } from "./error.js";

/**
 * Parses a list of capabilities.
 *
 * @param text - names separated by commas, with or without `CAP_`; or `all`, or `none`.
 * @returns a mask with one bit per capability, as in capabilities(7).
 * @throws DelegationError for an unknown name, with the nearest capability.
 * @example
 * ```ts
 * parseCapabilities("bpf,net_admin"); // (1n << 39n) | (1n << 12n)
 * ```
 */
export function parseCapabilities(text: string): bigint {
  if (text === "all") return (1n << 64n) - 1n;
  if (text === "none") return 0n;
  return text.split(",").reduce((mask, word) => {
    const name = word.trim().toUpperCase().replace(/^CAP_/, "");
    if (Object.hasOwn(Capability, name)) {
      return mask | (1n << BigInt(Capability[name as keyof typeof Capability]));
    }
    const hint = nearest(name, Object.keys(Capability))?.toLowerCase();
    const guess = hint === undefined ? "capabilities(7) lists them" : `did you mean '${hint}'?`;
    throw new DelegationError(`unknown capability '${word.trim()}'; ${guess}`);
  }, 0n);
}

/**
 * Returns the names of the capabilities in a mask.
 *
 * @example
 * ```ts
 * capabilityNames(1n << 39n); // ["CAP_BPF"]
 * ```
 */
export function capabilityNames(mask: bigint): readonly string[] {
  return Object.entries(Capability)
    .filter(([, bit]) => (mask >> BigInt(bit)) & 1n)
    .map(([name]) => `CAP_${name}`);
}
