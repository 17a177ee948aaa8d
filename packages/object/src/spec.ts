// SPDX-License-Identifier: MIT
import type { Btf } from "./btf/btf.js";
import type { InfoRecords } from "./btf/ext.js";

/**
 * A parsed object file. It contains nothing that depends on a kernel; see {@link parseObject} to
 * create it and {@link relocateCore} to adjust it.
 */
export interface ObjectSpec {
  /** Prefix of the kernel names of maps that hold variables. */
  readonly name: string;
  /** The text in `SEC("license")`; empty if there is none. */
  readonly license: string;
  /** The number in `SEC("version")`, or 0. */
  readonly kernelVersion: number;
  /** The maps: definitions, then maps of variables. */
  readonly maps: readonly MapSpec[];
  /** The programs, in the order of the file. */
  readonly programs: readonly ProgramSpec[];
  /** All functions in the order of the file: entry functions of programs, and those they call. */
  readonly functions: readonly FunctionSpec[];
  /** Declarations whose values the kernel provides. */
  readonly externs: readonly ExternSpec[];
  /** The struct_ops variables. */
  readonly structOps: readonly StructOpsSpec[];
  /** The instructions that depend on kernel types, in the order of the file. */
  readonly coreRelocations: readonly CoreRelocation[];
  /** The object's BTF, with sizes and offsets of variables filled in. */
  readonly btf: Btf | undefined;
}

/** Where a {@link MapSpec} comes from: a map definition, or a section of variables. */
export type MapOrigin = "definition" | "legacy" | "data" | "rodata" | "bss" | "kconfig";

/** A map that the loader creates. An entry of `ObjectSpec.maps`. */
export interface MapSpec {
  /** The name of the map variable, or of the section: `.rodata`. */
  readonly name: string;
  /** The map's name in the kernel, at most 15 characters. */
  readonly kernelName: string;
  /** Where the map comes from. */
  readonly origin: MapOrigin;
  /** The ELF section. */
  readonly section: string;
  /** A `MapType`. */
  readonly type: number;
  /** Size of a key in bytes. */
  readonly keySize: number;
  /** Size of a value in bytes. */
  readonly valueSize: number;
  /** As in the object. Kernels need a whole number of pages for ring buffers; loaders round up. */
  readonly maxEntries: number;
  /** `map_flags`: `BPF_F_*`. */
  readonly flags: number;
  /** `map_extra`: number of hash functions of a Bloom filter, or address of an arena. */
  readonly extra: bigint;
  /** The NUMA node for the map's memory; 0 by default. */
  readonly numaNode: number;
  /** Whether loaders pin the map under its name. */
  readonly pinning: "none" | "by-name";
  /** Type id of the keys in the object's BTF, 0 if unknown. */
  readonly keyTypeId: number;
  /** Type id of the values in the object's BTF, 0 if unknown. */
  readonly valueTypeId: number;
  /** The definition of the inner maps of a map of maps. */
  readonly inner?: MapSpec;
  /** Initial contents of a map that holds variables. */
  readonly contents?: Uint8Array;
  /** Initial elements of a map of maps or of a program array. */
  readonly values: readonly MapSlot[];
}

/** An initial element of a map of maps or a program array. See {@link MapSpec}. */
export interface MapSlot {
  /** The key: an index of the array. */
  readonly index: number;
  /** Name of a map in the object. */
  readonly map?: string;
  /** Name of a program in the object. */
  readonly program?: string;
}

/** A program that the loader loads. An entry of `ObjectSpec.programs`. */
export interface ProgramSpec {
  /** The name of the entry function. */
  readonly name: string;
  /** The section, without the leading `?` that disables loading by default. */
  readonly section: string;
  /** The entry function: an index into `ObjectSpec.functions`. */
  readonly function: number;
  /** A `ProgType`; 0 if the section name is unknown. */
  readonly type: number;
  /** An `AttachType`, for `expected_attach_type`. */
  readonly attach: number;
  /** Whether loaders omit the attach type on kernels that do not know it. */
  readonly attachOptional: boolean;
  /** The part of the section name after the first `/`. */
  readonly target?: string;
  /** The kernel function or type that the program attaches to. */
  readonly attachBtf?: { readonly name: string; readonly kind: "FUNC" | "TYPEDEF" };
  /** `prog_flags`: BPF_F_SLEEPABLE, BPF_F_XDP_HAS_FRAGS. */
  readonly flags: number;
  /** Whether it attaches to a user-space static tracepoint (USDT). */
  readonly usdt: boolean;
  /** Whether loaders load the program by default. */
  readonly autoload: boolean;
  /** The exception callback: an index into `ObjectSpec.functions`. */
  readonly exceptionCallback?: number;
}

/** A function: the entry of a program, or called by programs. */
export interface FunctionSpec {
  /** The name in the object. */
  readonly name: string;
  /** The ELF section. */
  readonly section: string;
  /** Offset in the section, in instructions. */
  readonly start: number;
  /** Whether the function has global linkage, so that the kernel verifies it separately. */
  readonly global: boolean;
  /** The instructions, eight bytes each. */
  readonly insns: Uint8Array;
  /** Sorted by instruction. */
  readonly relocations: readonly Relocation[];
  /** Offsets count instructions from the start of the function. */
  readonly funcInfo?: InfoRecords;
  /** Source lines; offsets count instructions from the start of the function. */
  readonly lineInfo?: InfoRecords;
}

/**
 * An instruction that refers to a map, variable, extern or function; {@link linkProgram} and
 * {@link bindProgram} fill these in. `insn` is the index of the instruction in the
 * function or linked program.
 */
export type Relocation =
  | { readonly insn: number; readonly kind: "map"; readonly map: string }
  | {
      readonly insn: number;
      readonly kind: "map-value";
      readonly map: string;
      readonly offset: number;
    }
  | { readonly insn: number; readonly kind: "extern" | "extern-call"; readonly extern: string }
  | { readonly insn: number; readonly kind: "call" | "address"; readonly function: number };

/** A declaration whose value the kernel provides. An entry of `ObjectSpec.externs`. */
export type ExternSpec = KconfigSpec | KsymSpec;

/**
 * A kernel config option, declared as an `extern` variable in `.kconfig`. See {@link ExternSpec}.
 */
export interface KconfigSpec {
  /** A kernel config option. */
  readonly kind: "kconfig";
  /** The option, such as `CONFIG_HZ`. */
  readonly name: string;
  /** Whether the option may be missing. */
  readonly weak: boolean;
  /** Type id in the object's BTF. */
  readonly typeId: number;
  /** How the option's value is stored. */
  readonly value: "bool" | "tristate" | "char" | "int" | "char[]";
  /** Whether an integer is signed. */
  readonly signed: boolean;
  /** Offset in the map `.kconfig`. */
  readonly offset: number;
  /** Size in bytes. */
  readonly size: number;
}

/** A kernel variable or function, declared as an `extern` in `.ksyms`. See {@link ExternSpec}. */
export interface KsymSpec {
  /** A kernel symbol. */
  readonly kind: "ksym";
  /** The symbol's name, with a flavour if the object uses one. */
  readonly name: string;
  /** Whether it may be missing. */
  readonly weak: boolean;
  /** Whether it is a function; otherwise a variable. */
  readonly function: boolean;
  /** Type id in the object's BTF; 0 for a variable of which the program only uses the address. */
  readonly typeId: number;
}

/** A struct of function pointers for the kernel. An entry of `ObjectSpec.structOps`. */
export interface StructOpsSpec {
  /** The name in the object. */
  readonly name: string;
  /** The ELF section. */
  readonly section: string;
  /** Name of the struct, such as `tcp_congestion_ops`. */
  readonly typeName: string;
  /** Type id of the struct in the object's BTF. */
  readonly typeId: number;
  /** The bytes of the variable, without function pointers. */
  readonly contents: Uint8Array;
  /** Whether it is attached by a link. */
  readonly link: boolean;
  /** Whether loaders skip it by default. */
  readonly optional: boolean;
  /** The programs, by their byte offset in the struct. */
  readonly programs: readonly { readonly offset: number; readonly program: string }[];
}

/**
 * The kinds of CO-RE relocation, indexed by their number in the format.
 *
 * @example
 * ```ts
 * coreKinds[2]; // "field-exists"
 * ```
 */
export const coreKinds = [
  "field-byte-offset",
  "field-byte-size",
  "field-exists",
  "field-signed",
  "field-lshift-u64",
  "field-rshift-u64",
  "type-id-local",
  "type-id-target",
  "type-exists",
  "type-size",
  "enumval-exists",
  "enumval-value",
  "type-matches",
] as const;

/** A kind of CO-RE relocation. See {@link CoreRelocation}. */
export type CoreKind = (typeof coreKinds)[number];

/** An instruction that depends on kernel types. {@link relocateCore} adjusts it. */
export interface CoreRelocation {
  /** An index into `ObjectSpec.functions`. */
  readonly function: number;
  /** Index of the instruction in the function. */
  readonly insn: number;
  /** What the instruction needs to know about the type. */
  readonly kind: CoreKind;
  /** The type in the object's BTF. */
  readonly typeId: number;
  /** Indices of members and elements on the path from the type to the field: `0:1:2`. */
  readonly access: string;
}
