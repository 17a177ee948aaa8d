// SPDX-License-Identifier: MIT
import { Bytes, plainBytes } from "../bytes.js";
import { ObjectFormatError } from "../error.js";
import { StringTable } from "../strings.js";
import { EM_BPF, ET_REL, EXECUTABLE, SectionType, SHN_XINDEX } from "./constants.js";
import { type ElfSymbol, readSymbols } from "./symbols.js";

/** A section of an {@link ElfFile}. */
export interface ElfSection {
  /** Index in the section header table. */
  readonly index: number;
  /** The name. */
  readonly name: string;
  /** `sh_type`: `SHT_PROGBITS` and so on. */
  readonly type: number;
  /** `sh_flags`: `SHF_EXECINSTR` and so on. */
  readonly flags: number;
  /** Size in memory, in bytes; a section without content (`.bss`) has one, too. */
  readonly size: number;
  /** `sh_link`; for a symbol table the section of its strings. */
  readonly link: number;
  /** `sh_info`; for relocations the relocated section. */
  readonly info: number;
  /** The content; empty for a section without content. */
  readonly data: Uint8Array;
}

/** An entry of a `SHT_REL` section. Returned by {@link readRelocations}. */
export interface ElfRelocation {
  /** Byte offset in the relocated section. */
  readonly offset: number;
  /** The symbol that the instruction refers to. */
  readonly symbol: ElfSymbol;
  /** `R_BPF_*` */
  readonly type: number;
}

/** A relocatable ELF64 file for BPF. Returned by {@link parseElf}. */
export interface ElfFile {
  /** All sections, by index. */
  readonly sections: readonly ElfSection[];
  /** All symbols, by index. */
  readonly symbols: readonly ElfSymbol[];
}

const HEADER = "ELF header";
const TABLE = "section header table";

/**
 * Parses sections and symbols of an object file.
 *
 * @throws ObjectFormatError unless the file is a little-endian relocatable ELF64 file for BPF.
 * @example
 * ```ts
 * const sections = parseElf(bytes).sections.map(({ name, size }) => `${name} ${size}`);
 * ```
 */
export function parseElf(input: Uint8Array): ElfFile {
  const file = plainBytes(input);
  const header = readHeader(file);
  const sections = readSections(file, header);
  const symtabs = sections.filter(({ type }) => type === SectionType.SYMTAB);
  const [symtab] = symtabs;
  if (symtab === undefined) throw new ObjectFormatError(HEADER, 0, "there is no symbol table");
  if (symtabs.length > 1) throw new ObjectFormatError(TABLE, 0, "there are two symbol tables");
  return { sections, symbols: readSymbols(symtab, sections) };
}

/**
 * Parses a relocation section, in the order of the file.
 *
 * @throws ObjectFormatError for a section of another size or an unknown symbol.
 * @example
 * ```ts
 * const section = elf.sections.find(({ name }) => name === ".relxdp");
 * readRelocations(elf, section).map(({ symbol }) => symbol.name);
 * ```
 */
export function readRelocations(elf: ElfFile, section: ElfSection): ElfRelocation[] {
  const bytes: Bytes = new Bytes(section.name, section.data);
  if (bytes.length % 16 !== 0) bytes.fail(0, "the size of the section is not a multiple of 16");
  const found: ElfRelocation[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const index = bytes.u32(at + 12);
    const symbol = elf.symbols[index];
    if (symbol === undefined) {
      bytes.fail(at, `a relocation refers to symbol ${index}, which does not exist`);
    }
    found.push({ offset: bytes.size(at, "an offset"), symbol, type: bytes.u32(at + 8) });
  }
  return found;
}

/** Whether a section holds instructions. */
export function isExecutable(section: ElfSection | undefined): boolean {
  return section?.type === SectionType.PROGBITS && (section.flags & EXECUTABLE) !== 0;
}

interface Header {
  readonly table: number;
  readonly count: number;
  readonly names: number;
}

function readHeader(file: Uint8Array): Header {
  const bytes = new Bytes(HEADER, file);
  bytes.check(0, 64, "the header");
  if (bytes.u32(0) !== 0x464c457f) bytes.fail(0, "not an ELF file: bad magic");
  if (bytes.u8(4) !== 2) bytes.fail(4, "not a 64-bit file");
  if (bytes.u8(5) !== 1) bytes.fail(5, "not little-endian");
  if (bytes.u16(16) !== ET_REL) bytes.fail(16, "not a relocatable file");
  const machine = bytes.u16(18);
  // Old compilers set no machine.
  if (machine !== EM_BPF && machine !== 0) bytes.fail(18, `for machine ${machine}, not for BPF`);
  const table = bytes.size(40, "the place of the section headers");
  if (bytes.u16(58) !== 64) bytes.fail(58, "section headers are not 64 bytes long");
  // Numbers that do not fit in 16 bits are in the first section header.
  const many = bytes.u16(60) === 0;
  const far = bytes.u16(62) === SHN_XINDEX;
  const count = many ? bytes.size(table + 32, "the number of sections") : bytes.u16(60);
  bytes.check(table, count * 64, "the section header table");
  return { table, count, names: far ? bytes.u32(table + 40) : bytes.u16(62) };
}

function readSections(file: Uint8Array, { table, count, names }: Header): ElfSection[] {
  const bytes = new Bytes(TABLE, file.subarray(table, table + count * 64));
  const content = (index: number): Uint8Array => {
    const at = index * 64;
    if (bytes.u32(at + 4) === SectionType.NOBITS || bytes.u32(at + 4) === SectionType.NULL) {
      return file.subarray(0, 0);
    }
    const [offset, size] = [bytes.size(at + 24, "an offset"), bytes.size(at + 32, "a size")];
    if (offset + size > file.length) bytes.fail(at, `section ${index} reaches beyond the file`);
    return file.subarray(offset, offset + size);
  };
  if (names >= count) {
    bytes.fail(0, `the section names are in section ${names}, but only ${count} exist`);
  }
  const strings = new StringTable(new Bytes(".shstrtab", content(names)));
  return Array.from({ length: count }, (_, index) => {
    const at = index * 64;
    return {
      index,
      name: index === 0 ? "" : strings.at(bytes.u32(at)),
      type: bytes.u32(at + 4),
      flags: bytes.u32(at + 8),
      size: bytes.size(at + 32, "a size"),
      link: bytes.u32(at + 40),
      info: bytes.u32(at + 44),
      data: content(index),
    };
  });
}
