// SPDX-License-Identifier: MIT
import { type CapabilityName, MapType as M, ProgType as P } from "@bpf-token/uapi";

/** The caller needs one of these capabilities; the first one is the specific one. */
export interface CapabilityNeed {
  readonly any: readonly [CapabilityName, ...CapabilityName[]];
}

const bpf: CapabilityNeed = { any: ["BPF", "SYS_ADMIN"] };
const netAdmin: CapabilityNeed = { any: ["NET_ADMIN", "SYS_ADMIN"] };
const perfmon: CapabilityNeed = { any: ["PERFMON", "SYS_ADMIN"] };

/** Rule MC-12, class N: these map types need CAP_NET_ADMIN. */
const networkMaps: ReadonlySet<number> = new Set([
  ...[M.DEVMAP, M.SOCKMAP, M.XSKMAP, M.SOCKHASH, M.DEVMAP_HASH],
]);

/** Rule PL-09: these program types need CAP_NET_ADMIN. */
const networkProgs: ReadonlySet<number> = new Set([
  ...[P.SCHED_CLS, P.SCHED_ACT, P.XDP, P.CGROUP_SOCK, P.LWT_IN, P.LWT_OUT, P.LWT_XMIT],
  ...[P.SOCK_OPS, P.SK_SKB, P.CGROUP_DEVICE, P.SK_MSG, P.CGROUP_SOCK_ADDR, P.LWT_SEG6LOCAL],
  ...[P.FLOW_DISSECTOR, P.CGROUP_SYSCTL, P.CGROUP_SOCKOPT, P.NETFILTER, P.EXT],
]);

/** Rule PL-10: these program types need CAP_PERFMON. */
const tracingProgs: ReadonlySet<number> = new Set([
  ...[P.KPROBE, P.TRACEPOINT, P.PERF_EVENT, P.RAW_TRACEPOINT, P.RAW_TRACEPOINT_WRITABLE],
  ...[P.TRACING, P.STRUCT_OPS, P.LSM, P.EXT],
]);

/**
 * Returns the capabilities that a call needs in the token's user namespace, if the sysctl
 * `kernel.unprivileged_bpf_disabled` is not 0. Rules MC-11, MC-12, PL-06, PL-08 to PL-10 and BL-04.
 */
export function neededFor(asked: {
  readonly mapType?: number;
  readonly progType?: number;
}): CapabilityNeed[] {
  const needs = [bpf];
  const { mapType, progType } = asked;
  if (mapType !== undefined && networkMaps.has(mapType)) needs.push(netAdmin);
  if (progType !== undefined && networkProgs.has(progType)) needs.push(netAdmin);
  if (progType !== undefined && tracingProgs.has(progType)) needs.push(perfmon);
  return needs;
}
