// SPDX-License-Identifier: MIT
import { Insn } from "@bpf-token/uapi";
import { isHidden } from "../btf/fix-up.js";
import { Binding, SymbolType } from "../elf/constants.js";
import { type ElfFile, type ElfSection, isExecutable } from "../elf/elf.js";
import type { ElfSymbol } from "../elf/symbols.js";
import { ObjectFormatError } from "../error.js";

/** Size of an instruction in bytes. */
export const INSN = 8;

/** The section of functions that are not programs. */
export const TEXT = ".text";

/** A function, as described by its ELF symbol. */
export interface RawFunction {
  readonly name: string;
  readonly section: ElfSection;
  /** Index in `ObjectSpec.functions`. */
  readonly index: number;
  /** First instruction in the section. */
  readonly start: number;
  readonly count: number;
  /** A copy of the instructions that relocations may change. */
  readonly insns: DataView;
  readonly global: boolean;
  readonly hidden: boolean;
}

/** The functions of a file, by section and offset. */
export class Functions {
  readonly all: readonly RawFunction[];
  readonly #bySection = new Map<number, RawFunction[]>();

  constructor(elf: ElfFile) {
    const symbols = elf.symbols.filter(
      ({ type, section }) => type === SymbolType.FUNC && isExecutable(elf.sections[section]),
    );
    symbols.sort((a, b) => a.section - b.section || a.value - b.value);
    this.all = symbols.map((symbol, index) => toFunction(elf, symbol, index));
    for (const one of this.all) {
      const section = this.#bySection.get(one.section.index) ?? [];
      section.push(one);
      this.#bySection.set(one.section.index, section);
    }
    for (const [section] of this.#bySection.values()) this.#refuseOverlap(section?.section);
  }

  /** Returns the function that contains an instruction of a section. */
  at(section: number, insn: number): RawFunction | undefined {
    const functions = this.#bySection.get(section) ?? [];
    let [low, high] = [0, functions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((functions[middle] as RawFunction).start <= insn) low = middle + 1;
      else high = middle;
    }
    const found = functions[low - 1];
    return found !== undefined && insn < found.start + found.count ? found : undefined;
  }

  /** Whether a function is only called by programs and is not itself a program. */
  isSubprogram({ section }: RawFunction): boolean {
    return section.name === TEXT && this.all.length > 1;
  }

  /** Allows two names per function; more overlap would only make parsing expensive. */
  #refuseOverlap(section: ElfSection | undefined): void {
    if (section === undefined) return;
    const functions = this.#bySection.get(section.index) ?? [];
    const sum = functions.reduce((total, { count }) => total + count * INSN, 0);
    if (sum > 2 * section.size) throw new ObjectFormatError(section.name, 0, "functions overlap");
  }
}

function toFunction(elf: ElfFile, symbol: ElfSymbol, index: number): RawFunction {
  const section = elf.sections[symbol.section] as ElfSection;
  const { name, value, size } = symbol;
  const fail = (reason: string): never => {
    throw new ObjectFormatError(section.name, value, `function ${name} ${reason}`);
  };
  if (value % INSN !== 0 || size % INSN !== 0) fail("does not consist of whole instructions");
  if (value + size > section.size) fail("reaches beyond its section");
  const local = symbol.binding === Binding.LOCAL;
  if (local && section.name !== TEXT) fail("is static, but programs must be global");
  const copy = section.data.slice(value, value + size);
  return {
    name,
    section,
    index,
    start: value / INSN,
    count: size / INSN,
    insns: new DataView(copy.buffer),
    global: !local,
    hidden: !local && isHidden(symbol),
  };
}

/** Accessors for parts of an instruction. */
export const codeAt = (insns: DataView, insn: number): number => insns.getUint8(insn * INSN);
export const sourceAt = (insns: DataView, insn: number): number =>
  insns.getUint8(insn * INSN + 1) >>> 4;
export const immAt = (insns: DataView, insn: number): number =>
  insns.getInt32(insn * INSN + 4, true);

export function setSource(insns: DataView, insn: number, source: number): void {
  const registers = insns.getUint8(insn * INSN + 1);
  insns.setUint8(insn * INSN + 1, (registers & 0xf) | (source << 4));
}

export function setImm(insns: DataView, insn: number, imm: number): void {
  insns.setInt32(insn * INSN + 4, imm, true);
}

/** Opcode that loads a 64-bit immediate; takes two instruction slots. */
export const LOAD_64: number = Insn.LD | Insn.IMM | Insn.DW;
export const CALL: number = Insn.JMP | Insn.CALL;

/** Whether an instruction calls another function of the object. */
export function isLocalCall(insns: DataView, insn: number): boolean {
  const at = insn * INSN;
  const source = insns.getUint8(at + 1) === Insn.PSEUDO_CALL << 4;
  return insns.getUint8(at) === CALL && source && insns.getInt16(at + 2, true) === 0;
}
