// SPDX-License-Identifier: MIT
import { DelegationError, type Dialect, formatDelegation } from "@bpf-token/delegation";
import type { ObjectNeeds } from "@bpf-token/object";

/**
 * Programs in whose settings {@link formatPolicy} can write a policy.
 *
 * @example
 * ```ts
 * for (const dialect of policyDialects) console.log(formatPolicy(needs, dialect).join("\n"));
 * ```
 */
export const policyDialects = ["exec", "mount", "systemd", "lxd", "incus"] as const;
/** One of {@link policyDialects}. */
export type PolicyDialect = (typeof policyDialects)[number];

/**
 * Formats the least policy for an object as settings of a program, one setting per line.
 *
 * @param dialect - `exec`: a `bpf-token exec` command. `mount`: the mount options of a bpffs that belongs
 *   to the container's user namespace, for `fsconfig()`. `systemd`: a drop-in for a unit, for systemd 258
 *   or newer. `lxd`, `incus`: keys of the container's configuration.
 * @returns for a bit that systemd cannot express, one line: a comment with the reason.
 * @example
 * ```ts
 * formatPolicy(objectNeeds(parseObject(bytes)), "mount");
 * // ["delegate_cmds=map_create:prog_load,delegate_maps=array,delegate_progs=xdp"]
 * ```
 */
export function formatPolicy(needs: ObjectNeeds, dialect: PolicyDialect): readonly string[] {
  const { cmds, maps, progs, attachs, capabilities } = needs;
  const delegation = { cmds: [...cmds], maps: [...maps], progs: [...progs], attachs: [...attachs] };
  const to: Dialect = dialect === "mount" ? "kernel" : dialect;
  try {
    return formatDelegation(delegation, to, { capabilities });
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    return [`# ${error.message}`];
  }
}
