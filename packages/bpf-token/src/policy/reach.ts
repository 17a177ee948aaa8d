// SPDX-License-Identifier: MIT
import { axisNames, bitName, bitsOf, type DelegationMasks } from "@bpf-token/delegation";
import { ProgType as P } from "@bpf-token/uapi";

const ALL = (1n << 64n) - 1n;

/** These attach to interfaces of the network namespace. */
export const networkTypes: ReadonlySet<number> = new Set([P.XDP, P.SCHED_CLS]);

const cgroup: ReadonlySet<number> = new Set([
  ...[P.CGROUP_SKB, P.CGROUP_SOCK, P.CGROUP_DEVICE, P.CGROUP_SOCK_ADDR, P.CGROUP_SYSCTL],
  ...[P.CGROUP_SOCKOPT, P.SOCK_OPS],
]);

const wholeHost: ReadonlySet<number> = new Set([
  ...[P.KPROBE, P.TRACEPOINT, P.PERF_EVENT, P.RAW_TRACEPOINT, P.RAW_TRACEPOINT_WRITABLE],
  ...[P.TRACING, P.LSM, P.STRUCT_OPS, P.EXT],
]);

/** These are attached with perf_event_open(), to which no token can be passed. */
const perf: ReadonlySet<number> = new Set([P.KPROBE, P.TRACEPOINT, P.PERF_EVENT]);

/**
 * Returns what a delegation permits beyond the container, as sentences. Links take no token, and the
 * kernel does not check the namespace of what a program is attached to. Observed on Linux 6.18 with
 * XDP, tcx and cgroup_device.
 *
 * @example
 * ```ts
 * for (const sentence of reachOf(delegationMasks({ progs: ["xdp"] }))) console.log(sentence);
 * ```
 */
export function reachOf(masks: DelegationMasks): readonly string[] {
  const any = axisNames.filter((axis) => masks[axis] === ALL).map((axis) => `${axis}=any`);
  const named = (types: ReadonlySet<number>): string =>
    masks.progs === ALL
      ? ""
      : bitsOf(masks.progs)
          .filter((bit) => types.has(bit))
          .map((bit) => bitName("progs", bit))
          .join(", ");
  const sentences: readonly (readonly [names: string, sentence: string])[] = [
    [any.join(", "), "every present and future type: all of the reach that bpf-token knows."],
    [
      named(networkTypes),
      "attaches to the interfaces of the network namespace that the process is in, even if that is the host's. Give the container a network namespace of its own (systemd: PrivateNetwork=yes).",
    ],
    [
      named(cgroup),
      "attaches to each cgroup whose directory the process can open; cgroup_device was attached to the root cgroup. Give the container a cgroup namespace of its own (systemd: ProtectControlGroups=private).",
    ],
    [named(wholeHost), "sees, or changes, the kernel of the whole host."],
  ];
  return sentences.filter(([names]) => names !== "").map(([names, text]) => `${names}: ${text}`);
}

/**
 * Returns what a delegation does not unlock, although a program was loaded with it.
 *
 * @example
 * ```ts
 * outOfReach([ProgType.KPROBE]).length; // 1
 * ```
 */
export function outOfReach(programs: readonly number[]): readonly string[] {
  const names = [...new Set(programs.filter((type) => perf.has(type)))].map((type) =>
    bitName("progs", type),
  );
  if (names.length === 0) return [];
  return [
    `${names.join(", ")}: loading is covered, attaching is not. perf_event_open() takes no token and needs CAP_PERFMON on the host or a low kernel.perf_event_paranoid; links to raw tracepoints, fentry and kprobe_multi do not.`,
  ];
}
