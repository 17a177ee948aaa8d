// SPDX-License-Identifier: MIT
import {
  AttachType,
  attrLayout,
  BPF_F,
  BpfCmd,
  type BpfCmdName,
  Errno,
  type ErrnoName,
  type Field,
  Insn,
  MapType,
  newestRelease,
  type PointerSlot,
  ProgType,
} from "@bpf-token/uapi";
import { commandNames } from "./call-text.js";
import type { StraceCall } from "./strace-line.js";
import type { TracedCall } from "./traced-call.js";

type Table = Readonly<Record<string, number>>;

/** Names of strace in the fields of an attr, and the prefix that they have there. */
const named: Readonly<Record<string, readonly [table: Table, prefix: string]>> = {
  map_type: [MapType, "BPF_MAP_TYPE_"],
  prog_type: [ProgType, "BPF_PROG_TYPE_"],
  expected_attach_type: [AttachType, "BPF_"],
  attach_type: [AttachType, "BPF_"],
};
/** A string as strace prints it. */
const strings = /"(?:[^"\\]|\\.)*"/g;
const flags = [BPF_F, "BPF_F_"] as const;

/**
 * Turns a bpf() call of a log of strace into a call as a recording has it. Fields that the log lacks are 0,
 * and so is the result of a call that never returned.
 *
 * @returns undefined for another call.
 */
export function tracedBpf({
  pid = 1,
  name,
  args,
  result: printed = 0,
  errno,
}: StraceCall): TracedCall | undefined {
  if (name !== "bpf") return undefined;
  const known = Errno[errno as ErrnoName] as number | undefined;
  const result = known === undefined ? printed : -known;
  const number = commandOf(args);
  const cmd = commandNames.get(number);
  if (cmd === undefined) return { pid, name, args: [number], result };
  const layout = attrLayout(cmd, newestRelease);
  const bytes = layout.encode({}).bytes.slice();
  const values = valuesIn(args);
  for (const one of layout.fields) {
    if (one.type === "char") bytes.set(nameIn(args, one), one.offset);
    else if (one.type !== "ptr") setNumber(bytes, one, values.get(one.name));
  }
  addExtra(bytes, args);
  const pointers = layout.fields.flatMap((one) => slotOf(one, args) ?? []);
  // A log that is cut still has the reason, most times.
  const log = /\blog_buf="((?:[^"\\]|\\.)*)"/s.exec(args)?.[1];
  return {
    ...{ pid, name },
    args: [number, { bytes, pointers }, bytes.length],
    result,
    ...(log !== undefined && { log: new TextDecoder().decode(unescaped(log)) }),
    ...(isCut(cmd, args, values) && { incomplete: "the log of strace is cut" }),
  };
}

/** The fields without which a call is not known. */
const essential: Readonly<Partial<Record<BpfCmdName, readonly string[]>>> = {
  MAP_CREATE: ["map_type", "key_size", "value_size", "max_entries"],
  PROG_LOAD: ["prog_type", "insn_cnt"],
};

const isCut = (cmd: BpfCmdName, args: string, values: ReadonlyMap<string, string>): boolean =>
  /\.\.\.[},]/.test(args) || (essential[cmd] ?? []).some((name) => !values.has(name));

/** The fields that are numbers, by name. A string, such as the log of the verifier, may look like fields. */
function valuesIn(args: string): ReadonlyMap<string, string> {
  const plain = args.replace(/\binsns=\[[^[\]]*\]/, "").replaceAll(strings, '""');
  const found = [...plain.matchAll(/\b(\w+)=(KERNEL_VERSION\([^()]*\)|[^,{}]*)/g)];
  // The first one of a name counts.
  return new Map(found.reverse().map(([, name = "", value = ""]) => [name, value.trim()]));
}

const nameIn = (args: string, { name, size }: Field): Uint8Array =>
  stringField(args, name)?.slice(0, size - 1) ?? new Uint8Array();

/** `strace -X raw` prints numbers, and `-X verbose` a name in a comment. */
function commandOf(args: string): number {
  const [, number, name = ""] = /^(?:(0x[0-9a-f]+|\d+)\b|(?:BPF_)?(\w+))/i.exec(args) ?? [];
  return number === undefined ? (BpfCmd[name as BpfCmdName] ?? -1) : Number(number) & 0xffff;
}

function setNumber(
  bytes: Uint8Array,
  { name, offset, size }: Field,
  text: string | undefined,
): void {
  // Fields of a union have the same place: the log has one of them. A paste can have any number of digits.
  const value = text === undefined ? undefined : (wideNumber(text) ?? numberOf(name, text));
  if (value === undefined || (typeof value === "number" && !Number.isInteger(value))) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (size === 8) view.setBigUint64(offset, BigInt(value), true);
  else if (size === 4) view.setInt32(offset, Number(value), true);
}

/** A number that may have more digits than a JavaScript number keeps; undefined for other texts. */
function wideNumber(text: string): bigint | undefined {
  const [, sign, digits] = /^(-?)(0x[0-9a-f]{9,16}|\d{10,20})(?![\w|])/i.exec(text) ?? [];
  return digits === undefined ? undefined : BigInt(digits) * (sign === "-" ? -1n : 1n);
}

function numberOf(name: string, text: string): number | undefined {
  const [, major, minor, patch] = /^KERNEL_VERSION\((\d+), (\d+), (\d+)\)/.exec(text) ?? [];
  if (major !== undefined) return (Number(major) << 16) | (Number(minor) << 8) | Number(patch);
  const [table, prefix] = named[name] ?? flags;
  return /^-?\d/.test(text) && !text.includes("|")
    ? Number(/^-?(?:0x[0-9a-f]+|\d+)/i.exec(text)?.[0])
    : namedNumber(text, table, prefix);
}

/** strace prints the fields that it does not know as bytes, with their place in a comment. */
function addExtra(bytes: Uint8Array, args: string): void {
  const [, text, at] = /extra_data="((?:\\x[0-9a-f]{2})*)" \/\* bytes (\d+)/.exec(args) ?? [];
  const values = (text?.match(/[0-9a-f]{2}/g) ?? []).map((hex) => Number.parseInt(hex, 16));
  if (Number(at) + values.length <= bytes.length) bytes.set(values, Number(at));
}

function slotOf({ name, offset }: Field, args: string): PointerSlot | undefined {
  if (name === "insns") {
    const to = instructionsIn(args);
    return to === undefined ? undefined : { offset, to };
  }
  if (name !== "license" && name !== "pathname" && name !== "btf") return undefined;
  const to = stringField(args, name);
  // A string ends with a null character, which strace does not print.
  return to === undefined
    ? undefined
    : { offset, to: name === "btf" ? to : Uint8Array.of(...to, 0) };
}

const escaped: Table = { n: 10, r: 13, t: 9, v: 11, f: 12 };

/** The bytes of a string; undefined if the field has none, or the log cuts it. */
function stringField(args: string, name: string): Uint8Array | undefined {
  const text = new RegExp(`\\b${name}="((?:[^"\\\\]|\\\\.)*)"(?!\\.)`).exec(args)?.[1];
  return text === undefined ? undefined : unescaped(text);
}

function unescaped(text: string): Uint8Array {
  const parts = text.match(/\\x[0-9a-f]{2}|\\[0-7]{1,3}|\\.|[^\\]/gs) ?? [];
  return Uint8Array.from(parts.flatMap((part) => bytesOf(part)));
}

function bytesOf(part: string): readonly number[] {
  if (!part.startsWith("\\")) return [...new TextEncoder().encode(part)];
  if (part.startsWith("\\x")) return [Number.parseInt(part.slice(2), 16)];
  if (/^\\[0-7]/.test(part)) return [Number.parseInt(part.slice(1), 8)];
  return [escaped[part.slice(1)] ?? part.charCodeAt(1)];
}

const insnText =
  /\{code=([^,{}]*), dst_reg=([^,{}]*), src_reg=([^,{}]*), off=([^,{}]*), imm=([^,{}]*)\}/g;

/** The instructions, which strace prints only with -v; without those that have a name that is not known here. */
function instructionsIn(args: string): Uint8Array | undefined {
  const list = /\binsns=\[([^[\]]*)\]/.exec(args)?.[1];
  if (list === undefined || list.includes("...")) return undefined;
  const all = [...list.matchAll(insnText)].map(([, ...words]) => encoded(words));
  return Uint8Array.from(all.flatMap((one) => (one === undefined ? [] : [...one])));
}

/** One instruction; undefined if strace has a name that is not known here. */
function encoded(words: readonly string[]): Uint8Array | undefined {
  const [code = 0, dst = 0, src = 0, off = 0, imm = 0] = words.map((word) =>
    namedNumber(word, Insn, /^BPF_(?:REG_)?(?=\w)/),
  );
  const values = [code, dst, src, off, imm];
  if (!values.every(Number.isInteger)) return undefined;
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, code);
  view.setUint8(1, (src << 4) | (dst & 15));
  view.setInt16(2, off, true);
  view.setInt32(4, imm, true);
  return bytes;
}

/** `0x85`, `-8`, `BPF_REG_10`, `BPF_JMP|BPF_K|BPF_CALL`, `BPF_PSEUDO_MAP_FD`; NaN for an unknown name. */
function namedNumber(text: string, names: Table, prefix: RegExp | string): number {
  return text
    .replace(/\/\*[^*]{0,60}\*\//g, "")
    .split("|")
    .map((part) => part.trim().replace(prefix, ""))
    .map((word) => (/^-?\d/.test(word) ? Number(word) : (names[word] ?? Number.NaN)))
    .reduce((sum, value) => (Number.isNaN(sum + value) ? Number.NaN : sum | value), 0);
}
