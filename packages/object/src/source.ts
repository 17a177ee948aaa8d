// SPDX-License-Identifier: MIT
import type { Btf } from "./btf/btf.js";
import type { ElfFile, ElfSection } from "./elf/elf.js";
import { ObjectFormatError } from "./error.js";

/** A file on its way to an `ObjectSpec`. */
export interface Source {
  readonly name: string;
  readonly elf: ElfFile;
  readonly btf: Btf | undefined;
}

/** The first section of a name. */
export function sectionNamed(elf: ElfFile, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name);
}

/** The section of an index that a symbol or relocation named. */
export function sectionAt(elf: ElfFile, index: number, asker: string, at: number): ElfSection {
  const section = elf.sections[index];
  if (section !== undefined) return section;
  throw new ObjectFormatError(asker, at, `section ${index} is named, which is none`);
}

/** `BPF_OBJ_NAME_LEN` without the 0 at the end. */
export const KERNEL_NAME = 15;
