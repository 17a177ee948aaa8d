// SPDX-License-Identifier: MIT
// What libbpf 1.5 hands to a kernel to try it: facts that the tool oracle compares with libbpf itself.
import type { BtfType } from "@bpf-token/object";
import { AttachType, ProgType } from "@bpf-token/uapi";

/**
 * Something that a kernel may have or not, by libbpf's name for it in lower case. `loading` is the test
 * of whether programs can be loaded at all, which has no such name.
 */
export type LibbpfFeature = ProgramFeature | BtfFeature | "array_mmap" | "module_btf";

/** Those that are tried with types alone. */
export type BtfFeature =
  | "btf"
  | "btf_func"
  | "btf_global_func"
  | "btf_datasec"
  | "btf_float"
  | "btf_decl_tag"
  | "btf_type_tag"
  | "btf_enum64"
  | "btf_qmark_datasec";

const int = (name: string): BtfType => {
  return {
    kind: "INT",
    name,
    size: 4,
    bits: 32,
    bitOffset: 0,
    signed: true,
    char: false,
    bool: false,
  };
};
const variable = (name: string): BtfType => ({ kind: "VAR", name, type: 1, linkage: 0 });
const proto = (name: string, type: number, returnType: number): BtfType => {
  return { kind: "FUNC_PROTO", name: "", returnType, params: [{ name, type }] };
};
const func = (name: string, type: number, linkage: number): BtfType => {
  return { kind: "FUNC", name, type, linkage };
};
const section = (name: string): readonly BtfType[] => {
  const vars = [{ type: 2, offset: 0, size: 4 }];
  return [int(""), variable("x"), { kind: "DATASEC", name, size: 4, vars }];
};
const tag = (name: string, type: number, component: number): BtfType => {
  return { kind: "DECL_TAG", name, type, component, flag: false };
};
const pointer = (type: number): BtfType => ({ kind: "PTR", name: "", type });

/** The types of each. */
export const typesOf: Readonly<Record<BtfFeature | "arg_ctx_tag", readonly BtfType[]>> = {
  btf: [int("int")],
  btf_func: [int("int"), proto("a", 1, 0), func("x", 2, 0)],
  btf_global_func: [int("int"), proto("a", 1, 0), func("x", 2, 1)],
  btf_datasec: section(".data"),
  btf_float: [{ kind: "FLOAT", name: "float", size: 4 }],
  btf_decl_tag: [int(""), variable("tag"), tag("tag", 2, -1)],
  btf_type_tag: [int(""), { kind: "TYPE_TAG", name: "tag", type: 1, flag: false }, pointer(2)],
  btf_enum64: [{ kind: "ENUM64", name: "enum64", signed: false, size: 8, values: [] }],
  btf_qmark_datasec: section("?.data"),
  arg_ctx_tag: [
    ...[int("a"), pointer(0)],
    ...[proto("a", 2, 1), func("a", 3, 1)],
    ...[proto("b", 2, 1), func("b", 5, 1)],
    tag("arg:ctx", 6, 0),
  ],
};

/**
 * Helpers, by number: a page that loads objects would have the names of all two hundred of them for these
 * few. A test holds them against `HelperId`.
 */
export const helpers = {
  probe_read_user: 112,
  probe_read_kernel: 113,
  probe_read_user_str: 114,
  probe_read_kernel_str: 115,
  ktime_get_coarse_ns: 160,
  get_func_ip: 173,
  get_attach_cookie: 174,
} as const;

/** Opcode, registers, offset and immediate, as they stand in memory. */
type Insn = readonly [code: number, registers: number, offset: number, immediate: number];

const exit: Insn = [0x95, 0, 0, 0];
const zero: Insn = [0xb7, 0, 0, 0];
const call = (helper: number): Insn => [0x85, 0, 0, helper];

/** A program that is loaded to try something. */
export interface SampleProgram {
  readonly type: number;
  readonly attach?: number;
  readonly name?: string;
  readonly insns: readonly Insn[];
}

const nothing = { type: ProgType.SOCKET_FILTER, insns: [zero, exit] };

/** Those that are tried with a program. */
export type ProgramFeature =
  | "memcg_account"
  | "loading"
  | "prog_name"
  | "global_data"
  | "exp_attach_type"
  | "probe_read_kern"
  | "prog_bind_map"
  | "bpf_cookie"
  | "uprobe_multi_link"
  | "arg_ctx_tag";

/** The program of each. */
export const programsOf: Readonly<Record<ProgramFeature, SampleProgram>> = {
  memcg_account: { ...nothing, insns: [call(helpers.ktime_get_coarse_ns), exit] },
  loading: nothing,
  prog_name: { ...nothing, name: "libbpf_nametest" },
  /** Writes 42 into the map, 16 bytes behind its begin. */
  global_data: {
    ...nothing,
    insns: [[0x18, 0x21, 0, 0], [0, 0, 0, 16], [0x7a, 0x01, 0, 42], zero, exit],
  },
  exp_attach_type: {
    type: ProgType.CGROUP_SOCK,
    attach: AttachType.CGROUP_INET_SOCK_CREATE,
    insns: [zero, exit],
  },
  /** Reads eight bytes at 0 into the stack. */
  probe_read_kern: {
    type: ProgType.TRACEPOINT,
    insns: [
      ...([
        [0xbf, 0xa1, 0, 0],
        [0x07, 0x01, 0, -8],
        [0xb7, 0x02, 0, 8],
        [0xb7, 0x03, 0, 0],
      ] as const),
      ...[call(helpers.probe_read_kernel), exit],
    ],
  },
  prog_bind_map: nothing,
  bpf_cookie: { type: ProgType.TRACEPOINT, insns: [call(helpers.get_attach_cookie), exit] },
  uprobe_multi_link: {
    type: ProgType.KPROBE,
    attach: AttachType.TRACE_UPROBE_MULTI,
    insns: [zero, exit],
  },
  /** A function that calls another one, which needs its argument to be a context. */
  arg_ctx_tag: {
    type: ProgType.KPROBE,
    name: "det_arg_ctx",
    insns: [[0x85, 0x10, 0, 1], exit, call(helpers.get_func_ip), exit],
  },
};

/** Which functions the two of `arg_ctx_tag` are: instruction and type of each. */
export const argCtxFunctions: readonly number[] = [0, 4, 2, 6];

/** Instructions as a kernel reads them. */
export function assemble(insns: readonly Insn[], mapFd = 0): Uint8Array {
  const bytes = new Uint8Array(8 * insns.length);
  const view = new DataView(bytes.buffer);
  for (const [i, [code, registers, offset, immediate]] of insns.entries()) {
    view.setUint8(8 * i, code);
    view.setUint8(8 * i + 1, registers);
    view.setInt16(8 * i + 2, offset, true);
    view.setInt32(8 * i + 4, code === 0x18 ? mapFd : immediate, true);
  }
  return bytes;
}
