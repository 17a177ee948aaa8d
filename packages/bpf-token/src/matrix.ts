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

/** What somebody needs in order to be let through. */
export interface Need {
  /** The smallest sets of capabilities that do; empty if none does, one empty set if none is needed. */
  readonly sets: readonly (readonly string[])[];
  /**
   * What who is let through is answered, if it is not `ok`: some things were asked for without what
   * they are made of (a target of tracing, operations), which is looked for behind the capabilities.
   */
  readonly then?: string;
  /** What the others are answered, as `EPERM`. */
  readonly refusals: readonly string[];
}

/** One kind of thing to make, with the attach types for which the same holds. */
export interface MatrixRow {
  /** As `map ARRAY`, `prog XDP`, `btf BTF_LOAD`. */
  readonly name: string;
  /** Attach types of programs by number, undefined for other things. */
  readonly attach?: readonly number[];
  /** In the first user namespace, without a token. */
  readonly init: Need;
  /** In a container, without a token. */
  readonly child: Need;
  /** In a container, with a token that suffices; undefined where there are none for it. */
  readonly withToken?: Need;
  /** Whether every token that lacks one bit is answered as no token is. */
  readonly lackingIsNone: boolean;
}

/** Which kernel is asked about. */
export interface MatrixQuery {
  readonly release: KernelRelease;
  /** Everybody may call bpf(2): kernel.unprivileged_bpf_disabled is 0. Default false. */
  readonly open?: boolean;
}

const kinds = { map: "bpf_map_type", prog: "bpf_prog_type" } as const;

/** Names of all rows about what a release has of maps, programs and BTF. */
export function matrixNames(release: KernelRelease): readonly string[] {
  const types = Object.entries(kinds).flatMap(([kind, members]) =>
    enumMembers(members, release).map(({ name }) => `${kind} ${name}`),
  );
  return Object.keys(matrixData.rows).filter(
    (name) => name.startsWith("btf ") || types.includes(name),
  );
}

/** The real kernels that the model's answers were compared with, cell by cell. */
export const matrixCompared: readonly ComparedKernel[] = matrixData.compared;

/**
 * What it takes to make something, with and without a token.
 *
 * @param name - one of {@link matrixNames}.
 * @returns one row, for programs one for each group of the release's attach types that are answered
 *   alike; none where the release has no such thing.
 * @throws RangeError for a name that is none.
 */
export function matrixRows(
  name: string,
  { release, open = false }: MatrixQuery,
): readonly MatrixRow[] {
  const specs = matrixData.rows[name];
  if (specs === undefined) throw new RangeError(`nothing to make is called '${name}'`);
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

function readPart(name: string, part: string, bound: number): MatrixRow {
  const [index = "", attach] = part.split("@");
  const answers = new Map(
    (matrixData.answers[Number(index)] ?? "")
      .split("; ")
      .map((line) => line.split(": ") as [string, string]),
  );
  const need = (key: string): Need => readNeed(answers.get(key) ?? "");
  const lacking = [...answers].filter(([key]) => key.startsWith("child lacks"));
  return {
    name,
    ...(attach === undefined ? {} : { attach: readRanges(attach).filter((n) => n < bound) }),
    init: need("init none"),
    child: need("child none"),
    ...(answers.has("child right") ? { withToken: need("child right") } : {}),
    lackingIsNone: lacking.every(([, answer]) => answer === answers.get("child none")),
  };
}

function readNeed(text: string): Need {
  const answers = text.split(" ").map((part) => part.split("=") as [string, string]);
  const others = answers.filter(([answer]) => answer !== "ok" && answer !== "EPERM");
  // Where some are let through to another errno and the rest are not, rights made the difference.
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

/** Attach types by name; a number for one that has none. */
export function attachNames(numbers: readonly number[]): readonly string[] {
  const names = new Map(Object.entries(AttachType).map(([name, n]) => [n as number, name]));
  return numbers.map((n) => (names.get(n) ?? String(n)).toLowerCase());
}

/** What somebody needs, in words: `CAP_BPF + CAP_NET_ADMIN, or CAP_SYS_ADMIN`. */
export function needText({ sets, refusals, then }: Need): string {
  if (sets.length === 0) return `never: ${refusals.join(" or ")}`;
  const texts = sets.map((set) => (set.length === 0 ? "nothing" : set.join(" + ")));
  const behind = then === undefined ? "" : ` (*${then})`;
  return `${texts.join(", or ")}${behind}`;
}
