// SPDX-License-Identifier: MIT
import {
  Capability,
  type DelegationEnum,
  enumMembers,
  nearest,
  newestRelease,
} from "@bpf-token/uapi/names";
import { UsageError } from "./usage.js";

const HELP = "bpf-token exec --help";

interface Axis {
  readonly kind: DelegationEnum;
  /** What the kernel's headers put before the names, and its mount options do not take. */
  readonly prefix: string;
  readonly what: string;
}

/** The four masks, by the words of the mount options `delegate_…`. */
export const axes: Readonly<Record<string, Axis>> = {
  cmds: { kind: "bpf_cmd", prefix: "BPF_", what: "command" },
  maps: { kind: "bpf_map_type", prefix: "BPF_MAP_TYPE_", what: "type of map" },
  progs: { kind: "bpf_prog_type", prefix: "BPF_PROG_TYPE_", what: "type of program" },
  attachs: { kind: "bpf_attach_type", prefix: "BPF_", what: "type of attachment" },
};

/** Names of ELF sections that people take for names of types. */
const sections: Readonly<Record<string, Readonly<Record<string, string>>>> = {
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
 * Reads `cmds=map_create:prog_load,maps=array`, as often as it was given.
 *
 * @returns mount options with one value each, so that no number takes away the names before it
 *   (rule OP-08) and the kernel's answer is about one word.
 * @throws UsageError that says which word is wrong, and what was probably meant.
 */
export function readDelegation(texts: readonly string[]): readonly string[] {
  const parts = texts.flatMap((text) => text.split(/[;,]/)).map((part) => part.trim());
  let last = "";
  const options = parts.flatMap((part) => {
    if (part === "") return [];
    const [word = "", value] = part.split(/=(.*)/s, 2);
    if (value === undefined) throw problem(withoutAxis(word, last));
    const name = axisOf(word);
    last = part;
    if (value === "")
      throw problem(`'${part}' names nothing; leave it out, or write '${name}=any'`);
    return value.split(":").map((item) => `delegate_${name}=${checkItem(name, item, part)}`);
  });
  if (options.length === 0) throw problem("what is delegated? --delegate cmds=…,maps=…");
  return options;
}

function problem(message: string): UsageError {
  return new UsageError(`exec: ${message}`, HELP);
}

/** A part without `=`: mostly a name behind a comma that should have been a colon. */
function withoutAxis(word: string, last: string): string {
  if (last === "") return `'${word}' says no axis; write one of ${axisList()} before it`;
  return `'${word}' says no axis; names of one axis are parted by ':', as in '${last}:${word}'`;
}

function axisList(): string {
  return Object.keys(axes)
    .map((name) => `${name}=`)
    .join(" ");
}

function axisOf(word: string): string {
  const name = word.replace(/^delegate_/, "");
  if (Object.hasOwn(axes, name)) return name;
  const hint = nearest(name, Object.keys(axes));
  const guess = hint === undefined ? `there are ${axisList()}` : `did you mean '${hint}='?`;
  throw problem(`there is no axis '${word}='; ${guess}`);
}

function members(axis: Axis): readonly string[] {
  return enumMembers(axis.kind, newestRelease).map(({ name }) => name.toLowerCase());
}

function checkItem(name: string, item: string, part: string): string {
  const axis = axes[name] as Axis;
  if (item === "any" || members(axis).includes(item.toLowerCase())) return item;
  if (/^(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(item)) return checkNumber(item);
  if (item === "") throw problem(`'${part}' has an empty name between two ':'`);
  throw problem(`'${item}' is no ${axis.what}; ${adviceFor(name, axis, item)}`);
}

function checkNumber(item: string): string {
  const octal = /^0[0-7]+$/.test(item);
  const mask = BigInt(octal ? `0o${item.slice(1)}` : item);
  if (mask < 1n << 64n) return item;
  throw problem(`the mask '${item}' does not fit in 64 bits`);
}

/** What was probably meant by a word that is none of this axis. */
function adviceFor(name: string, axis: Axis, item: string): string {
  const low = item.toLowerCase();
  const known = members(axis);
  if (low === "any") return "'any' is written in small letters";
  for (const prefix of [axis.prefix, "BPF_"]) {
    const bare = low.startsWith(prefix.toLowerCase()) ? low.slice(prefix.length) : "";
    if (known.includes(bare)) return `leave out the prefix: '${bare}'`;
  }
  const section = sections[name]?.[low];
  if (section !== undefined) return `that is a section of object files, whose type is '${section}'`;
  const home = Object.entries(axes).find(([, other]) => members(other).includes(low));
  if (home !== undefined) return `it is a ${home[1].what}: write '${home[0]}=${low}'`;
  const hint = nearest(low, known);
  if (hint !== undefined) return `did you mean '${hint}'?`;
  return `'bpf-token support' lists them`;
}

/**
 * Reads `bpf,net_admin`, with or without `CAP_`; `all` and `none`.
 *
 * @throws UsageError with the nearest capability for a word that is none.
 */
export function readCapabilities(text: string): bigint {
  if (text === "all") return (1n << 64n) - 1n;
  if (text === "none") return 0n;
  return text.split(",").reduce((mask, word) => {
    const name = word.trim().toUpperCase().replace(/^CAP_/, "");
    if (Object.hasOwn(Capability, name)) {
      return mask | (1n << BigInt(Capability[name as keyof typeof Capability]));
    }
    const hint = nearest(name, Object.keys(Capability))?.toLowerCase();
    const guess = hint === undefined ? "capabilities(7) lists them" : `did you mean '${hint}'?`;
    throw problem(`there is no capability '${word.trim()}'; ${guess}`);
  }, 0n);
}

/** Capabilities of a mask by name, `CAP_BPF, CAP_NET_ADMIN`. */
export function capabilityNames(mask: bigint): readonly string[] {
  return Object.entries(Capability)
    .filter(([, bit]) => (mask >> BigInt(bit)) & 1n)
    .map(([name]) => `CAP_${name}`);
}
