// SPDX-License-Identifier: MIT
import {
  enumMembers,
  type KernelRelease,
  memberSince,
  nearest,
  newestRelease,
} from "@bpf-token/uapi/names";
import { axisNames, type DelegationAxis, delegationAxes } from "./axes.js";

/** Every bit: what the mount option value `any` stores (rule OP-13). */
export const ALL_BITS: bigint = (1n << 64n) - 1n;

/** The names of an axis in one release. */
interface NameTable {
  readonly names: readonly string[];
  readonly bits: ReadonlyMap<string, number>;
  /** Of two names for one bit, the first. */
  readonly byBit: ReadonlyMap<number, string>;
}

const tables = new Map<string, NameTable>();

function tableOf(axis: DelegationAxis, release: KernelRelease): NameTable {
  const key = `${axis} ${release}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  const members = enumMembers(delegationAxes[axis].kind, release);
  const names = members.map(({ name, value }) => [name.toLowerCase(), value] as const);
  const table = {
    names: names.map(([name]) => name),
    bits: new Map(names),
    byBit: new Map([...names].reverse().map(([name, value]) => [value, name])),
  };
  tables.set(key, table);
  return table;
}

/** ELF section names that users confuse with type names. */
const sections: Readonly<Partial<Record<DelegationAxis, Readonly<Record<string, string>>>>> = {
  progs: {
    tc: "sched_cls",
    tcx: "sched_cls",
    classifier: "sched_cls",
    fentry: "tracing",
    fexit: "tracing",
    tp_btf: "tracing",
    iter: "tracing",
    freplace: "ext",
    raw_tp: "raw_tracepoint",
    uprobe: "kprobe",
    sockops: "sock_ops",
    socket: "socket_filter",
  },
  attachs: { fentry: "trace_fentry", fexit: "trace_fexit", iter: "trace_iter" },
};

/**
 * Returns the names that a kernel release has for a mask, in the spelling of mount options and in
 * the kernel's order. Linux has delegate masks since 6.9.
 *
 * @throws RangeError for an unknown release.
 * @example
 * ```ts
 * delegationNames("cmds", "6.12").includes("prog_stream_read_by_fd"); // false: since Linux 6.17
 * ```
 */
export function delegationNames(
  axis: DelegationAxis,
  release: KernelRelease = newestRelease,
): readonly string[] {
  return tableOf(axis, release).names;
}

/**
 * Returns the name of a bit as the kernel prints it in `/proc/self/mountinfo`: of two names for one
 * bit, the first (rule RN-06).
 *
 * @returns `undefined` for a bit that has no name in this release.
 * @throws RangeError for an unknown release.
 * @example
 * ```ts
 * bitName("maps", 19); // "cgroup_storage_deprecated"
 * ```
 */
export function bitName(
  axis: DelegationAxis,
  bit: number,
  release: KernelRelease = newestRelease,
): string | undefined {
  return tableOf(axis, release).byBit.get(bit);
}

/**
 * Returns the bit of a name: in any case, with the prefix of the kernel's headers or without.
 *
 * @returns `undefined` for an unknown name; {@link adviseName} suggests another one.
 * @throws RangeError for an unknown release.
 * @example
 * ```ts
 * bitOf("maps", "BPF_MAP_TYPE_HASH"); // 1
 * bitOf("maps", "hash"); // 1
 * ```
 */
export function bitOf(
  axis: DelegationAxis,
  name: string,
  release: KernelRelease = newestRelease,
): number | undefined {
  const { prefix } = delegationAxes[axis];
  const wanted = name.toUpperCase();
  const bare = wanted.startsWith(prefix) ? wanted.slice(prefix.length) : wanted;
  return tableOf(axis, release).bits.get(bare.toLowerCase());
}

/**
 * Returns the first release of Linux that has a name for a bit.
 *
 * @returns `undefined` for a bit that Linux 6.9, the first release with tokens, already had, and for
 *   one without a name.
 * @example
 * ```ts
 * sinceRelease("attachs", 57); // "6.13": trace_uprobe_session
 * ```
 */
export function sinceRelease(axis: DelegationAxis, bit: number): string | undefined {
  const since = memberSince(delegationAxes[axis].kind, bit);
  return since === "6.9" ? undefined : since;
}

/**
 * Returns the advice for a word that is no name of a mask: the right axis, type or spelling.
 *
 * @example
 * ```ts
 * adviseName("progs", "tc"); // "it is an ELF section name; its type is 'sched_cls'"
 * ```
 */
export function adviseName(axis: DelegationAxis, word: string): string {
  const low = word.toLowerCase();
  if (low === "any") return "write 'any' in lower case";
  const section = sections[axis]?.[low];
  if (section !== undefined) return `it is an ELF section name; its type is '${section}'`;
  const home = axisNames.find((other) => bitOf(other, low) !== undefined);
  if (home !== undefined) return `it is a ${delegationAxes[home].what}: write '${home}=${low}'`;
  const hint = nearest(low, delegationNames(axis));
  if (hint !== undefined) return `did you mean '${hint}'?`;
  return `the ${delegationAxes[axis].what}s of the kernel are in include/uapi/linux/bpf.h`;
}
