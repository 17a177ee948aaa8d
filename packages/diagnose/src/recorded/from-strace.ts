// SPDX-License-Identifier: MIT
import { AttachType, BpfCmd, MapType, ProgType } from "@bpf-token/uapi";
import { field, hasTokenFlag, numberField, type StraceCall } from "../explain/strace/line.js";
import type { RecordedCall, RecordedInstructions } from "./recorded-call.js";

type Table = Readonly<Record<string, number>>;

const strings = /"(?:[^"\\]|\\.)*"/g;

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
    instructions: instructionsOf(fields),
    log: text("log_buf").replaceAll("\\n", "\n"),
  };
}

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
function commandOf(args: string): string {
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

const call =
  /code=(?:BPF_JMP\|BPF_K\|BPF_CALL|0x85), dst_reg=[^,]*, src_reg=(?:BPF_REG_0|0(?:x0)?)\b[^,]*, off=[^,]*, imm=(0x[0-9a-f]+|\d+)/g;
const callback =
  /code=(?:BPF_LD\|BPF_DW\|BPF_IMM|0x18), dst_reg=[^,]*, src_reg=(?:BPF_REG_4|(?:0x)?4)\b/;

/** The instructions, which strace prints only with -v. */
function instructionsOf(args: string): RecordedInstructions | undefined {
  const list = /\binsns=\[([^[\]]*)\]/.exec(args)?.[1];
  if (list === undefined || list.includes("...")) return undefined;
  const helpers = [...list.matchAll(call)].map(([, id]) => Number(id));
  return { helpers: [...new Set(helpers)], callback: callback.test(list) };
}
