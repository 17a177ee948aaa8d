// SPDX-License-Identifier: MIT
// The probes of libbpf 1.5 to 1.7. The oracle tool of the repository compares them with libbpf itself.
import type { BtfType } from "@bpf-token/object";
import { AttachType, ProgType } from "@bpf-token/uapi";

/**
 * A kernel feature that libbpf probes, in libbpf's spelling in lower case. `loading` is the test
 * whether programs can be loaded at all, which has no name in libbpf. See {@link PlannedCall}.
 */
export type LibbpfFeature = ProgramFeature | BtfFeature | "array_mmap" | "module_btf";

/** The features that libbpf probes by loading BTF. See {@link LibbpfFeature}. */
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

/** The BTF that probes each feature. */
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
 * Helper ids. Importing `HelperId` would add all its names to every page that loads objects. A test
 * compares these ids with `HelperId`.
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

/** Opcode, registers, offset and immediate, in the order of memory. */
type Insn = readonly [code: number, registers: number, offset: number, immediate: number];

const exit: Insn = [0x95, 0, 0, 0];
const zero: Insn = [0xb7, 0, 0, 0];
const call = (helper: number): Insn => [0x85, 0, 0, helper];

/** A program that probes a feature. */
export interface SampleProgram {
  readonly type: number;
  readonly attach?: number;
  readonly name?: string;
  readonly insns: readonly Insn[];
}

const nothing = { type: ProgType.SOCKET_FILTER, insns: [zero, exit] };

/** The features that libbpf probes by loading a program. See {@link LibbpfFeature}. */
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

/** The program that probes each feature. */
export const programsOf: Readonly<Record<ProgramFeature, SampleProgram>> = {
  memcg_account: { ...nothing, insns: [call(helpers.ktime_get_coarse_ns), exit] },
  loading: nothing,
  prog_name: { ...nothing, name: "libbpf_nametest" },
  /** Writes 42 into the map at offset 16. */
  global_data: {
    ...nothing,
    insns: [[0x18, 0x21, 0, 0], [0, 0, 0, 16], [0x7a, 0x01, 0, 42], zero, exit],
  },
  exp_attach_type: {
    type: ProgType.CGROUP_SOCK,
    attach: AttachType.CGROUP_INET_SOCK_CREATE,
    insns: [zero, exit],
  },
  /** Reads eight bytes at address 0 to the stack. */
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
  /** A function that calls another one, whose argument must be a context. */
  arg_ctx_tag: {
    type: ProgType.KPROBE,
    name: "det_arg_ctx",
    insns: [[0x85, 0x10, 0, 1], exit, call(helpers.get_func_ip), exit],
  },
};

/** func_info of `arg_ctx_tag`: instruction and type of each of the two functions. */
export const argCtxFunctions: readonly number[] = [0, 4, 2, 6];

/** Encodes instructions. */
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
