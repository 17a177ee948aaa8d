// SPDX-License-Identifier: MIT
import { Capability, nearest } from "@bpf-token/uapi/names";
import { DelegationError } from "./error.js";

/**
 * Parses `bpf,net_admin`, with or without `CAP_`; `all` and `none`.
 *
 * @returns a mask with the bit of each capability.
 * @throws DelegationError with the nearest capability for an unknown name.
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
    throw new DelegationError(`there is no capability '${word.trim()}'; ${guess}`);
  }, 0n);
}

/** The names of the capabilities in a mask: `CAP_BPF`, `CAP_NET_ADMIN`. */
export function capabilityNames(mask: bigint): readonly string[] {
  return Object.entries(Capability)
    .filter(([, bit]) => (mask >> BigInt(bit)) & 1n)
    .map(([name]) => `CAP_${name}`);
}
