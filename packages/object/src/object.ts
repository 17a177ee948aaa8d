// SPDX-License-Identifier: MIT
import { Btf } from "./btf/btf.js";
import { type BtfExt, parseBtfExt } from "./btf/ext.js";
import { fixUpBtf } from "./btf/fix-up.js";
import { Bytes } from "./bytes.js";
import { type ElfFile, parseElf } from "./elf/elf.js";
import { readExterns } from "./externs.js";
import { readDefinedMaps } from "./maps/defined.js";
import { readLegacyMaps } from "./maps/legacy.js";
import { readStructOps } from "./maps/struct-ops.js";
import { readKconfigMap, readVariableMaps } from "./maps/variables.js";
import { Functions, type RawFunction } from "./programs/functions.js";
import { checkOrder, readCoreRelocations, recordsOf } from "./programs/infos.js";
import { readPrograms } from "./programs/programs.js";
import { Relocator } from "./programs/relocations.js";
import { KERNEL_NAME, type Source, sectionNamed } from "./source.js";
import type { FunctionSpec, ObjectSpec, Relocation } from "./spec.js";

/** Options of {@link parseObject}. */
export interface ParseOptions {
  /** The file's name or path; its first part becomes a prefix of map names in the kernel. */
  readonly name?: string;
}

/**
 * Parses a BPF object file as `clang -target bpf -g` writes it.
 *
 * @throws ObjectFormatError for a malformed object.
 * @example
 * ```ts
 * const object = parseObject(await readFile("app.bpf.o"), { name: "app.bpf.o" });
 * object.programs.map(({ name, section }) => `${section} ${name}`);
 * ```
 */
export function parseObject(file: Uint8Array, options: ParseOptions = {}): ObjectSpec {
  const elf = parseElf(file);
  const raw = readBtf(elf);
  const name = objectName(options.name ?? "object");
  const externs = readExterns({ name, elf, btf: raw });
  const functions = new Functions(elf);
  const hidden = functions.all.filter((one) => one.hidden && functions.isSubprogram(one));
  const hiddenFunctions = new Set(hidden.map((one) => one.name));
  const btf = raw && fixUpBtf(raw, { elf, externs, hiddenFunctions });
  const ext = readExt(elf, btf);
  const source: Source = { name, elf, btf };
  const programs = readPrograms(functions, btf);
  const maps = [
    ...readDefinedMaps(source, new Set(programs.map((program) => program.name))),
    ...readLegacyMaps(source),
    ...readVariableMaps(source),
    ...readKconfigMap(source, externs),
  ];
  const relocations = new Relocator(source, functions, maps).run();
  const spec = {
    name,
    license: license(elf),
    kernelVersion: kernelVersion(elf),
    maps: maps.map(({ spec }) => spec),
    programs,
    functions: functions.all.map((one) => toSpec(one, relocations[one.index] ?? [], ext)),
    externs,
    structOps: readStructOps(source),
    coreRelocations: ext && btf ? readCoreRelocations(ext, btf, elf, functions) : [],
    btf,
  };
  btf?.forget();
  return spec;
}

function toSpec(
  one: RawFunction,
  relocations: readonly Relocation[],
  ext: BtfExt | undefined,
): FunctionSpec {
  const { name, start, global, section, insns } = one;
  const funcInfo = recordsOf(ext?.funcInfo, one);
  const lineInfo = recordsOf(ext?.lineInfo, one);
  return {
    name,
    section: section.name,
    start,
    global,
    insns: new Uint8Array(insns.buffer),
    relocations,
    ...(funcInfo === undefined ? {} : { funcInfo }),
    ...(lineInfo === undefined ? {} : { lineInfo }),
  };
}

function readBtf(elf: ElfFile): Btf | undefined {
  const section = sectionNamed(elf, ".BTF");
  return section === undefined ? undefined : Btf.parse(section.data);
}

function readExt(elf: ElfFile, btf: Btf | undefined): BtfExt | undefined {
  const section = sectionNamed(elf, ".BTF.ext");
  if (section === undefined || btf === undefined) return undefined;
  const ext = parseBtfExt(section.data, btf);
  checkOrder(ext);
  return ext;
}

/** The file name up to the first dot, cut to the length that the kernel accepts. */
function objectName(path: string): string {
  const file = path.slice(path.lastIndexOf("/") + 1);
  return file.slice(0, KERNEL_NAME).split(".", 1)[0] ?? "";
}

function license(elf: ElfFile): string {
  const data = sectionNamed(elf, "license")?.data ?? new Uint8Array();
  const end = data.indexOf(0);
  return new TextDecoder().decode(data.subarray(0, end < 0 ? data.length : end));
}

function kernelVersion(elf: ElfFile): number {
  const section = sectionNamed(elf, "version");
  if (section === undefined) return 0;
  const bytes = new Bytes(section.name, section.data);
  if (bytes.length !== 4) bytes.fail(0, `the version has ${bytes.length} bytes instead of 4`);
  return bytes.u32(0);
}
