// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import { managerIn } from "../proc.js";
import { CollectError } from "./collect.js";

/**
 * Finds the oldest process of a container or unit by its cgroup.
 *
 * @param name - the name of a systemd unit (`agent.service` or `agent`), the name of
 *   an LXD or Incus container, or the id of a Docker, Podman or Kubernetes container, or its
 *   beginning (12 digits or more).
 * @param proc - the mount point of proc.
 * @throws {@link CollectError} if no process belongs to it.
 * @example
 * ```ts
 * const facts = collectFacts(findContainer("agent.service"));
 * ```
 */
export function findContainer(name: string, proc = "/proc"): number {
  const fits = (own: string): boolean =>
    own === name ||
    own === `${name}.service` ||
    (/^[0-9a-f]{12,64}$/.test(name) && own.startsWith(name));
  const pids = readdirSync(proc)
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .sort((a, b) => a - b);
  for (const pid of pids) {
    const found = managerIn(cgroupOf(proc, pid));
    if (found !== undefined && fits(found.name)) return pid;
  }
  throw new CollectError(
    `no process belongs to '${name}'; give a unit, the name of an LXD or Incus container, or a container id`,
  );
}

/** Processes may exit while the list is read. */
function cgroupOf(proc: string, pid: number): string {
  try {
    return readFileSync(`${proc}/${pid}/cgroup`, "utf8");
  } catch {
    return "";
  }
}
