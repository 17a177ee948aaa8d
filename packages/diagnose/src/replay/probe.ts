// SPDX-License-Identifier: MIT
import type { DelegationAxis } from "@bpf-token/delegation";
import { AttachType, MapType, ProgType } from "@bpf-token/uapi";
import { commandIn, fieldsIn } from "../evidence/call-text.js";
import type { TracedCall } from "../evidence/traced-call.js";

/** The most instructions of a feature probe, and of one that only returns. */
const LONGEST = 5;
const RETURNS = 2;

/** The types that loaders probe with. Of other types, `return XDP_PASS` is somebody's program. */
const probed: ReadonlySet<number> = new Set([
  ...[ProgType.SOCKET_FILTER, ProgType.KPROBE, ProgType.TRACEPOINT, ProgType.CGROUP_SKB],
  ...[ProgType.CGROUP_SOCK, ProgType.CGROUP_DEVICE, ProgType.CGROUP_SOCK_ADDR],
  ...[ProgType.CGROUP_SYSCTL, ProgType.CGROUP_SOCKOPT, ProgType.LSM],
]);

/**
 * Returns the name of the feature probe of a loader that a call is, as far as it can be recognised;
 * undefined if it is none. libbpf names some of its probes. The others have few instructions, no name,
 * and neither the kernel version nor the line info that it gives its real programs.
 */
export function probeName(call: TracedCall): string | undefined {
  const { map_name, prog_name, prog_type, kern_version } = fieldsIn(call);
  for (const name of [map_name, prog_name]) {
    if (typeof name === "string" && /^libbpf_/.test(name))
      return `a feature probe of libbpf, ${name}`;
  }
  if (isStructOpsProbe(call)) return "a feature probe";
  if (isLinkProbe(call)) return "a feature probe, without a target";
  if (typeof prog_type === "number" && !probed.has(prog_type)) return undefined;
  return isShortLoad(call) && !kern_version ? "a feature probe" : undefined;
}

/** Whether a call loads a program that is as short as a probe, and has neither a name nor line info. */
export function isShortLoad(call: TracedCall): boolean {
  const { prog_name, insn_cnt, line_info_cnt } = fieldsIn(call);
  // Only PROG_LOAD has instructions.
  if (typeof insn_cnt !== "number" || line_info_cnt) return false;
  const name = typeof prog_name === "string" ? prog_name : "";
  return insn_cnt <= RETURNS ? /^(?:test)?$/.test(name) : name === "" && insn_cnt <= LONGEST;
}

/** Whether a call has a name that libbpf or cilium/ebpf gives to what it probes with. */
export function isNamedProbe(call: TracedCall): boolean {
  const { map_name, prog_name } = fieldsIn(call);
  return /^(?:libbpf_|det_arg_ctx|feat_)/.test(String(map_name ?? prog_name ?? ""));
}

/** Whether a call is of libbpf's probe for variables: an array, and a socket filter that reads it. */
export function isVariablesProbe(call: TracedCall): boolean {
  const { map_type, prog_type } = fieldsIn(call);
  return map_type === MapType.ARRAY || prog_type === ProgType.SOCKET_FILTER;
}

/**
 * What libbpf's first probe lacks, the most certain first. It loads a socket_filter and, if that is refused,
 * a tracepoint, both with attach type 0. One of them suffices, and a tracepoint needs CAP_PERFMON too. A
 * bit gives less than a capability, so the bit of socket_filter is what is missing then.
 */
export function firstProbeLacks(
  allows: (axis: DelegationAxis, bit: number) => boolean,
  hasPerfmon: boolean,
): readonly { readonly axis: "progs" | "attachs"; readonly bit: number }[] {
  const traces = allows("progs", ProgType.TRACEPOINT);
  const loads = allows("progs", ProgType.SOCKET_FILTER) || (traces && hasPerfmon);
  const type = { axis: "progs", bit: ProgType.SOCKET_FILTER } as const;
  const attach = { axis: "attachs", bit: AttachType.CGROUP_INET_INGRESS } as const;
  return (traces ? [attach, type] : [type, attach]).filter(({ axis, bit }) =>
    axis === "progs" ? !loads : !allows(axis, bit),
  );
}

/** systemd creates a link to no cgroup, and expects EBADF. */
function isLinkProbe(call: TracedCall): boolean {
  return commandIn(call) === "LINK_CREATE" && fieldsIn(call).target_fd === 0xffff_ffff;
}

/** libbpf creates a struct_ops map of the first type, and expects ENOTSUPP. */
function isStructOpsProbe(call: TracedCall): boolean {
  if (commandIn(call) !== "MAP_CREATE") return false;
  const { map_type, btf_fd, btf_vmlinux_value_type_id } = fieldsIn(call);
  return map_type === MapType.STRUCT_OPS && btf_fd === 0 && btf_vmlinux_value_type_id === 1;
}
