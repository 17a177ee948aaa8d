// SPDX-License-Identifier: MIT
import {
  AttachType,
  enumBound,
  enumMembers,
  type KernelRelease,
  kernelReleases,
} from "@bpf-token/uapi";
import { matrixData } from "./generated/matrix.js";
import type { ComparedKernel } from "./matrix-data.js";

export type { ComparedKernel, MatrixData } from "./matrix-data.js";

/** Bits of a subset of capabilities, in the order of the generated masks. */
const capabilities = ["CAP_BPF", "CAP_NET_ADMIN", "CAP_PERFMON", "CAP_SYS_ADMIN"] as const;

/** The capabilities that a caller needs, and the answers with and without them. */
export interface Need {
  /** The smallest sufficient sets of capabilities; no set if none suffices, an empty set if none is needed. */
  readonly sets: readonly (readonly string[])[];
  /**
   * The errno after the capability checks, if the call still fails. Such calls were made without a
   * tracing target or struct_ops operations, which the kernel checks after the capabilities.
   */
  readonly then?: string;
  /** The errnos that other callers get: `EPERM`. */
  readonly refusals: readonly string[];
}

/** A map type, program type or BTF_LOAD, with the attach types that have the same needs. */
export interface MatrixRow {
  /** The name of the row: `map ARRAY`, `prog XDP`, `btf BTF_LOAD`. */
  readonly name: string;
  /** The attach types of a program, by number; undefined for maps and BTF. */
  readonly attach?: readonly number[];
  /** The needs in the initial user namespace, without a token. */
  readonly init: Need;
  /** The needs in a container, without a token. */
  readonly child: Need;
  /** The needs in a container, with a token that allows it; undefined if the command takes no token. */
  readonly withToken?: Need;
  /** Whether every token that lacks one bit gives the same answers as no token. */
  readonly lackingIsNone: boolean;
}

/** The release and the sysctl of a matrix query. */
export interface MatrixQuery {
  readonly release: KernelRelease;
  /** Whether kernel.unprivileged_bpf_disabled is 0. Default false. */
  readonly open?: boolean;
}

const kinds = { map: "bpf_map_type", prog: "bpf_prog_type" } as const;

/**
 * Returns the names of all rows of a release.
 *
 * @example
 * ```ts
 * matrixNames("6.18").includes("prog XDP"); // true
 * ```
 */
export function matrixNames(release: KernelRelease): readonly string[] {
  const types = Object.entries(kinds).flatMap(([kind, members]) =>
    enumMembers(members, release).map(({ name }) => `${kind} ${name}`),
  );
  return Object.keys(matrixData.rows).filter(
    (name) => name.startsWith("btf ") || types.includes(name),
  );
}

/**
 * The real kernels with which every answer of the model was compared.
 *
 * @example
 * ```ts
 * for (const { name, release } of matrixCompared) console.log(name, release);
 * ```
 */
export const matrixCompared: readonly ComparedKernel[] = matrixData.compared;

/**
 * Returns the capabilities that creating a map, program or BTF needs, with and without a token.
 *
 * @param name - one of {@link matrixNames}.
 * @returns one row; for programs, one row for each group of attach types with the same answers. Empty if
 *   the release lacks the type.
 * @throws RangeError for an unknown name.
 * @example
 * ```ts
 * const [row] = matrixRows("prog XDP", { release: "6.18" });
 * row?.withToken?.sets; // [["CAP_BPF", "CAP_NET_ADMIN"], ["CAP_SYS_ADMIN"]]
 * ```
 */
export function matrixRows(
  name: string,
  { release, open = false }: MatrixQuery,
): readonly MatrixRow[] {
  const specs = matrixData.rows[name];
  if (specs === undefined) throw new RangeError(`the matrix has no row '${name}'`);
  const bit = 1 << kernelReleases.indexOf(release);
  const spec =
    specs.find(([, opened, closed]) => ((open ? opened : closed) & bit) !== 0)?.[0] ?? "";
  const bound = enumBound("bpf_attach_type", release);
  return spec
    .split(" ")
    .filter((part) => part !== "")
    .map((part) => readPart(name, part, bound))
    .filter(({ attach }) => attach?.length !== 0);
}

/** A row that a kernel answered: `prog XDP 37`, and a line for each caller and token. */
export interface AnsweredRow {
  readonly row: string;
  readonly answers: readonly string[];
}

/**
 * Returns the rows of {@link matrixRows} from the answers of a kernel, by their names. Attach types with
 * the same answers share a row.
 *
 * @param rows - as the conformance suite's `runMatrix()` returns them.
 * @example
 * ```ts
 * const rows = [{ row: "map ARRAY", answers: ["init none: ok=ffff", "child none: EPERM=ffff"] }];
 * answeredRows(rows, "7.3").get("map ARRAY"); // [{ init: { sets: [[]], … }, … }]
 * ```
 */
export function answeredRows(
  rows: readonly AnsweredRow[],
  release: KernelRelease,
): ReadonlyMap<string, readonly MatrixRow[]> {
  const bound = enumBound("bpf_attach_type", release);
  const groups = new Map<string, Map<string, number[]>>();
  for (const { row, answers } of rows) {
    const [, name = row, attach] = /^(prog \S+) (\d+)$/.exec(row) ?? [];
    if (Number(attach) >= bound) continue;
    const text = answers.join("; ");
    const group = groups.get(name) ?? new Map<string, number[]>();
    const numbers = group.get(text) ?? [];
    groups.set(name, group.set(text, attach === undefined ? [] : [...numbers, Number(attach)]));
  }
  return new Map(
    [...groups].map(([name, group]) => [
      name,
      [...group].map(([text, numbers]) =>
        readRow(name, text, name.startsWith("prog ") ? numbers : undefined),
      ),
    ]),
  );
}

/** Programs that need a target, such as attach_btf_id. The calls of the matrix give none. */
const needTarget: ReadonlySet<string> = new Set([
  ...["prog TRACING", "prog STRUCT_OPS", "prog EXT", "prog LSM"],
]);

/**
 * Sorts the rows of a name: those that can be created come first, or could be with a target; of
 * these the one with most attach types.
 *
 * @example
 * ```ts
 * const [main] = sortRows(matrixRows("prog TRACING", { release: "7.3" }));
 * ```
 */
export function sortRows(rows: readonly MatrixRow[]): readonly MatrixRow[] {
  const rank = ({ name, init, attach = [] }: MatrixRow): number => {
    if (init.sets.length === 0) return 2;
    if (needTarget.has(name)) return -attach.length;
    return init.then === undefined ? 0 : 1;
  };
  return [...rows].sort((a, b) => rank(a) - rank(b));
}

function readPart(name: string, part: string, bound: number): MatrixRow {
  const [index = "", attach] = part.split("@");
  const numbers = attach === undefined ? undefined : readRanges(attach).filter((n) => n < bound);
  return readRow(name, matrixData.answers[Number(index)] ?? "", numbers);
}

function readRow(name: string, text: string, attach: readonly number[] | undefined): MatrixRow {
  const answers = new Map(text.split("; ").map((line) => line.split(": ") as [string, string]));
  const need = (key: string): Need => readNeed(answers.get(key) ?? "");
  const lacking = [...answers].filter(([key]) => key.startsWith("child lacks"));
  return {
    name,
    ...(attach === undefined ? {} : { attach }),
    init: need("init none"),
    child: need("child none"),
    ...(answers.has("child right") ? { withToken: need("child right") } : {}),
    lackingIsNone: lacking.every(([, answer]) => answer === answers.get("child none")),
  };
}

function readNeed(text: string): Need {
  const answers = text.split(" ").map((part) => part.split("=") as [string, string]);
  const others = answers.filter(([answer]) => answer !== "ok" && answer !== "EPERM");
  // With two errnos, the one that is not EPERM comes after the capability checks.
  const then = answers.length === 2 && others.length === 1 ? others[0]?.[0] : undefined;
  const passed = answers.find(([answer]) => answer === (then ?? "ok"))?.[1] ?? "0";
  const reached = Number.parseInt(passed, 16);
  const subsets = Array.from({ length: 16 }, (_, n) => n).filter((n) => (reached & (1 << n)) !== 0);
  const smallest = subsets.filter((n) => !subsets.some((m) => m !== n && (m & n) === m));
  return {
    sets: smallest.map((n) => capabilities.filter((_, bit) => (n & (1 << bit)) !== 0)),
    ...(then === undefined ? {} : { then }),
    refusals: answers
      .map(([answer]) => answer)
      .filter((answer) => answer !== "ok" && answer !== then),
  };
}

function readRanges(text: string): readonly number[] {
  return text.split(",").flatMap((span) => {
    const [from = 0, to = from] = span.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, n) => from + n);
  });
}

/**
 * Returns the names of attach types, in lower case; a number for one without a name.
 *
 * @example
 * ```ts
 * attachNames([0, 1]); // ["cgroup_inet_ingress", "cgroup_inet_egress"]
 * ```
 */
export function attachNames(numbers: readonly number[]): readonly string[] {
  const names = new Map(Object.entries(AttachType).map(([name, n]) => [n as number, name]));
  return numbers.map((n) => (names.get(n) ?? String(n)).toLowerCase());
}

/**
 * Formats the attach types of a row: their names, or `all but` the others if those are fewer.
 *
 * @example
 * ```ts
 * attachText([0, 1], "7.3"); // "cgroup_inet_ingress, cgroup_inet_egress"
 * ```
 */
export function attachText(numbers: readonly number[], release: KernelRelease): string {
  if (!isMost(numbers, release)) return attachNames(numbers).join(", ");
  const bound = enumBound("bpf_attach_type", release);
  const others = Array.from({ length: bound }, (_, n) => n).filter((n) => !numbers.includes(n));
  return others.length === 0 ? "all" : `all but ${attachNames(others).join(", ")}`;
}

/**
 * Returns whether a row is for a minority of the attach types, so that its name needs a remark.
 *
 * @example
 * ```ts
 * matrixRows("prog CGROUP_SOCK", { release: "7.3" }).every((row) => isForSome(row, "7.3")); // true
 * ```
 */
export function isForSome({ attach }: MatrixRow, release: KernelRelease): boolean {
  return attach !== undefined && !isMost(attach, release);
}

function isMost(numbers: readonly number[], release: KernelRelease): boolean {
  return numbers.length * 2 > enumBound("bpf_attach_type", release);
}

/**
 * Formats needs as text: `CAP_BPF + CAP_NET_ADMIN, or CAP_SYS_ADMIN`.
 *
 * @example
 * ```ts
 * for (const { init } of matrixRows("map HASH", { release: "6.18" })) console.log(needText(init));
 * ```
 */
export function needText({ sets, refusals, then }: Need): string {
  if (sets.length === 0) return `never: ${refusals.join(" or ")}`;
  const texts = sets.map((set) => (set.length === 0 ? "nothing" : set.join(" + ")));
  const after = then === undefined ? "" : ` (*${then})`;
  return `${texts.join(", or ")}${after}`;
}
