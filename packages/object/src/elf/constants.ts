// SPDX-License-Identifier: MIT

/** `e_machine` of BPF. */
export const EM_BPF = 247;
/** `e_type` of relocatable files. */
export const ET_REL = 1;

/** Section types (`SHT_`). */
export const SectionType = {
  NULL: 0,
  PROGBITS: 1,
  SYMTAB: 2,
  STRTAB: 3,
  NOBITS: 8,
  REL: 9,
} as const;

/** `SHF_EXECINSTR`: the section holds instructions. */
export const EXECUTABLE = 0x4;

/** Reserved section indices (`SHN_`). */
export const SHN_LORESERVE = 0xff00;
export const SHN_XINDEX = 0xffff;

/** `STB_` */
export const Binding = { LOCAL: 0, GLOBAL: 1, WEAK: 2 } as const;
/** `STT_` */
export const SymbolType = { NOTYPE: 0, OBJECT: 1, FUNC: 2, SECTION: 3 } as const;
/** `STV_` */
export const Visibility = { DEFAULT: 0, INTERNAL: 1, HIDDEN: 2 } as const;
