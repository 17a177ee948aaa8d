// SPDX-License-Identifier: MIT
import { Insn } from "@bpf-token/uapi";
import type { Btf } from "../btf/btf.js";
import { linkProgram } from "../link.js";
import type {
  ExternSpec,
  FunctionSpec,
  MapSpec,
  ObjectSpec,
  ProgramSpec,
  Relocation,
} from "../spec.js";

/** A linked program, decoded for {@link RegisterAnalysis}. */
export interface Code {
  readonly count: number;
  /** The opcode, registers, offset and immediate of each instruction. */
  readonly code: Uint8Array;
  readonly regs: Uint8Array;
  readonly off: Int16Array;
  readonly imm: Int32Array;
  /** The maps, variables and kernel symbols, by instruction. */
  readonly relocations: ReadonlyMap<number, Relocation>;
  /** Instructions at which paths meet, or which a call returns to. */
  readonly leaders: ReadonlySet<number>;
  /** The first instruction of each function, and its index in `ObjectSpec.functions`. */
  readonly functions: ReadonlyMap<number, number>;
  /** The program type. */
  readonly type: number;
  /** `ObjectSpec.functions`; empty if the program is not of an object. */
  readonly specs: readonly FunctionSpec[];
  /** `ProgramSpec.exceptionCallback`. */
  readonly exceptionCallback: number | undefined;
  readonly maps: ReadonlyMap<string, MapSpec>;
  readonly externs: ReadonlyMap<string, ExternSpec>;
  readonly btf: Btf | undefined;
  /** Whether a map that is not known may hold sockets or other maps. */
  readonly mapsHoldPointers: boolean;
  /** Whether map values may have pointers to kernel objects. */
  readonly hasKernelPointers: boolean;
  /** Whether map values may have fields that only helpers access. */
  readonly hasKernelFields: boolean;
}

/** Where the analysis is: an instruction, and the calls that led to it. */
export interface Point {
  readonly chain: number;
  readonly at: number;
}

export const TWO_SLOTS = 0x18;
export const CALL = 0x85;
export const EXIT = 0x95;
export const JUMP = 0x05;
/** BPF_JMP32 | BPF_JA: the immediate has the distance. */
export const LONG_JUMP = 0x06;
export const classOf = (code: number): number => code & 7;

/** Marks of pointers to kernel objects in map values. */
const kernelPointers = ["kptr", "kptr_untrusted", "percpu_kptr", "uptr"];

/** Types of fields in map values that only helpers access. */
const kernelFields = [
  ...["bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer", "bpf_wq", "bpf_task_work"],
  ...["bpf_list_head", "bpf_rb_root"],
];

function kernelFieldsOf(btf: Btf | undefined): Pick<Code, "hasKernelPointers" | "hasKernelFields"> {
  const has = (name: string, kind: "TYPE_TAG" | "STRUCT"): boolean =>
    (btf?.idsOf(name, kind).length ?? 0) > 0;
  const hasKernelPointers = kernelPointers.some((name) => has(name, "TYPE_TAG"));
  const hasKernelFields = hasKernelPointers || kernelFields.some((name) => has(name, "STRUCT"));
  return { hasKernelPointers, hasKernelFields };
}

type Decoded = Pick<Code, "count" | "code" | "regs" | "off" | "imm">;

function decodeInsns(insns: Uint8Array): Decoded {
  const view = new DataView(insns.buffer, insns.byteOffset, insns.byteLength);
  const count = Math.floor(insns.length / 8);
  const code = new Uint8Array(count);
  const regs = new Uint8Array(count);
  const off = new Int16Array(count);
  const imm = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    code[i] = view.getUint8(8 * i);
    regs[i] = view.getUint8(8 * i + 1);
    off[i] = view.getInt16(8 * i + 2, true);
    imm[i] = view.getInt32(8 * i + 4, true);
  }
  return { count, code, regs, off, imm };
}

/** Decodes a program and the functions that it calls. */
export function decodeProgram(object: ObjectSpec, program: ProgramSpec): Code {
  const { insns, relocations, functions } = linkProgram(object, program);
  const starts = new Map<number, number>();
  let at = 0;
  for (const index of functions) {
    starts.set(at, index);
    at += (object.functions[index]?.insns.length ?? 0) / 8;
  }
  const decoded = decodeInsns(insns);
  return {
    ...decoded,
    relocations: new Map(relocations.map((one) => [one.insn, one])),
    leaders: leadersOf(decoded, starts),
    functions: starts,
    ...{ type: program.type, specs: object.functions },
    exceptionCallback: program.exceptionCallback,
    mapsHoldPointers: true,
    maps: new Map(object.maps.map((map) => [map.name, map])),
    externs: new Map(object.externs.map((one) => [one.name, one])),
    btf: object.btf,
    ...kernelFieldsOf(object.btf),
  };
}

const CALLS_FUNCTION = 1;

/** The relocation that a place of a loaded program stands for; an fd does not identify its map. */
const loaded: ReadonlyMap<number, (insn: number, offset: number) => Relocation> = new Map([
  ...[Insn.PSEUDO_MAP_FD, Insn.PSEUDO_MAP_IDX].map(
    (kind) => [kind, (insn: number): Relocation => ({ insn, kind: "map", map: "" })] as const,
  ),
  ...[Insn.PSEUDO_MAP_VALUE, Insn.PSEUDO_MAP_IDX_VALUE].map(
    (kind) =>
      [
        kind,
        (insn: number, offset: number): Relocation => ({
          insn,
          kind: "map-value",
          map: "",
          offset,
        }),
      ] as const,
  ),
  [Insn.PSEUDO_BTF_ID, (insn: number): Relocation => ({ insn, kind: "extern", extern: "" })],
]);

/** What is known of the maps of a loaded program. */
export interface LoadedMaps {
  /** Whether some may hold sockets or other maps. */
  readonly holdPointers: boolean;
  /** Whether values may have fields of the kernel: locks, timers or pointers to its objects. */
  readonly haveKernelFields: boolean;
}

/** Decodes the instructions of PROG_LOAD. */
export function decodeLoaded(insns: Uint8Array, type: number, maps: LoadedMaps): Code {
  const decoded = decodeInsns(insns);
  const { count, code, regs, imm } = decoded;
  const relocations = new Map<number, Relocation>();
  const functions = new Map([[0, 0]]);
  for (let at = 0; at < count; at++) {
    const pseudo = (regs[at] ?? 0) >> 4;
    const target = at + 1 + (imm[at] ?? 0);
    if (code[at] === CALL && pseudo === CALLS_FUNCTION) functions.set(target, functions.size);
    if (code[at] !== TWO_SLOTS) continue;
    if (pseudo === Insn.PSEUDO_FUNC) functions.set(target, functions.size);
    const relocation = loaded.get(pseudo)?.(at, imm[at + 1] ?? 0);
    if (relocation !== undefined) relocations.set(at, relocation);
    at++;
  }
  return {
    ...decoded,
    ...{ relocations, functions, leaders: leadersOf(decoded, functions) },
    ...{ type, specs: [], maps: new Map(), externs: new Map(), btf: undefined },
    ...{ exceptionCallback: undefined, mapsHoldPointers: maps.holdPointers },
    ...{ hasKernelPointers: maps.haveKernelFields, hasKernelFields: maps.haveKernelFields },
  };
}

/** The target of a jump. */
export function targetOf(
  { code, off, imm }: Pick<Code, "code" | "off" | "imm">,
  at: number,
): number {
  return at + 1 + ((code[at] === LONG_JUMP ? imm[at] : off[at]) ?? 0);
}

function leadersOf(decoded: Decoded, starts: ReadonlyMap<number, number>): ReadonlySet<number> {
  const leaders = new Set<number>(starts.keys());
  for (let at = 0; at < decoded.count; at++) {
    const code = decoded.code[at] ?? 0;
    if (code === TWO_SLOTS) at++;
    else if (classOf(code) === 5 || classOf(code) === 6) {
      leaders.add(at + 1);
      if (code !== CALL && code !== EXIT) leaders.add(targetOf(decoded, at));
    }
  }
  return leaders;
}

/**
 * The names in BTF without which no map value has a field of the kernel.
 *
 * @example
 * ```ts
 * kernelFieldNames.includes("bpf_spin_lock"); // true
 * ```
 */
export const kernelFieldNames: readonly string[] = [...kernelPointers, ...kernelFields];
