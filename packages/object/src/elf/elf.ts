// SPDX-License-Identifier: MIT
import { Bytes, plainBytes } from "../bytes.js";
import { ObjectFormatError } from "../error.js";
import { StringTable } from "../strings.js";
import { EM_BPF, ET_REL, EXECUTABLE, SectionType, SHN_XINDEX } from "./constants.js";
import { type ElfSymbol, readSymbols } from "./symbols.js";

/** A section of an ELF file. */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** `sh_type`: `SHT_PROGBITS` and so on. */
  readonly type: number;
  readonly flags: number;
  /** Bytes in memory; a section without content (`.bss`) has a size, too. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  /** The content, empty for a section without. */
  readonly data: Uint8Array;
}

/** An entry of a `SHT_REL` section. */
export interface ElfRelocation {
  /** Where in the section that is relocated, in bytes. */
  readonly offset: number;
  readonly symbol: ElfSymbol;
  /** `R_BPF_*` */
  readonly type: number;
}

/** A relocatable ELF64 file for BPF. */
export interface ElfFile {
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
}

const HEADER = "ELF header";
const TABLE = "section header table";

/**
 * Reads sections and symbols of an object file.
 *
 * @throws ObjectFormatError for anything that is no little-endian relocatable ELF64 file for BPF.
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

/** The relocations of a section, in the order of the file. */
export function readRelocations(elf: ElfFile, section: ElfSection): ElfRelocation[] {
  const bytes: Bytes = new Bytes(section.name, section.data);
  if (bytes.length % 16 !== 0) bytes.fail(0, "a section of relocations that has no whole number");
  const found: ElfRelocation[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const index = bytes.u32(at + 12);
    const symbol = elf.symbols[index];
    if (symbol === undefined) bytes.fail(at, `a relocation names symbol ${index}, which is none`);
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
  if (bytes.u32(0) !== 0x464c457f) bytes.fail(0, "this is no ELF file");
  if (bytes.u8(4) !== 2) bytes.fail(4, "not a 64-bit file");
  if (bytes.u8(5) !== 1) bytes.fail(5, "not little-endian");
  if (bytes.u16(16) !== ET_REL) bytes.fail(16, "not a relocatable file");
  const machine = bytes.u16(18);
  // Old compilers left the machine open.
  if (machine !== EM_BPF && machine !== 0) bytes.fail(18, `for machine ${machine}, not for BPF`);
  const table = bytes.size(40, "the place of the section headers");
  if (bytes.u16(58) !== 64) bytes.fail(58, "section headers are not 64 bytes long");
  // What does not fit in 16 bits stands in the first section header.
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
  if (names >= count) bytes.fail(0, `names of sections are in section ${names} of ${count}`);
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
