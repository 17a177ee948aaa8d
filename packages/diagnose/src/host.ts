// SPDX-License-Identifier: MIT
import type { BpffsPlace, DelegationMasks } from "@bpf-token/delegation";
import type { Facts, ManagerFact, UnknownFact } from "./facts.js";

/** A process by number and name. The process chooses its name. */
export interface ProcessName {
  readonly pid: number;
  readonly program: string;
}

/** Capabilities of a process, as masks with one bit per capability. */
export interface CapabilityReach {
  /** The permitted set. */
  readonly held: bigint;
  /** Also the bounding set, unless no_new_privs keeps the process from it: a set-user-ID program gives it. */
  readonly reachable: bigint;
}

/** The BPF filesystems that the processes of a mount namespace with the same root see. */
export interface MountView {
  readonly places: readonly BpffsPlace[];
}

/** The processes of one container or unit that are in the same namespaces. */
export interface ProcessSet {
  /** The manager of the host that started them. */
  readonly owner?: ManagerFact & {
    /** What people call it, if the manager keeps a name. */
    readonly title?: string;
  };
  readonly userns: Facts["userns"];
  /** Undefined if the reader does not see the network namespace of the host. */
  readonly hostNetwork?: boolean;
  readonly view: MountView;
  readonly count: number;
  /** The numbers of the processes, of many the first ones. */
  readonly pids: readonly number[];
  /** The process with the lowest number. */
  readonly first: ProcessName;
  /** The capabilities that occur, each combination once. */
  readonly capabilities: readonly CapabilityReach[];
}

/** An open token. */
export interface OpenToken {
  readonly masks: DelegationMasks;
  /** The id of the mount that it was created from. */
  readonly mount: number;
  /** Distinguishes tokens: several processes may have the same one. */
  readonly inode: number;
  readonly holders: readonly (ProcessName & { readonly set: ProcessSet })[];
}

/** Who can reach which delegation on a host, and which tokens are open. */
export interface HostSnapshot {
  /** The running kernel, as `uname -r` prints it. */
  readonly release: string;
  readonly lockdown?: Facts["lockdown"];
  /** How many processes were read. */
  readonly processes: number;
  /** Only of processes that see a delegation or have a token. */
  readonly sets: readonly ProcessSet[];
  /** Every view, also those of processes that see no delegation. */
  readonly views: readonly MountView[];
  readonly tokens: readonly OpenToken[];
  /**
   * The capabilities that occur in each user namespace but the initial one, also those of processes that
   * see no delegation: they can enter the namespaces of others, or get a token from them.
   */
  readonly namespaces: ReadonlyMap<number, readonly CapabilityReach[]>;
  /** Devices of the BPF filesystems that the host sees. */
  readonly onHost: ReadonlySet<string>;
  readonly unknown: readonly UnknownFact[];
}
