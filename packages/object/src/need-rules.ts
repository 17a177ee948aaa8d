// SPDX-License-Identifier: MIT
import { type HelperId, MapType, ProgType } from "@bpf-token/uapi";

/** Rule MC-12: these map types need CAP_NET_ADMIN. */
export const networkMaps: ReadonlySet<number> = new Set([
  MapType.DEVMAP,
  MapType.SOCKMAP,
  MapType.XSKMAP,
  MapType.SOCKHASH,
  MapType.DEVMAP_HASH,
]);

/** Rule PL-09: these program types need CAP_NET_ADMIN. */
export const networkPrograms: ReadonlySet<number> = new Set([
  ProgType.SCHED_CLS,
  ProgType.SCHED_ACT,
  ProgType.XDP,
  ProgType.CGROUP_SOCK,
  ProgType.LWT_IN,
  ProgType.LWT_OUT,
  ProgType.LWT_XMIT,
  ProgType.SOCK_OPS,
  ProgType.SK_SKB,
  ProgType.CGROUP_DEVICE,
  ProgType.SK_MSG,
  ProgType.CGROUP_SOCK_ADDR,
  ProgType.LWT_SEG6LOCAL,
  ProgType.FLOW_DISSECTOR,
  ProgType.CGROUP_SYSCTL,
  ProgType.CGROUP_SOCKOPT,
  ProgType.NETFILTER,
  ProgType.EXT,
]);

/** Rule PL-10: these program types need CAP_PERFMON. */
export const tracingPrograms: ReadonlySet<number> = new Set([
  ProgType.KPROBE,
  ProgType.TRACEPOINT,
  ProgType.PERF_EVENT,
  ProgType.RAW_TRACEPOINT,
  ProgType.RAW_TRACEPOINT_WRITABLE,
  ProgType.TRACING,
  ProgType.STRUCT_OPS,
  ProgType.LSM,
  ProgType.EXT,
]);

/** Names instead of ids: reading `HelperId` here would keep the whole table in every bundle. */
type HelperName = keyof typeof HelperId;

/** Rule VF-04: helpers that every program type may call if the caller has CAP_PERFMON. */
export const tracingHelpers: ReadonlySet<string> = new Set<HelperName>([
  "trace_printk",
  "trace_vprintk",
  "get_current_task",
  "get_current_task_btf",
  "probe_read_user",
  "probe_read_kernel",
  "probe_read_user_str",
  "probe_read_kernel_str",
  "snprintf",
  "snprintf_btf",
  "task_pt_regs",
]);

/** libbpf replaces these by older helpers on kernels without bpf_probe_read_kernel(). */
export const replacedReads: ReadonlySet<string> = new Set<HelperName>([
  "probe_read_kernel",
  "probe_read_kernel_str",
  "probe_read_user",
  "probe_read_user_str",
]);
