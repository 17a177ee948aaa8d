// SPDX-License-Identifier: MIT
import type { ManagerFact } from "../facts.js";
import { managerIn } from "../proc.js";

/** Managers nest cgroups less deeply than this. */
const DEEPEST = 16;

/**
 * Returns the manager of the host that a process belongs to: that of the outermost cgroup with a name that
 * managers use. A container can give the cgroups below its own any name.
 *
 * @param cgroup - the text of `/proc/PID/cgroup`.
 */
export function ownerIn(cgroup: string): ManagerFact | undefined {
  const found = cgroup.split("\n").flatMap((line) => outermost(line) ?? []);
  return found.find(({ kind }) => kind !== "systemd") ?? found[0];
}

function outermost(line: string): ManagerFact | undefined {
  const parts = line.slice(line.indexOf("/")).split("/", DEEPEST);
  for (let count = 2; count <= parts.length; count++) {
    const manager = managerIn(`0::${parts.slice(0, count).join("/")}`);
    if (manager !== undefined) return manager;
  }
  return undefined;
}
