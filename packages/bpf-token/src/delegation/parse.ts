// SPDX-License-Identifier: MIT
import { enumMembers, nearest, newestRelease } from "@bpf-token/uapi/names";
import { axisNames, type DelegationAxis, delegationAxes, isDelegationAxis } from "./axes.js";
import { DelegationError } from "./error.js";

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
 * Parses a delegation, as `bpf-token exec --delegate` accepts it.
 *
 * @param texts - texts such as `cmds=map_create:prog_load,maps=array`. A name has no prefix; a number
 *   is a mask.
 * @returns mount options with one value each, because a number in a list would replace the names before
 *   it (rule OP-08), and because the kernel's errno then belongs to one word.
 * @throws DelegationError for an unknown or misplaced word, with the nearest right one.
 * @example
 * ```ts
 * parseDelegation(["cmds=map_create,maps=array:hash"]);
 * // ["delegate_cmds=map_create", "delegate_maps=array", "delegate_maps=hash"]
 * ```
 */
export function parseDelegation(texts: readonly string[]): readonly string[] {
  const parts = texts.flatMap((text) => text.split(/[;,]/)).map((part) => part.trim());
  let last = "";
  const options = parts.flatMap((part) => {
    if (part === "") return [];
    const [word = "", value] = part.split(/=(.*)/s, 2);
    if (value === undefined) throw problem(withoutAxis(word, last));
    const name = axisOf(word);
    last = part;
    if (value === "") throw problem(`'${part}' has no value; remove it, or write '${name}=any'`);
    return value.split(":").map((item) => `delegate_${name}=${checkItem(name, item, part)}`);
  });
  if (options.length === 0)
    throw problem("--delegate is missing or empty; give e.g. cmds=map_create,maps=array");
  return options;
}

function problem(message: string): DelegationError {
  return new DelegationError(message);
}

/** Explains a part without `=`. The usual mistake is a comma in place of a colon. */
function withoutAxis(word: string, last: string): string {
  if (last === "") return `'${word}' has no axis; write one of ${axisList()} before it`;
  return `'${word}' has no axis; separate the names of one axis with ':', as in '${last}:${word}'`;
}

function axisList(): string {
  return axisNames.map((name) => `${name}=`).join(" ");
}

function axisOf(word: string): DelegationAxis {
  const name = word.replace(/^delegate_/, "");
  if (isDelegationAxis(name)) return name;
  const hint = nearest(name, axisNames);
  const guess = hint === undefined ? `known: ${axisList()}` : `did you mean '${hint}='?`;
  throw problem(`unknown axis '${word}='; ${guess}`);
}

function members(axis: DelegationAxis): readonly string[] {
  return enumMembers(delegationAxes[axis].kind, newestRelease).map(({ name }) =>
    name.toLowerCase(),
  );
}

function checkItem(axis: DelegationAxis, item: string, part: string): string {
  if (item === "any" || members(axis).includes(item.toLowerCase())) return item;
  if (/^(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(item)) return checkNumber(item);
  if (item === "") throw problem(`'${part}' has an empty name between two ':'`);
  const { what } = delegationAxes[axis];
  throw problem(`'${item}' is not a ${what}; ${adviceFor(axis, item)}`);
}

function checkNumber(item: string): string {
  const octal = /^0[0-7]+$/.test(item);
  const mask = BigInt(octal ? `0o${item.slice(1)}` : item);
  if (mask < 1n << 64n) return item;
  throw problem(`the mask '${item}' does not fit in 64 bits`);
}

/** Suggests a replacement for a word that is not a member of this mask. */
function adviceFor(axis: DelegationAxis, item: string): string {
  const low = item.toLowerCase();
  const known = members(axis);
  if (low === "any") return "write 'any' in lower case";
  for (const prefix of [delegationAxes[axis].prefix, "BPF_"]) {
    const bare = low.startsWith(prefix.toLowerCase()) ? low.slice(prefix.length) : "";
    if (known.includes(bare)) return `write it without the prefix: '${bare}'`;
  }
  const section = sections[axis]?.[low];
  if (section !== undefined) return `it is an ELF section name; its type is '${section}'`;
  const home = axisNames.find((other) => members(other).includes(low));
  if (home !== undefined) return `it is a ${delegationAxes[home].what}: write '${home}=${low}'`;
  const hint = nearest(low, known);
  if (hint !== undefined) return `did you mean '${hint}'?`;
  return `'bpf-token support' lists the known ones`;
}
