// SPDX-License-Identifier: MIT
import { DelegationError, type Dialect, formatDelegation } from "@bpf-token/delegation";
import type { KernelRelease } from "@bpf-token/uapi";
import type { Policy } from "./policy.js";

/**
 * Formats a policy as settings of a program, one setting per line.
 *
 * @param release - the release whose names the settings may have. Default: the newest known one.
 * @returns for a bit that the dialect cannot express, one line: a comment with the reason.
 * @example
 * ```ts
 * const policy = policyOf([{ file: "x.bpf.o", object: parseObject(bytes) }]);
 * policySettings(policy, "kernel");
 * // ["delegate_cmds=map_create:prog_load,delegate_maps=array,delegate_progs=xdp"]
 * ```
 */
export function policySettings(
  { delegation, capabilities }: Pick<Policy, "delegation" | "capabilities">,
  dialect: Dialect,
  release?: KernelRelease,
): readonly string[] {
  try {
    const options = { capabilities, ...(release === undefined ? {} : { release }) };
    return formatDelegation(delegation, dialect, options);
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    return [`# ${error.message}`];
  }
}
