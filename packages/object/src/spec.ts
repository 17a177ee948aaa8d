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
  readonly license: string;
  /** The number in `SEC("version")`, or 0. */
  readonly kernelVersion: number;
  readonly maps: readonly MapSpec[];
  readonly programs: readonly ProgramSpec[];
  /** All functions in the order of the file: entry functions of programs, and those they call. */
  readonly functions: readonly FunctionSpec[];
  readonly externs: readonly ExternSpec[];
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
  readonly origin: MapOrigin;
  readonly section: string;
  /** A `MapType`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  /** As in the object. Kernels need a whole number of pages for ring buffers; loaders round up. */
  readonly maxEntries: number;
  readonly flags: number;
  /** `map_extra`: number of hash functions of a Bloom filter, or address of an arena. */
  readonly extra: bigint;
  readonly numaNode: number;
  readonly pinning: "none" | "by-name";
  /** Type ids in the object's BTF, 0 if unknown. */
  readonly keyTypeId: number;
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
  readonly index: number;
  /** Name of a map in the object. */
  readonly map?: string;
  /** Name of a program in the object. */
  readonly program?: string;
}

/** A program that the loader loads. An entry of `ObjectSpec.programs`. */
export interface ProgramSpec {
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
  readonly usdt: boolean;
  /** Whether loaders load the program by default. */
  readonly autoload: boolean;
  /** The exception callback: an index into `ObjectSpec.functions`. */
  readonly exceptionCallback?: number;
}

/** A function: the entry of a program, or called by programs. */
export interface FunctionSpec {
  readonly name: string;
  readonly section: string;
  /** Offset in the section, in instructions. */
  readonly start: number;
  /** Whether the function has global linkage, so that the kernel verifies it separately. */
  readonly global: boolean;
  readonly insns: Uint8Array;
  /** Sorted by instruction. */
  readonly relocations: readonly Relocation[];
  /** Offsets count instructions from the start of the function. */
  readonly funcInfo?: InfoRecords;
  readonly lineInfo?: InfoRecords;
}

/**
 * An instruction that refers to a map, variable, extern or function. `insn` is its index in the
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

/** A kernel config option as an `extern` variable in `.kconfig`. */
export interface KconfigSpec {
  readonly kind: "kconfig";
  readonly name: string;
  /** Whether the option may be missing. */
  readonly weak: boolean;
  readonly typeId: number;
  readonly value: "bool" | "tristate" | "char" | "int" | "char[]";
  readonly signed: boolean;
  /** Offset in the map `.kconfig`. */
  readonly offset: number;
  readonly size: number;
}

/** A kernel variable or function, as an `extern` in `.ksyms`. */
export interface KsymSpec {
  readonly kind: "ksym";
  readonly name: string;
  /** Whether it may be missing. */
  readonly weak: boolean;
  readonly function: boolean;
  /** Type id in the object's BTF; 0 for a variable of which the program only uses the address. */
  readonly typeId: number;
}

/** A struct_ops variable: a struct of function pointers for the kernel. */
export interface StructOpsSpec {
  readonly name: string;
  readonly section: string;
  readonly typeName: string;
  readonly typeId: number;
  readonly contents: Uint8Array;
  /** Whether it is attached by a link. */
  readonly link: boolean;
  /** Whether loaders skip it by default. */
  readonly optional: boolean;
  /** The programs, by their byte offset in the struct. */
  readonly programs: readonly { readonly offset: number; readonly program: string }[];
}

/** The kinds of CO-RE relocation, indexed by their number in the format. */
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
  readonly insn: number;
  readonly kind: CoreKind;
  /** The type in the object's BTF. */
  readonly typeId: number;
  /** Indices of members and elements on the path from the type to the field: `0:1:2`. */
  readonly access: string;
}
