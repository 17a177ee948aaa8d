// SPDX-License-Identifier: MIT
import { AttachType, BpfCmd, Insn, MapType, ProgType } from "@bpf-token/uapi";
import { field, hasTokenFlag, numberField, type StraceCall } from "../explain/strace/line.js";
import { instructionsIn, namesKernelField } from "./from-recording.js";
import type { RecordedCall, RecordedInstructions } from "./recorded-call.js";

type Table = Readonly<Record<string, number>>;

/** A string as strace prints it. */
export const strings: RegExp = /"(?:[^"\\]|\\.)*"/g;

/** The contents of a bpf() call in a log of strace; undefined for another call. */
export function fromStrace(call: StraceCall): Omit<RecordedCall, "number" | "line"> | undefined {
  if (call.name !== "bpf") return undefined;
  const { args, errno } = call;
  // A string, such as the log of the verifier, may look like fields.
  const fields = args.replaceAll(strings, '""');
  const command = commandOf(fields);
  const kind = kinds[command];
  const text = (name: string): string =>
    (field(args, name) ?? "").replace(/^"|"$/g, "").replaceAll(/[^ -~]/g, "?");
  return {
    ...{ command, errno, seccomp: false },
    token: hasTokenFlag(field(fields, kind?.flags ?? "")) || hasRawFlag(fields, kind?.flags),
    type: kind?.type === undefined ? undefined : enumValue(fields, ...kind.type),
    attach: enumValue(fields, "expected_attach_type", AttachType, "BPF_") ?? 0,
    name: kind?.name === undefined ? "" : text(kind.name),
    size: numberField(fields, "insn_cnt") ?? 0,
    instructions: instructionsOf(fields, numberField(fields, "insn_cnt") ?? 0),
    ...(command === "BTF_LOAD" && { kernelFields: hasKernelFields(field(args, "btf") ?? "") }),
    log: text("log_buf").replaceAll("\\n", "\n"),
  };
}

/** A string that is complete ends with a quote; strace prints an address if it cannot read the memory. */
const hasKernelFields = (btf: string): boolean =>
  !/^"(?:[^"\\]|\\.)*"$/s.test(btf) || namesKernelField(btf);

interface Kind {
  readonly flags: string;
  readonly type?: readonly [field: string, table: Table, prefix: string];
  readonly name?: string;
}

const kinds: Readonly<Record<string, Kind>> = {
  MAP_CREATE: {
    ...{ flags: "map_flags", name: "map_name" },
    type: ["map_type", MapType, "BPF_MAP_TYPE_"],
  },
  PROG_LOAD: {
    ...{ flags: "prog_flags", name: "prog_name" },
    type: ["prog_type", ProgType, "BPF_PROG_TYPE_"],
  },
  BTF_LOAD: { flags: "btf_flags" },
  BTF_GET_FD_BY_ID: { flags: "open_flags" },
};

/** `strace -X raw` prints numbers, and `-X verbose` a name in a comment. */
export function commandOf(args: string): string {
  const [, number, name = ""] = /^(?:(0x[0-9a-f]+|\d+)\b|(?:BPF_)?(\w+))/i.exec(args) ?? [];
  if (number === undefined) return name;
  const known = Object.entries(BpfCmd).find(([, value]) => value === (Number(number) & 0xffff));
  return known?.[0] ?? String(Number(number));
}

function enumValue(args: string, name: string, table: Table, prefix: string): number | undefined {
  const word = /^\w+/.exec(field(args, name) ?? "")?.[0] ?? "";
  return /^\d/.test(word) ? Number(word) : table[word.replace(prefix, "")];
}

/** `strace -X raw` prints all flags as one number. */
function hasRawFlag(args: string, name: string | undefined): boolean {
  return name !== undefined && ((numberField(args, name) ?? 0) & 0x10000) !== 0;
}

const insnText =
  /\{code=([^,{}]*), dst_reg=([^,{}]*), src_reg=([^,{}]*), off=([^,{}]*), imm=([^,{}]*)\}/g;

/** The instructions, which strace prints only with -v. Without one that is unknown, the helpers are known. */
export function instructionsOf(args: string, count: number): RecordedInstructions | undefined {
  const list = /\binsns=\[([^[\]]*)\]/.exec(args)?.[1];
  if (list === undefined || list.includes("...")) return undefined;
  const all = [...list.matchAll(insnText)].map(([, ...words]) => encoded(words));
  const known = all.filter((one) => one !== undefined);
  const found = instructionsIn(Uint8Array.from(known.flatMap((one) => [...one])));
  if (known.length === all.length && all.length === count) return found;
  return { helpers: found.helpers, callback: found.callback };
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
export function namedNumber(text: string, names: Table, prefix: RegExp): number {
  return text
    .replace(/\/\*[^*]{0,60}\*\//g, "")
    .split("|")
    .map((part) => part.trim().replace(prefix, ""))
    .map((word) => (/^-?\d/.test(word) ? Number(word) : (names[word] ?? Number.NaN)))
    .reduce((sum, value) => (Number.isNaN(sum + value) ? Number.NaN : sum | value), 0);
}
