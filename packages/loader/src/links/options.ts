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
  /**
   * An event of `openPerfEvent()`: what a program of `SEC("perf_event")` runs at, or a classic trace
   * point, kprobe or uprobe that is made otherwise than the section says. The link keeps it.
   */
  readonly perfEvent?: FdLike;
  /** The process that an iterator over tasks or a uprobe is kept to, and its threads. */
  readonly pid?: number;
  /**
   * Functions by their names, `function+0x10` being a place in one: of the kernel, for kprobe (one) and
   * kprobe.multi; of a program or library, for uprobe (one) and uprobe.multi. Default: what the section says.
   */
  readonly symbols?: readonly string[];
  /** The program or library of a uprobe, by its path. Default: what the section says. */
  readonly binary?: string;
  /** Bytes from a function that is named, or of a uprobe without one from the beginning of its file. */
  readonly offset?: number;
  /** Where a netfilter program runs: `NFPROTO_*`, `NF_INET_*`, priority. */
  readonly netfilter?: {
    readonly family: number;
    readonly hook: number;
    readonly priority: number;
  };
  /** The name of a trace point, where the section says none: `sched/sched_switch`, or a raw one's, `sched_switch`. */
  readonly tracepoint?: string;
  /** Where the section says no attach type (`tc`, `cgroup/skb`), or another one is meant. */
  readonly attachType?: AttachTypeName;
  /** `link_create.flags`: `XDP_FLAGS_*`, `BPF_F_BEFORE` and the like. */
  readonly flags?: number;
  /** A number that the program can ask for, bpf_get_attach_cookie(). */
  readonly cookie?: bigint;
}
