// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { CollectError } from "./collect.js";
import { containersNamed, type NamedContainer } from "./container-names.js";
import { pidsIn } from "./proc-files.js";

/**
 * Finds the oldest process of a container or unit by its cgroup.
 *
 * @param name - a systemd unit (`agent.service` or `agent`), also that of a Quadlet; the name of an LXD or
 *   Incus container; a name of Docker, Podman or nerdctl; a pod as `NAMESPACE/POD[/CONTAINER]` or
 *   `POD[/CONTAINER]`; or the id of a container, or its beginning (12 digits or more).
 * @param proc - the mount point of proc.
 * @param root - the folder with `var` and `run`, where managers keep the names of containers.
 * @throws {@link CollectError} if no process belongs to it, or the name fits cgroups at several places:
 *   who may create cgroups below their own can give them any name.
 * @example
 * ```ts
 * const facts = collectFacts(findContainer("agent.service"));
 * ```
 */
export function findContainer(name: string, proc = "/proc", root = "/"): number {
  const named = containersNamed(name, root);
  const places = placesOf(proc, (part, before) => fits(part, before, name, named));
  const [found, other] = places.values();
  if (found === undefined) throw new CollectError(nothing(name, named));
  if (other === undefined) return found.pid;
  const lines = [...places].map(([place, { pid }]) => `${place} (${who(place, named)}pid ${pid})`);
  throw new CollectError(
    `several cgroups fit '${name}': ${lines.join(", ")}; give one process with --pid`,
  );
}

/** The oldest process of a place, and whether it is in the cgroup of a Quadlet's container. */
interface Oldest {
  readonly pid: number;
  readonly payload: boolean;
}

/** The oldest process at each place whose last part fits. Processes may be in cgroups below it. */
function placesOf(
  proc: string,
  fitting: (part: string, before: string | undefined) => boolean,
): ReadonlyMap<string, Oldest> {
  const places = new Map<string, Oldest>();
  const endOf = (path: readonly string[]): number =>
    path.findIndex((part, i) => fitting(part, path[i - 1])) + 1;
  for (const pid of pidsIn(proc)) {
    const path = cgroupPaths(proc, pid).find((one) => endOf(one) > 0);
    if (path === undefined) continue;
    const place = path.slice(0, endOf(path)).join("/");
    // A Quadlet's unit contains Podman's own processes too, which are older than the container.
    const payload = path.some((part) => part.startsWith("libpod-payload-"));
    const before = places.get(place);
    if (before === undefined || (payload && !before.payload)) places.set(place, { pid, payload });
  }
  return places;
}

/** How managers name the cgroup of a container: by its id. Podman's conmon has another cgroup with it. */
const CONTAINER = /^(?!.*conmon)(?:[a-z-]+-)?([0-9a-f]{12,64})(?:\.scope)?$/;

function fits(
  part: string,
  before: string | undefined,
  name: string,
  named: readonly NamedContainer[],
): boolean {
  if (/\.(service|scope)$/.test(part) && (part === name || part === `${name}.service`)) return true;
  if (part === `lxc.payload.${name}`) return true;
  if (part === name && (before === "lxc" || before === "lxc.payload")) return true;
  const id = CONTAINER.exec(part)?.[1];
  if (id === undefined) return false;
  return (
    named.some((one) => one.id === id) || (/^[0-9a-f]{12,64}$/.test(name) && id.startsWith(name))
  );
}

function nothing(name: string, named: readonly NamedContainer[]): string {
  const [one] = named;
  if (one !== undefined) {
    return `no process belongs to '${name}': container ${one.id.slice(0, 12)} is not running`;
  }
  const why = process.geteuid?.() === 0 ? "" : "; only root can read the names of most containers";
  return `no process belongs to '${name}'${why}. Give a unit, a container's name or id, or NAMESPACE/POD`;
}

const who = (place: string, named: readonly NamedContainer[]): string => {
  const one = named.find(({ id }) => place.includes(id));
  return one === undefined ? "" : `${one.name}, `;
};

/** The paths of a process's cgroups, in parts. Processes may exit while the list is read. */
function cgroupPaths(proc: string, pid: number): readonly (readonly string[])[] {
  try {
    const lines = readFileSync(`${proc}/${pid}/cgroup`, "utf8").split("\n");
    return lines.map((line) => line.slice(line.indexOf("/")).split("/"));
  } catch {
    return [];
  }
}
