// SPDX-License-Identifier: MIT

export { type Bindings, bindProgram, type ExternValue, KFUNC_POISON } from "./bind.js";
/**
 * Parses compiled BPF objects into plain values: ELF, BTF, maps, programs, CO-RE relocations.
 *
 * @packageDocumentation
 */
export { Btf, type BtfOptions } from "./btf/btf.js";
export { type EncodeBtfOptions, encodeBtf } from "./btf/encode.js";
export {
  type BtfExt,
  decodeFuncInfo,
  decodeLineInfo,
  type FuncInfo,
  type InfoRecords,
  type LineInfo,
  parseBtfExt,
} from "./btf/ext.js";
export type { BtfKindLayout } from "./btf/header.js";
export { essentialName } from "./btf/names.js";
export { type Resolved, resolveType, sizeOfType } from "./btf/resolve.js";
export { allBtfFeatures, type BtfFeatures, sanitiseBtf } from "./btf/sanitise.js";
export * from "./btf/types.js";
export { findKsym } from "./core/ksym.js";
export { CORE_POISON } from "./core/patch.js";
export { type AdjustedObject, type CoreResult, relocateCore } from "./core/relocate.js";
export {
  type ElfFile,
  type ElfRelocation,
  type ElfSection,
  parseElf,
  readRelocations,
} from "./elf/elf.js";
export type { ElfSymbol } from "./elf/symbols.js";
export { ObjectFormatError } from "./error.js";
export { helpersOf } from "./helpers.js";
export { type LinkedProgram, linkProgram, programFunctions } from "./link.js";
export {
  helperName,
  type Need,
  type NeedAxis,
  type NeedsOptions,
  type ObjectNeeds,
  objectNeeds,
} from "./needs.js";
export { type ParseOptions, parseObject } from "./object.js";
export {
  kernelFieldNames,
  type LoadedMaps,
  loadedPerfmonUses,
  type PerfmonUse,
  perfmonUses,
} from "./registers/index.js";
export { type SectionKind, type SectionSince, sectionKind, sectionKinds } from "./sec-table.js";
export * from "./spec.js";
export { type Value, type ValueCodec, valueCodec } from "./values/codec.js";
export { type Field, fieldsOf } from "./values/composite.js";
export {
  perfmonNeed,
  type VerifierNeed,
  type VerifierNeedsOptions,
  verifierNeeds,
} from "./verifier-needs.js";
