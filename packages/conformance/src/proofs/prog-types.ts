// SPDX-License-Identifier: MIT
import type { CapabilityName, ErrnoName, ProgTypeName } from "@bpf-token/uapi";

/** A program type as in section 3.4 of the specification. */
export interface ProgramType {
  readonly name: ProgTypeName;
  /** The capabilities that loading needs with the sysctl at 2, in the order of the checks. */
  readonly needs: readonly CapabilityName[];
  /** Whether loading needs CAP_BPF even with the sysctl at 0. */
  readonly always: boolean;
  /** The valid expected attach types; any number if undefined. */
  readonly attach?: readonly number[];
  /** The errno of `return 0` or `return 1`, if the kernel refuses it. */
  readonly refused?: ErrnoName;
}

const [bpf, net, perf]: readonly CapabilityName[] = ["BPF", "NET_ADMIN", "PERFMON"] as const;

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

const attach: Readonly<Partial<Record<ProgTypeName, readonly number[]>>> = {
  CGROUP_SKB: [0, 1],
  CGROUP_SOCK: [0, 2, 12, 13, 34],
  CGROUP_SOCK_ADDR: [...range(8, 11), 14, 15, 19, 20, ...range(29, 32), ...range(49, 53)],
  CGROUP_SOCKOPT: [21, 22],
  SK_LOOKUP: [36],
  SK_REUSEPORT: [0, 39, 40],
  NETFILTER: [45],
  SYSCALL: [0],
  EXT: [0],
};

const refused: Readonly<Partial<Record<ProgTypeName, ErrnoName>>> = {
  TRACING: "EINVAL",
  LSM: "EINVAL",
  EXT: "EINVAL",
  STRUCT_OPS: "ENOTSUPP",
};

function types(
  needs: readonly (CapabilityName | undefined)[],
  names: readonly ProgTypeName[],
  always = true,
): readonly ProgramType[] {
  return names.map((name) => {
    const known = attach[name];
    const errno = refused[name];
    return {
      name,
      needs: needs.filter((cap) => cap !== undefined),
      always,
      ...(known && { attach: known }),
      ...(errno && { refused: errno }),
    };
  });
}

/** Every program type. */
export const programTypes: readonly ProgramType[] = [
  ...types([bpf], ["SOCKET_FILTER", "CGROUP_SKB"], false),
  ...types([bpf], ["LIRC_MODE2", "SK_REUSEPORT", "SK_LOOKUP", "SYSCALL"]),
  ...types(
    [bpf, net],
    [
      ...(["SCHED_CLS", "SCHED_ACT", "XDP", "CGROUP_SOCK", "LWT_IN", "LWT_OUT"] as const),
      ...(["LWT_XMIT", "SOCK_OPS", "SK_SKB", "CGROUP_DEVICE", "SK_MSG"] as const),
      ...(["CGROUP_SOCK_ADDR", "LWT_SEG6LOCAL", "FLOW_DISSECTOR", "CGROUP_SYSCTL"] as const),
      ...(["CGROUP_SOCKOPT", "NETFILTER"] as const),
    ],
  ),
  ...types(
    [bpf, perf],
    [
      ...(["KPROBE", "TRACEPOINT", "PERF_EVENT", "RAW_TRACEPOINT"] as const),
      ...(["RAW_TRACEPOINT_WRITABLE", "TRACING", "STRUCT_OPS", "LSM"] as const),
    ],
  ),
  ...types([bpf, net, perf], ["EXT"]),
];

/** A valid attach type of a program type. */
export function fineAttachType(type: ProgramType): number {
  return type.attach?.[0] ?? 0;
}
