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
 * @throws {@link CollectError} if no process belongs to it, or the name fits cgroups at several places:
 *   who may create cgroups below their own can give them any name.
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
  const oldest = new Map<string, number>();
  for (const pid of pids) {
    const cgroup = cgroupOf(proc, pid);
    const found = managerIn(cgroup);
    if (found === undefined || !fits(found.name)) continue;
    const place = placeOf(cgroup, found.name);
    if (!oldest.has(place)) oldest.set(place, pid);
  }
  const [pid, other] = oldest.values();
  if (pid === undefined) {
    throw new CollectError(
      `no process belongs to '${name}'; give a unit, the name of an LXD or Incus container, or a container id`,
    );
  }
  if (other === undefined) return pid;
  const places = [...oldest].map(([place, one]) => `${place} (pid ${one})`).join(", ");
  throw new CollectError(`several cgroups fit '${name}': ${places}; give one process with --pid`);
}

/** The path of a cgroup up to a name. Processes of one container may be in cgroups below it. */
function placeOf(cgroup: string, name: string): string {
  const line = cgroup.split("\n").find((one) => one.includes(name)) ?? "";
  return line.slice(line.indexOf("/"), line.indexOf(name) + name.length);
}

/** Processes may exit while the list is read. */
function cgroupOf(proc: string, pid: number): string {
  try {
    return readFileSync(`${proc}/${pid}/cgroup`, "utf8");
  } catch {
    return "";
  }
}
