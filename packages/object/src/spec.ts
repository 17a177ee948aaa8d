// SPDX-License-Identifier: MIT
import type { Btf } from "./btf/btf.js";
import type { InfoRecords } from "./btf/ext.js";

/** An object file as plain values. What depends on a kernel is named in it and done by others. */
export interface ObjectSpec {
  /** Part of the names that maps of variables have in the kernel. */
  readonly name: string;
  readonly license: string;
  /** `SEC("version")`, 0 if there is none. */
  readonly kernelVersion: number;
  readonly maps: readonly MapSpec[];
  readonly programs: readonly ProgramSpec[];
  /** All functions, also those that programs call; in the order of the file. */
  readonly functions: readonly FunctionSpec[];
  readonly externs: readonly ExternSpec[];
  readonly structOps: readonly StructOpsSpec[];
  /** What has to be adjusted to the types of the kernel; in the order of the file. */
  readonly coreRelocations: readonly CoreRelocation[];
  /** The types, with sizes and offsets of variables filled in. */
  readonly btf: Btf | undefined;
}

/** Where a map comes from: a definition, or variables of the program. */
export type MapOrigin = "definition" | "legacy" | "data" | "rodata" | "bss" | "kconfig";

/** A map to be created. */
export interface MapSpec {
  /** The variable's name, or the section's: `.rodata`. */
  readonly name: string;
  /** The name that it gets in the kernel, at most 15 characters. */
  readonly kernelName: string;
  readonly origin: MapOrigin;
  readonly section: string;
  /** A `MapType`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  /** As written: kernels want a whole number of pages of ring buffers, loaders round up. */
  readonly maxEntries: number;
  readonly flags: number;
  /** `map_extra`: bits of a Bloom filter, the address of an arena. */
  readonly extra: bigint;
  readonly numaNode: number;
  readonly pinning: "none" | "by-name";
  /** Types in the object's BTF, 0 if unknown. */
  readonly keyTypeId: number;
  readonly valueTypeId: number;
  /** What maps in this map look like. */
  readonly inner?: MapSpec;
  /** The content that the map starts with: of variables. */
  readonly contents?: Uint8Array;
  /** Maps or programs that the map starts with. */
  readonly values: readonly MapSlot[];
}

/** An element that a map of maps or programs starts with. */
export interface MapSlot {
  readonly index: number;
  /** Name of a map of the object. */
  readonly map?: string;
  /** Name of a program of the object. */
  readonly program?: string;
}

/** A program to be loaded. */
export interface ProgramSpec {
  readonly name: string;
  /** The section, without the `?` that keeps a program from being loaded. */
  readonly section: string;
  /** Where it begins: an index into `functions`. */
  readonly function: number;
  /** A `ProgType`; 0 if the section says none. */
  readonly type: number;
  /** An `AttachType` as `expected_attach_type`. */
  readonly attach: number;
  /** Whether kernels without `expected_attach_type` load it as well. */
  readonly attachOptional: boolean;
  /** What follows the first `/` of the section. */
  readonly target?: string;
  /** The type of the kernel that the program is attached to. */
  readonly attachBtf?: { readonly name: string; readonly kind: "FUNC" | "TYPEDEF" };
  /** `prog_flags`: BPF_F_SLEEPABLE, BPF_F_XDP_HAS_FRAGS. */
  readonly flags: number;
  readonly usdt: boolean;
  /** Whether it is loaded when nobody says otherwise. */
  readonly autoload: boolean;
  /** The function that runs for an exception, an index into `functions`. */
  readonly exceptionCallback?: number;
}

/** A function: a program's entry, or one that programs call. */
export interface FunctionSpec {
  readonly name: string;
  readonly section: string;
  /** Where in its section, in instructions. */
  readonly start: number;
  /** Whether other objects may call it, so that the kernel verifies it by itself. */
  readonly global: boolean;
  readonly insns: Uint8Array;
  /** In the order of instructions. */
  readonly relocations: readonly Relocation[];
  /** Offsets in instructions from the function's start. */
  readonly funcInfo?: InfoRecords;
  readonly lineInfo?: InfoRecords;
}

/** An instruction that refers to something. `insn` is its index in the function or program. */
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

/** Something that the kernel has, or its configuration says. */
export type ExternSpec = KconfigSpec | KsymSpec;

/** An option of the kernel's configuration, as a variable. */
export interface KconfigSpec {
  readonly kind: "kconfig";
  readonly name: string;
  /** Whether it may be missing. */
  readonly weak: boolean;
  readonly typeId: number;
  readonly value: "bool" | "tristate" | "char" | "int" | "char[]";
  readonly signed: boolean;
  /** Where in the map `.kconfig`. */
  readonly offset: number;
  readonly size: number;
}

/** A variable or function of the kernel. */
export interface KsymSpec {
  readonly kind: "ksym";
  readonly name: string;
  /** Whether it may be missing. */
  readonly weak: boolean;
  readonly function: boolean;
  /** Its type in the object's BTF; 0 for a variable of which only the address is wanted. */
  readonly typeId: number;
}

/** A variable in a section for struct_ops: a table of functions for the kernel. */
export interface StructOpsSpec {
  readonly name: string;
  readonly section: string;
  readonly typeName: string;
  readonly typeId: number;
  readonly contents: Uint8Array;
  /** Whether it is attached by a link. */
  readonly link: boolean;
  /** Whether it is left out when nobody says otherwise. */
  readonly optional: boolean;
  /** Programs by where in the table they stand. */
  readonly programs: readonly { readonly offset: number; readonly program: string }[];
}

/** What CO-RE can ask of the kernel's types, by number. */
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

/** What a CO-RE relocation asks. */
export type CoreKind = (typeof coreKinds)[number];

/** An instruction that depends on the types of the kernel. */
export interface CoreRelocation {
  /** An index into `functions`. */
  readonly function: number;
  readonly insn: number;
  readonly kind: CoreKind;
  /** The local type. */
  readonly typeId: number;
  /** Members and indices on the way from the type, `0:1:2`. */
  readonly access: string;
}
