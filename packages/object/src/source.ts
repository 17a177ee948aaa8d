// SPDX-License-Identifier: MIT
import type { Btf } from "./btf/btf.js";
import type { ElfFile, ElfSection } from "./elf/elf.js";
import { ObjectFormatError } from "./error.js";

/** The input of the parsing steps that build an `ObjectSpec`. */
export interface Source {
  readonly name: string;
  readonly elf: ElfFile;
  readonly btf: Btf | undefined;
}

/** Finds the first section with a name. */
export function sectionNamed(elf: ElfFile, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name);
}

/** Returns the section that a symbol or relocation refers to by index. */
export function sectionAt(elf: ElfFile, index: number, asker: string, at: number): ElfSection {
  const section = elf.sections[index];
  if (section !== undefined) return section;
  throw new ObjectFormatError(asker, at, `refers to section ${index}, which does not exist`);
}

/** `BPF_OBJ_NAME_LEN` without the final NUL. */
export const KERNEL_NAME = 15;
