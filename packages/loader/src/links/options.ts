// SPDX-License-Identifier: MIT
import type { FdLike } from "@bpf-token/syscall";
import type { AttachTypeName } from "@bpf-token/uapi";

/** What a program is attached to, as far as its section does not say it already. */
export interface AttachOptions {
  /**
   * A network interface, by its number in the network namespace of the task: XDP, tcx, netkit. By
   * number, since a name that procfs or sysfs translates may be one of another namespace.
   */
  readonly ifindex?: number;
  /** A control group, as a directory of cgroup2 or an open one. */
  readonly cgroup?: string | FdLike;
  /** A network namespace, as a file (`/proc/self/ns/net`) or an open one: sk_lookup, flow_dissector. */
  readonly netns?: string | FdLike;
  /** A map: sockets of it for sk_msg and sk_skb (Linux 6.10), what an iterator over elements reads. */
  readonly map?: FdLike<"map">;
  /** An event of perf_event_open(2): perf_event, classic tracepoint, kprobe and uprobe. */
  readonly perfEvent?: FdLike;
  /** The process that an iterator over tasks is kept to, and its threads. */
  readonly pid?: number;
  /** Functions of the kernel, by their names: kprobe.multi. Default: the one in the section. */
  readonly symbols?: readonly string[];
  /** Where a netfilter program runs: `NFPROTO_*`, `NF_INET_*`, priority. */
  readonly netfilter?: {
    readonly family: number;
    readonly hook: number;
    readonly priority: number;
  };
  /** The name of a raw trace point, where the section says none. */
  readonly tracepoint?: string;
  /** Where the section says no attach type (`tc`, `cgroup/skb`), or another one is meant. */
  readonly attachType?: AttachTypeName;
  /** `link_create.flags`: `XDP_FLAGS_*`, `BPF_F_BEFORE` and the like. */
  readonly flags?: number;
  /** A number that the program can ask for, bpf_get_attach_cookie(). */
  readonly cookie?: bigint;
}
