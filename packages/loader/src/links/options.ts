// SPDX-License-Identifier: MIT
import type { FdLike } from "@bpf-token/syscall";
import type { AttachTypeName } from "@bpf-token/uapi";

/** The target for {@link attach}, as far as the program's section does not name it. */
export interface AttachOptions {
  /**
   * Index of a network interface in the task's network namespace: XDP, tcx, netkit. There is no
   * lookup by name, because procfs and sysfs may show another namespace.
   */
  readonly ifindex?: number;
  /** A cgroup: a cgroup2 directory, or an fd of one. */
  readonly cgroup?: string | FdLike;
  /**
   * A network namespace, for sk_lookup and flow_dissector: a path (`/proc/self/ns/net`) or an fd.
   */
  readonly netns?: string | FdLike;
  /** A map: sockets for sk_msg and sk_skb (Linux 6.10), or the map that an iterator visits. */
  readonly map?: FdLike<"map">;
  /**
   * A perf event from {@link openPerfEvent}. Programs of `SEC("perf_event")` need it. For classic
   * tracepoint, kprobe and uprobe programs it replaces the event of the section. The link keeps it.
   */
  readonly perfEvent?: FdLike;
  /** The process to which a task iterator or uprobe is restricted, with its threads. */
  readonly pid?: number;
  /**
   * Functions by name, optionally with offset (`function+0x10`). For kprobe (one) and kprobe.multi,
   * kernel functions; for uprobe (one) and uprobe.multi, functions of the executable or library.
   * Default: the function in the section name.
   */
  readonly symbols?: readonly string[];
  /** Path of the executable or library for a uprobe. Default: the path in the section name. */
  readonly binary?: string;
  /** Byte offset from the named function; for a uprobe without function, from the file's start. */
  readonly offset?: number;
  /** The hook of a netfilter program: `NFPROTO_*`, `NF_INET_*`, priority. */
  readonly netfilter?: {
    readonly family: number;
    readonly hook: number;
    readonly priority: number;
  };
  /**
   * Name of a tracepoint, if the section has none: `sched/sched_switch`, or `sched_switch` for a
   * raw tracepoint.
   */
  readonly tracepoint?: string;
  /** The attach type, if the section has none (`tc`, `cgroup/skb`) or a different one. */
  readonly attachType?: AttachTypeName;
  /** `link_create.flags`: `XDP_FLAGS_*`, `BPF_F_BEFORE` and the like. */
  readonly flags?: number;
  /** A number that the program reads with bpf_get_attach_cookie(). */
  readonly cookie?: bigint;
}
