// SPDX-License-Identifier: MIT
import {
  axisNames,
  bitName,
  bitsOf,
  type Delegation,
  type DelegationAxis,
  delegationAxes,
  delegationMasks,
} from "@bpf-token/delegation";
import {
  AttachType,
  type KernelRelease,
  knownMask,
  type ReleaseChange,
  releaseCode,
  releases,
} from "@bpf-token/uapi";
import { matrixNames, matrixRows, needText } from "../matrix.js";

/** What changes in one mask of a delegation. See {@link delegationChanges}. */
export interface MaskChanges {
  readonly axis: DelegationAxis;
  /** Names that only the newer release has, and that the delegation covers. */
  readonly gained: readonly string[];
  /** Names that only the newer release has, and that the delegation does not cover. */
  readonly available: readonly string[];
  /** Whether the mask is `any`: of both releases, or only of the older one, which has fewer names. */
  readonly any: "both" | "only-older" | "neither";
}

/** A call that the delegation permits, and that the two releases answer otherwise. */
export interface AnswerChange {
  /** `map RHASH`, `prog XDP` or `btf BTF_GET_FD_BY_ID`, as in {@link matrixNames}. */
  readonly name: string;
  /** Of a program, the attach types with this change, by name. */
  readonly attach?: readonly string[];
  /** What a container needs for it with this token: `CAP_BPF, or CAP_SYS_ADMIN`. */
  readonly before: string;
  readonly after: string;
}

/** What changes for a delegation between two releases. */
export interface DelegationChanges {
  readonly from: KernelRelease;
  readonly to: KernelRelease;
  readonly masks: readonly MaskChanges[];
  readonly calls: readonly AnswerChange[];
  /** Changed rules of the specification, without those of commands that are not delegated. */
  readonly rules: readonly ReleaseChange[];
}

/** The command to which the rules of a group belong. */
const commands: Readonly<Record<string, number>> = { MC: 0, PL: 5, VF: 5, VL: 5, BL: 18, BG: 19 };

/**
 * Returns what changes for a delegation between two releases: names that it gains, whether a mask is
 * still `any`, and calls that are answered otherwise. The order of the releases does not matter.
 *
 * @throws DelegationError for an unknown name. RangeError for an unknown release.
 * @example
 * ```ts
 * delegationChanges({ maps: "any" }, "6.18", "7.3").masks[0]?.gained; // ["insn_array", "rhash"]
 * ```
 */
export function delegationChanges(
  delegation: Delegation,
  a: KernelRelease,
  b: KernelRelease,
): DelegationChanges {
  const [from, to] = releaseCode(a) <= releaseCode(b) ? [a, b] : [b, a];
  const all = delegationMasks(delegation);
  const axes = axisNames.filter((axis) => all[axis] !== 0n);
  const has = (axis: DelegationAxis, bit: number): boolean =>
    ((all[axis] >> BigInt(bit)) & 1n) === 1n;
  return {
    ...{ from, to },
    masks: axes.map((axis) => maskChanges(axis, all[axis], from, to)),
    calls: matrixNames(to).flatMap((name) => answerChanges(name, from, to, has)),
    rules: releases(from, to).filter(({ rule }) => {
      const command = commands[rule.slice(0, 2)];
      return command === undefined || has("cmds", command);
    }),
  };
}

function maskChanges(
  axis: DelegationAxis,
  mask: bigint,
  from: KernelRelease,
  to: KernelRelease,
): MaskChanges {
  const { kind } = delegationAxes[axis];
  const [older, newer] = [knownMask(kind, from), knownMask(kind, to)];
  const isAll = (known: bigint): boolean => (mask & known) === known;
  const names = (bits: bigint): readonly string[] =>
    bitsOf(bits).map((bit) => bitName(axis, bit, to) ?? String(bit));
  const added = newer & ~older;
  const any = isAll(newer) ? "both" : isAll(older) ? "only-older" : "neither";
  return { axis, gained: names(added & mask), available: names(added & ~mask), any };
}

const types = { map: ["maps", "bpf_map_type"], prog: ["progs", "bpf_prog_type"] } as const;
const creators: Readonly<Record<string, number>> = { map: 0, prog: 5 };
const btf: Readonly<Record<string, number>> = { BTF_LOAD: 18, BTF_GET_FD_BY_ID: 19 };

type Has = (axis: DelegationAxis, bit: number) => boolean;

function answerChanges(
  name: string,
  from: KernelRelease,
  to: KernelRelease,
  has: Has,
): readonly AnswerChange[] {
  const [kind = "", word = ""] = name.split(" ");
  if (!has("cmds", creators[kind] ?? btf[word] ?? 64)) return [];
  const bit = typeBit(kind, word, to);
  if (bit !== undefined && !has(bit.axis, bit.value)) return [];
  const groups = new Map<string, { before: string; after: string; attach: string[] }>();
  const [old, now] = [from, to].map((release) => answersOf(name, release));
  for (const [attach, after] of now ?? []) {
    const before = old?.get(attach);
    // A new attach type is a name that the mask gains.
    if (before === undefined || before === after) continue;
    if (attach !== undefined && !has("attachs", attach)) continue;
    const group = groups.get(`${before}|${after}`) ?? { before, after, attach: [] };
    if (attach !== undefined) group.attach.push(attachName(attach));
    groups.set(`${before}|${after}`, group);
  }
  return [...groups.values()].map(({ before, after, attach }) => ({
    ...{ name, before, after },
    ...(kind === "prog" ? { attach } : {}),
  }));
}

const attachName = (value: number): string =>
  (Object.entries(AttachType).find(([, n]) => n === value)?.[0] ?? String(value)).toLowerCase();

function typeBit(kind: string, word: string, release: KernelRelease) {
  if (kind !== "map" && kind !== "prog") return undefined;
  const [axis] = types[kind];
  const value = bitsOf(knownMask(types[kind][1], release)).find(
    (one) => bitName(axis, one, release)?.toUpperCase() === word,
  );
  return value === undefined ? undefined : { axis, value };
}

/** What a container needs with a token, by attach type. */
function answersOf(name: string, release: KernelRelease): ReadonlyMap<number | undefined, string> {
  return new Map(
    matrixRows(name, { release }).flatMap(({ attach, withToken }) => {
      const text = withToken === undefined ? "takes no token" : needText(withToken);
      return (attach ?? [undefined]).map((one) => [one, text] as const);
    }),
  );
}
