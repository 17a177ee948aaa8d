// SPDX-License-Identifier: MIT
import { capabilityMask } from "@bpf-token/syscall";
import type { CapabilityReach, HostSnapshot, MountView, ProcessName, ProcessSet } from "../host.js";
import { managerIn, statusField } from "../proc.js";

/** What decides to which set a process belongs, and its status. */
export interface ReadProcess extends Pick<ProcessSet, "userns" | "hostNetwork" | "view"> {
  readonly cgroup: string;
  readonly status: string;
}

/** A set that still grows. Afterwards `finished` is the result. */
export interface SetOfOne {
  readonly finished: ProcessSet;
}

interface Growing extends SetOfOne {
  finished: ProcessSet;
  readonly reaches: Map<string, CapabilityReach>;
}

/** How many numbers of processes a set has. */
const MOST_PIDS = 64;
/** Other capabilities do not matter for bpf(). */
const RELEVANT = capabilityMask(["SYS_ADMIN", "NET_ADMIN", "PERFMON", "BPF"]);

/** Collects processes that are alike. */
export class ProcessSets {
  readonly #names: ReadonlyMap<string, string>;
  readonly #sets = new Map<string, Growing>();
  readonly #views = new Map<MountView, number>();
  readonly #namespaces = new Map<number, Map<string, CapabilityReach>>();
  readonly #owners = new Map<string, ProcessSet["owner"]>();

  constructor(names: ReadonlyMap<string, string>) {
    this.#names = names;
  }

  /**
   * Adds a process or thread.
   *
   * @param known - the set that already counts it: that of the first thread.
   */
  add(
    name: ProcessName,
    { cgroup, status, ...namespaces }: ReadProcess,
    known?: SetOfOne,
  ): SetOfOne {
    const owner = this.#ownerOf(cgroup);
    const { userns, hostNetwork, view } = namespaces;
    const number = this.#views.get(view) ?? this.#views.size;
    this.#views.set(view, number);
    const key = JSON.stringify([owner?.kind, owner?.name, userns.inode, hostNetwork, number]);
    const set = this.#sets.get(key) ?? this.#start(key, name, { owner, ...namespaces });
    if (set !== known) set.finished = counted(set.finished, name.pid);
    const reach = reachIn(status);
    set.reaches.set(reachText(reach), reach);
    return set;
  }

  #start(
    key: string,
    first: ProcessName,
    { owner, ...rest }: Omit<ReadProcess, "cgroup" | "status"> & { owner: ProcessSet["owner"] },
  ): Growing {
    const shown = owner === undefined ? {} : { owner };
    const finished = { ...shown, ...rest, count: 0, pids: [], first, capabilities: [] };
    const set = { finished, reaches: new Map() };
    this.#sets.set(key, set);
    return set;
  }

  /** Adds the capabilities that a status shows to those of a user namespace. */
  addReach(namespace: number, status: string): void {
    const known = this.#namespaces.get(namespace) ?? new Map<string, CapabilityReach>();
    const reach = reachIn(status);
    this.#namespaces.set(namespace, known.set(reachText(reach), reach));
  }

  /** The capabilities that occur in each user namespace. */
  get namespaces(): HostSnapshot["namespaces"] {
    return new Map([...this.#namespaces].map(([inode, all]) => [inode, [...all.values()]]));
  }

  finish(): readonly ProcessSet[] {
    for (const set of this.#sets.values()) {
      set.finished = { ...set.finished, capabilities: [...set.reaches.values()] };
    }
    return [...this.#sets.values()].map(({ finished }) => finished);
  }

  #ownerOf(cgroup: string): ProcessSet["owner"] {
    if (this.#owners.has(cgroup)) return this.#owners.get(cgroup);
    const owner = managerIn(cgroup);
    const title = this.#names.get(owner?.name ?? "");
    const named = owner === undefined || title === undefined ? owner : { ...owner, title };
    this.#owners.set(cgroup, named);
    return named;
  }
}

const reachText = ({ held, reachable }: CapabilityReach): string => `${held} ${reachable}`;

/** The capabilities in a `status` as text. */
export const reachTextIn = (status: string): string => reachText(reachIn(status));

/** A set with one more process. */
function counted(set: ProcessSet, pid: number): ProcessSet {
  const { count, pids } = set;
  const more = pids.length < MOST_PIDS && !pids.includes(pid) ? [...pids, pid] : pids;
  return { ...set, count: count + 1, pids: more };
}

function reachIn(status: string): CapabilityReach {
  const set = (name: string): bigint => {
    const text = statusField(status, name) ?? "";
    return /^[0-9a-f]{1,16}$/.test(text) ? BigInt(`0x${text}`) & RELEVANT : 0n;
  };
  const held = set("CapPrm");
  const keeps = statusField(status, "NoNewPrivs") === "1";
  return { held, reachable: keeps ? held : held | set("CapBnd") };
}
