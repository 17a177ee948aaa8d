// SPDX-License-Identifier: MIT
// The settings that add what a process lacks: bits of masks, or capabilities.

import { axisNames, type DelegationAxis, delegationAxes } from "../axes.js";
import { DelegationError } from "../error.js";
import { type DelegationMasks, delegationOf } from "../masks.js";
import { ALL_BITS } from "../names.js";
import { formatDelegation } from "./format.js";

/** What starts a container or service. `lxc` stands for LXD and Incus. */
export type Manager = "systemd" | "lxc" | "docker" | "podman" | "kubernetes";

/**
 * Returns the settings with which a manager delegates the bits of masks, one per line.
 *
 * @param manager - undefined if it is not known.
 * @example
 * ```ts
 * addMasks(undefined, { maps: 2n }); // ["mount the BPF filesystem with delegate_maps=hash"]
 * ```
 */
export function addMasks(
  manager: Manager | undefined,
  masks: Partial<DelegationMasks>,
): readonly string[] {
  if (manager === "systemd")
    return axisNames.flatMap((axis) => systemdLines(axis, masks[axis] ?? 0n));
  const delegation = delegationOf(masks);
  switch (manager) {
    case "lxc":
      return [
        ...formatDelegation(delegation, "incus").map((line) => `Incus: ${line}`),
        ...formatDelegation(delegation, "lxd")
          .slice(1)
          .map((line) => `LXD: ${line}`),
      ];
    default:
      return formatDelegation(delegation, "kernel")
        .filter((options) => options !== "")
        .map(mountWith);
  }
}

/** The setting for a mask. A bit that systemd has no name for can only be delegated with all others. */
function systemdLines(axis: DelegationAxis, mask: bigint): readonly string[] {
  const lines = (bits: bigint): readonly string[] =>
    formatDelegation(delegationOf({ [axis]: bits }), "systemd").filter((line) =>
      line.startsWith("BPFDelegate"),
    );
  try {
    return lines(mask);
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    const [why] = error.message.split(";");
    const { what } = delegationAxes[axis];
    return [...lines(ALL_BITS), `careful: this line delegates every ${what}, because ${why}`];
  }
}

/**
 * Says that the BPF filesystem needs mount options.
 *
 * @example
 * ```ts
 * mountWith("delegate_maps=hash"); // "mount the BPF filesystem with delegate_maps=hash"
 * ```
 */
export const mountWith = (options: string): string => `mount the BPF filesystem with ${options}`;

/**
 * Returns the setting with which a manager gives a process capabilities.
 *
 * @param manager - undefined if it is not known; then the text names the settings of the usual ones.
 * @param names - without `CAP_`.
 * @param namespace - where the capabilities must count.
 * @example
 * ```ts
 * addCapabilities("systemd", ["BPF"]); // "AmbientCapabilities=CAP_BPF"
 * ```
 */
export function addCapabilities(
  manager: Manager | undefined,
  names: readonly string[],
  namespace: string = "its user namespace",
): string {
  const caps = names.map((name) => `CAP_${name}`).join(" ");
  const options = names.map((name) => `--cap-add ${name}`).join(" ");
  switch (manager) {
    case "systemd":
      return `AmbientCapabilities=${caps}`;
    case "docker":
    case "podman":
      return options;
    case "kubernetes":
      return `securityContext.capabilities.add: [${names.map((name) => `"${name}"`).join(", ")}]`;
    case "lxc":
      return `start the program with ${caps} in ${namespace}`;
    default:
      return `start the program with ${caps} in ${namespace}: AmbientCapabilities=${caps} (systemd), ${options} (Docker, Podman)`;
  }
}
