// SPDX-License-Identifier: MIT
import { Bytes } from "../bytes.js";
import { StringTable } from "../strings.js";
import { Binding, SymbolType } from "./constants.js";
import type { ElfSection } from "./elf.js";

/** A symbol of an {@link ElfFile}. */
export interface ElfSymbol {
  /** Index in the symbol table. */
  readonly index: number;
  /** The name; for a section symbol, the name of the section. */
  readonly name: string;
  /** Offset in its section, in bytes. */
  readonly value: number;
  /** Size in bytes. */
  readonly size: number;
  /** `STB_GLOBAL` and so on. */
  readonly binding: number;
  /** `STT_FUNC` and so on. */
  readonly type: number;
  /** `STV_HIDDEN` and so on. */
  readonly visibility: number;
  /** Index of its section; 0 for an undefined symbol. */
  readonly section: number;
}

export function readSymbols(symtab: ElfSection, sections: readonly ElfSection[]): ElfSymbol[] {
  const bytes: Bytes = new Bytes(symtab.name, symtab.data);
  if (bytes.length % 24 !== 0) bytes.fail(0, "the size of the section is not a multiple of 24");
  const table = sections[symtab.link];
  if (table === undefined)
    bytes.fail(0, `its strings are in section ${symtab.link}, which does not exist`);
  const strings = new StringTable(new Bytes(table.name, table.data));
  return Array.from({ length: bytes.length / 24 }, (_, index) => {
    const at = index * 24;
    const info = bytes.u8(at + 4);
    const section = bytes.u16(at + 6);
    const type = info & 0xf;
    const own = bytes.u32(at) === 0 ? "" : strings.at(bytes.u32(at));
    const ofSection = type === SymbolType.SECTION && own === "";
    return {
      index,
      name: ofSection ? (sections[section]?.name ?? "") : own,
      value: bytes.size(at + 8, "the value of a symbol"),
      size: bytes.size(at + 16, "the size of a symbol"),
      binding: info >>> 4,
      type,
      visibility: bytes.u8(at + 5) & 3,
      section,
    };
  });
}

/** Whether a symbol is undefined in this file, so that the kernel must provide it. */
export function isExtern({ section, binding, type }: ElfSymbol): boolean {
  return section === 0 && binding !== Binding.LOCAL && type === SymbolType.NOTYPE;
}
