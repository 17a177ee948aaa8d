// SPDX-License-Identifier: MIT
import { AttachType as A, ProgType as P } from "@bpf-token/uapi";

/** The first releases that know a section name. See {@link SectionKind}. */
export interface SectionSince {
  /** The first libbpf release; older ones do not recognise the program's type. */
  readonly libbpf: string;
  /** The first Linux release that loads such programs; older ones answer EINVAL. */
  readonly linux: string;
}

/** The meaning of a section name for the programs in it. See {@link sectionKind}. */
export interface SectionKind {
  /** The name in `SEC()`, without a target. */
  readonly name: string;
  /** Whether `/TARGET` may follow the name. */
  readonly target: boolean;
  /** A `ProgType`. */
  readonly type: number;
  /** An `AttachType`, for `expected_attach_type`. */
  readonly attach: number;
  /** Whether the program may sleep (`BPF_F_SLEEPABLE`). */
  readonly sleepable: boolean;
  /** Whether the XDP program supports packets in several buffers (`BPF_F_XDP_HAS_FRAGS`). */
  readonly frags: boolean;
  /** Whether the program attaches to a function, hook or tracepoint identified by its BTF id. */
  readonly attachBtf: boolean;
  /** Whether loaders omit the attach type on kernels that do not know it. */
  readonly attachOptional: boolean;
  /** Whether the program attaches to a user-space static tracepoint (USDT). */
  readonly usdt: boolean;
  /** The first releases that know the name; `undefined` up to libbpf 1.5 and Linux 6.12. */
  readonly since: SectionSince | undefined;
}

type Mark = "sleepable" | "frags" | "attachBtf" | "attachOptional" | "usdt";
type Row = readonly [name: string, type: number, attach: number, ...marks: Mark[]];

const probes: readonly Row[] = [
  ["kprobe+", P.KPROBE, 0],
  ["uprobe+", P.KPROBE, 0],
  ["uprobe.s+", P.KPROBE, 0, "sleepable"],
  ["kretprobe+", P.KPROBE, 0],
  ["uretprobe+", P.KPROBE, 0],
  ["uretprobe.s+", P.KPROBE, 0, "sleepable"],
  ["kprobe.multi+", P.KPROBE, A.TRACE_KPROBE_MULTI],
  ["kretprobe.multi+", P.KPROBE, A.TRACE_KPROBE_MULTI],
  ["kprobe.session+", P.KPROBE, A.TRACE_KPROBE_SESSION],
  ["uprobe.multi+", P.KPROBE, A.TRACE_UPROBE_MULTI],
  ["uretprobe.multi+", P.KPROBE, A.TRACE_UPROBE_MULTI],
  ["uprobe.session+", P.KPROBE, A.TRACE_UPROBE_SESSION],
  ["uprobe.multi.s+", P.KPROBE, A.TRACE_UPROBE_MULTI, "sleepable"],
  ["uretprobe.multi.s+", P.KPROBE, A.TRACE_UPROBE_MULTI, "sleepable"],
  ["uprobe.session.s+", P.KPROBE, A.TRACE_UPROBE_SESSION, "sleepable"],
  ["ksyscall+", P.KPROBE, 0],
  ["kretsyscall+", P.KPROBE, 0],
  ["usdt+", P.KPROBE, 0, "usdt"],
  ["usdt.s+", P.KPROBE, 0, "usdt", "sleepable"],
];

const tracing: readonly Row[] = [
  ["tracepoint+", P.TRACEPOINT, 0],
  ["tp+", P.TRACEPOINT, 0],
  ["tracepoint.s+", P.TRACEPOINT, 0, "sleepable"],
  ["tp.s+", P.TRACEPOINT, 0, "sleepable"],
  ["raw_tracepoint+", P.RAW_TRACEPOINT, 0],
  ["raw_tp+", P.RAW_TRACEPOINT, 0],
  ["raw_tracepoint.s+", P.RAW_TRACEPOINT, 0, "sleepable"],
  ["raw_tp.s+", P.RAW_TRACEPOINT, 0, "sleepable"],
  ["raw_tracepoint.w+", P.RAW_TRACEPOINT_WRITABLE, 0],
  ["raw_tp.w+", P.RAW_TRACEPOINT_WRITABLE, 0],
  ["tp_btf+", P.TRACING, A.TRACE_RAW_TP, "attachBtf"],
  ["tp_btf.s+", P.TRACING, A.TRACE_RAW_TP, "attachBtf", "sleepable"],
  ["fentry+", P.TRACING, A.TRACE_FENTRY, "attachBtf"],
  ["fmod_ret+", P.TRACING, A.MODIFY_RETURN, "attachBtf"],
  ["fexit+", P.TRACING, A.TRACE_FEXIT, "attachBtf"],
  ["fentry.s+", P.TRACING, A.TRACE_FENTRY, "attachBtf", "sleepable"],
  ["fmod_ret.s+", P.TRACING, A.MODIFY_RETURN, "attachBtf", "sleepable"],
  ["fexit.s+", P.TRACING, A.TRACE_FEXIT, "attachBtf", "sleepable"],
  ["fsession+", P.TRACING, A.TRACE_FSESSION, "attachBtf"],
  ["fsession.s+", P.TRACING, A.TRACE_FSESSION, "attachBtf", "sleepable"],
  // These name patterns of functions. Only the link has the BTF ids, so PROG_LOAD has none.
  ["fentry.multi+", P.TRACING, A.TRACE_FENTRY_MULTI],
  ["fexit.multi+", P.TRACING, A.TRACE_FEXIT_MULTI],
  ["fsession.multi+", P.TRACING, A.TRACE_FSESSION_MULTI],
  ["fentry.multi.s+", P.TRACING, A.TRACE_FENTRY_MULTI, "sleepable"],
  ["fexit.multi.s+", P.TRACING, A.TRACE_FEXIT_MULTI, "sleepable"],
  ["fsession.multi.s+", P.TRACING, A.TRACE_FSESSION_MULTI, "sleepable"],
  ["freplace+", P.EXT, 0, "attachBtf"],
  ["lsm+", P.LSM, A.LSM_MAC, "attachBtf"],
  ["lsm.s+", P.LSM, A.LSM_MAC, "attachBtf", "sleepable"],
  ["lsm_cgroup+", P.LSM, A.LSM_CGROUP, "attachBtf"],
  ["iter+", P.TRACING, A.TRACE_ITER, "attachBtf"],
  ["iter.s+", P.TRACING, A.TRACE_ITER, "attachBtf", "sleepable"],
  ["perf_event", P.PERF_EVENT, 0],
  ["syscall", P.SYSCALL, 0, "sleepable"],
  ["struct_ops+", P.STRUCT_OPS, 0],
  ["struct_ops.s+", P.STRUCT_OPS, 0, "sleepable"],
];

const network: readonly Row[] = [
  ["socket", P.SOCKET_FILTER, 0],
  ["sk_reuseport/migrate", P.SK_REUSEPORT, A.SK_REUSEPORT_SELECT_OR_MIGRATE],
  ["sk_reuseport", P.SK_REUSEPORT, A.SK_REUSEPORT_SELECT],
  ["tc/ingress", P.SCHED_CLS, A.TCX_INGRESS],
  ["tc/egress", P.SCHED_CLS, A.TCX_EGRESS],
  ["tcx/ingress", P.SCHED_CLS, A.TCX_INGRESS],
  ["tcx/egress", P.SCHED_CLS, A.TCX_EGRESS],
  ["tc", P.SCHED_CLS, 0],
  ["classifier", P.SCHED_CLS, 0],
  ["action", P.SCHED_ACT, 0],
  ["netkit/primary", P.SCHED_CLS, A.NETKIT_PRIMARY],
  ["netkit/peer", P.SCHED_CLS, A.NETKIT_PEER],
  ["xdp.frags/devmap", P.XDP, A.XDP_DEVMAP, "frags"],
  ["xdp/devmap", P.XDP, A.XDP_DEVMAP],
  ["xdp.frags/cpumap", P.XDP, A.XDP_CPUMAP, "frags"],
  ["xdp/cpumap", P.XDP, A.XDP_CPUMAP],
  ["xdp.frags", P.XDP, A.XDP, "frags"],
  ["xdp", P.XDP, A.XDP, "attachOptional"],
  ["lwt_in", P.LWT_IN, 0],
  ["lwt_out", P.LWT_OUT, 0],
  ["lwt_xmit", P.LWT_XMIT, 0],
  ["lwt_seg6local", P.LWT_SEG6LOCAL, 0],
  ["sockops", P.SOCK_OPS, A.CGROUP_SOCK_OPS, "attachOptional"],
  ["sk_skb/stream_parser", P.SK_SKB, A.SK_SKB_STREAM_PARSER, "attachOptional"],
  ["sk_skb/stream_verdict", P.SK_SKB, A.SK_SKB_STREAM_VERDICT, "attachOptional"],
  ["sk_skb/verdict", P.SK_SKB, A.SK_SKB_VERDICT, "attachOptional"],
  ["sk_skb", P.SK_SKB, 0],
  ["sk_msg", P.SK_MSG, A.SK_MSG_VERDICT, "attachOptional"],
  ["sk_lookup", P.SK_LOOKUP, A.SK_LOOKUP],
  ["lirc_mode2", P.LIRC_MODE2, A.LIRC_MODE2, "attachOptional"],
  ["flow_dissector", P.FLOW_DISSECTOR, A.FLOW_DISSECTOR, "attachOptional"],
  ["netfilter", P.NETFILTER, A.NETFILTER],
];

const cgroup: readonly Row[] = [
  ["cgroup_skb/ingress", P.CGROUP_SKB, A.CGROUP_INET_INGRESS, "attachOptional"],
  ["cgroup_skb/egress", P.CGROUP_SKB, A.CGROUP_INET_EGRESS, "attachOptional"],
  ["cgroup/skb", P.CGROUP_SKB, 0],
  ["cgroup/sock_create", P.CGROUP_SOCK, A.CGROUP_INET_SOCK_CREATE],
  ["cgroup/sock_release", P.CGROUP_SOCK, A.CGROUP_INET_SOCK_RELEASE],
  ["cgroup/sock", P.CGROUP_SOCK, A.CGROUP_INET_SOCK_CREATE, "attachOptional"],
  ["cgroup/post_bind4", P.CGROUP_SOCK, A.CGROUP_INET4_POST_BIND],
  ["cgroup/post_bind6", P.CGROUP_SOCK, A.CGROUP_INET6_POST_BIND],
  ["cgroup/bind4", P.CGROUP_SOCK_ADDR, A.CGROUP_INET4_BIND],
  ["cgroup/bind6", P.CGROUP_SOCK_ADDR, A.CGROUP_INET6_BIND],
  ["cgroup/connect4", P.CGROUP_SOCK_ADDR, A.CGROUP_INET4_CONNECT],
  ["cgroup/connect6", P.CGROUP_SOCK_ADDR, A.CGROUP_INET6_CONNECT],
  ["cgroup/connect_unix", P.CGROUP_SOCK_ADDR, A.CGROUP_UNIX_CONNECT],
  ["cgroup/sendmsg4", P.CGROUP_SOCK_ADDR, A.CGROUP_UDP4_SENDMSG],
  ["cgroup/sendmsg6", P.CGROUP_SOCK_ADDR, A.CGROUP_UDP6_SENDMSG],
  ["cgroup/sendmsg_unix", P.CGROUP_SOCK_ADDR, A.CGROUP_UNIX_SENDMSG],
  ["cgroup/recvmsg4", P.CGROUP_SOCK_ADDR, A.CGROUP_UDP4_RECVMSG],
  ["cgroup/recvmsg6", P.CGROUP_SOCK_ADDR, A.CGROUP_UDP6_RECVMSG],
  ["cgroup/recvmsg_unix", P.CGROUP_SOCK_ADDR, A.CGROUP_UNIX_RECVMSG],
  ["cgroup/getpeername4", P.CGROUP_SOCK_ADDR, A.CGROUP_INET4_GETPEERNAME],
  ["cgroup/getpeername6", P.CGROUP_SOCK_ADDR, A.CGROUP_INET6_GETPEERNAME],
  ["cgroup/getpeername_unix", P.CGROUP_SOCK_ADDR, A.CGROUP_UNIX_GETPEERNAME],
  ["cgroup/getsockname4", P.CGROUP_SOCK_ADDR, A.CGROUP_INET4_GETSOCKNAME],
  ["cgroup/getsockname6", P.CGROUP_SOCK_ADDR, A.CGROUP_INET6_GETSOCKNAME],
  ["cgroup/getsockname_unix", P.CGROUP_SOCK_ADDR, A.CGROUP_UNIX_GETSOCKNAME],
  ["cgroup/sysctl", P.CGROUP_SYSCTL, A.CGROUP_SYSCTL],
  ["cgroup/getsockopt", P.CGROUP_SOCKOPT, A.CGROUP_GETSOCKOPT],
  ["cgroup/setsockopt", P.CGROUP_SOCKOPT, A.CGROUP_SETSOCKOPT],
  ["cgroup/dev", P.CGROUP_DEVICE, A.CGROUP_DEVICE, "attachOptional"],
];

const newer: readonly (readonly [since: SectionSince, names: readonly string[]])[] = [
  [{ libbpf: "1.6", linux: "6.13" }, ["uprobe.session", "uprobe.session.s"]],
  [{ libbpf: "1.7", linux: "7.0" }, ["fsession", "fsession.s"]],
  [
    { libbpf: "1.8", linux: "7.1" },
    ["tracepoint.s", "tp.s", "raw_tracepoint.s", "raw_tp.s", "tp_btf.s"],
  ],
  [
    { libbpf: "1.8", linux: "7.2" },
    ["fentry", "fexit", "fsession"].flatMap((name) => [`${name}.multi`, `${name}.multi.s`]),
  ],
];
const sinceOf: ReadonlyMap<string, SectionSince> = new Map(
  newer.flatMap(([since, names]) => names.map((name) => [name, since] as const)),
);

/**
 * Every section name that libbpf knows, by name; those of libbpf 1.8 as in the sources of Linux 7.3.
 *
 * @example
 * ```ts
 * sectionKinds.get("kprobe")?.target; // true: `kprobe/do_unlinkat` is allowed
 * ```
 */
export const sectionKinds: ReadonlyMap<string, SectionKind> = new Map(
  [...probes, ...tracing, ...network, ...cgroup].map(([pattern, type, attach, ...marks]) => {
    const name = pattern.replace(/\+$/, "");
    const kind: SectionKind = {
      name,
      target: name !== pattern,
      type,
      attach,
      sleepable: marks.includes("sleepable"),
      frags: marks.includes("frags"),
      attachBtf: marks.includes("attachBtf"),
      attachOptional: marks.includes("attachOptional"),
      usdt: marks.includes("usdt"),
      since: sinceOf.get(name),
    };
    return [name, kind];
  }),
);

/**
 * Looks up the meaning of a section name; `undefined` for an unknown name.
 *
 * @param section - as in `SEC()`; a leading `?` is ignored.
 * @example
 * ```ts
 * sectionKind("fentry/tcp_connect")?.type; // ProgType.TRACING
 * ```
 */
export function sectionKind(section: string): SectionKind | undefined {
  const name = section.replace(/^\?/, "");
  const whole = sectionKinds.get(name);
  if (whole !== undefined) return whole;
  const kind = sectionKinds.get(name.split("/", 1)[0] ?? "");
  return kind?.target === true ? kind : undefined;
}
