// SPDX-License-Identifier: MIT
import { Insn, MapType } from "@bpf-token/uapi";
import { SHN_LORESERVE, SymbolType } from "../elf/constants.js";
import { type ElfRelocation, isExecutable, readRelocations } from "../elf/elf.js";
import { isExtern } from "../elf/symbols.js";
import { ObjectFormatError } from "../error.js";
import type { PlacedMap } from "../maps/placed.js";
import type { Source } from "../source.js";
import type { Relocation } from "../spec.js";
import {
  CALL,
  codeAt,
  type Functions,
  INSN,
  immAt,
  isLocalCall,
  LOAD_64,
  type RawFunction,
  setImm,
  setSource,
  sourceAt,
  TEXT,
} from "./functions.js";

/** Variables in this section are in the object's arena map. */
const ARENA_SECTION = ".addr_space.1";

/** A relocation and the instruction that it applies to. */
interface Place {
  readonly at: RawFunction;
  readonly insn: number;
  readonly relocation: ElfRelocation;
}

/** Finds what instructions refer to, and sets their source registers as the kernel expects. */
export class Relocator {
  readonly #source: Source;
  readonly #functions: Functions;
  readonly #maps: readonly PlacedMap[];
  readonly #text: number;

  constructor(source: Source, functions: Functions, maps: readonly PlacedMap[]) {
    this.#source = source;
    this.#functions = functions;
    this.#maps = maps;
    this.#text = source.elf.sections.findIndex(
      (section) => section.name === TEXT && isExecutable(section),
    );
  }

  /** Returns the relocations of each function, sorted by instruction. */
  run(): Relocation[][] {
    const found = this.#functions.all.map(() => new Map<number, Relocation>());
    const { elf } = this.#source;
    for (const section of elf.sections) {
      const target = elf.sections[section.info];
      if (section.type !== 9 || target === undefined || !isExecutable(target)) continue;
      for (const relocation of readRelocations(elf, section)) {
        if (relocation.offset % INSN !== 0 || relocation.offset >= target.size) {
          throw new ObjectFormatError(
            section.name,
            relocation.offset,
            "the relocation does not refer to an instruction",
          );
        }
        const at = this.#functions.at(target.index, relocation.offset / INSN);
        if (at === undefined) continue;
        const insn = relocation.offset / INSN - at.start;
        found[at.index]?.set(insn, this.#relocate({ at, insn, relocation }));
      }
    }
    return this.#functions.all.map((at) => {
      const own = found[at.index] ?? new Map<number, Relocation>();
      this.#addLocalCalls(at, own);
      return [...own.values()].sort((a, b) => a.insn - b.insn);
    });
  }

  /** Adds calls within `.text`, which the compiler resolves without a relocation. */
  #addLocalCalls(at: RawFunction, found: Map<number, Relocation>): void {
    for (let insn = 0; insn < at.count; insn++) {
      if (found.has(insn)) continue;
      const place = (at.start + insn) * INSN;
      if (codeAt(at.insns, insn) === LOAD_64 && sourceAt(at.insns, insn) === Insn.PSEUDO_FUNC) {
        throw new ObjectFormatError(
          at.section.name,
          place,
          "an instruction loads a function address without a relocation",
        );
      }
      if (!isLocalCall(at.insns, insn)) continue;
      const target = at.start + insn + immAt(at.insns, insn) + 1;
      found.set(insn, { insn, kind: "call", function: this.#called(at, insn, target) });
    }
  }

  #relocate(place: Place): Relocation {
    const { at, insn, relocation } = place;
    const { symbol } = relocation;
    const code = codeAt(at.insns, insn);
    if (code !== CALL && code !== LOAD_64)
      this.#fail(place, `an instruction with code 0x${code.toString(16)} refers to ${symbol.name}`);
    if (code === LOAD_64 && insn + 1 >= at.count) this.#fail(place, "a 64-bit load is cut off");
    if (isExtern(symbol)) {
      return { insn, kind: code === CALL ? "extern-call" : "extern", extern: symbol.name };
    }
    if (code === CALL) return this.#call(place);
    if (symbol.section === 0 || symbol.section >= SHN_LORESERVE) {
      this.#fail(place, `${symbol.name} is not defined`);
    }
    const inText = symbol.section === this.#text;
    if (inText && (symbol.type === SymbolType.FUNC || symbol.type === SymbolType.SECTION)) {
      return this.#address(place);
    }
    return this.#map(place);
  }

  #call(place: Place): Relocation {
    const { at, insn, relocation } = place;
    const { symbol } = relocation;
    if (sourceAt(at.insns, insn) !== Insn.PSEUDO_CALL) {
      this.#fail(place, "the call is not a call of a function");
    }
    if (symbol.section !== this.#text)
      this.#fail(place, `calls ${symbol.name}, which is outside ${TEXT}`);
    if (symbol.value % INSN !== 0) this.#fail(place, "the call target is between two instructions");
    // For a global function the immediate is -1, for a static one its place in the section.
    const target = symbol.value / INSN + immAt(at.insns, insn) + 1;
    return { insn, kind: "call", function: this.#called(at, insn, target) };
  }

  #address(place: Place): Relocation {
    const { at, insn, relocation } = place;
    const target = relocation.symbol.value + immAt(at.insns, insn);
    if (target % INSN !== 0) this.#fail(place, "the address is between two instructions");
    const called = this.#called(at, insn, target / INSN);
    setSource(at.insns, insn, Insn.PSEUDO_FUNC);
    return { insn, kind: "address", function: called };
  }

  #called(at: RawFunction, insn: number, target: number): number {
    const found = this.#functions.at(this.#text, target);
    if (found !== undefined) return found.index;
    const place = (at.start + insn) * INSN;
    throw new ObjectFormatError(
      at.section.name,
      place,
      `there is no function at instruction ${target} of ${TEXT}`,
    );
  }

  #map(place: Place): Relocation {
    const { at, insn, relocation } = place;
    const { section, value, name } = relocation.symbol;
    const variables = this.#variables(section);
    if (variables !== undefined) {
      const offset = (immAt(at.insns, insn) + value) | 0;
      setSource(at.insns, insn, Insn.PSEUDO_MAP_VALUE);
      setImm(at.insns, insn, 0);
      setImm(at.insns, insn + 1, offset);
      return { insn, kind: "map-value", map: variables, offset };
    }
    const map = this.#maps.find((one) => one.section === section && one.offset === value);
    if (map === undefined) return this.#fail(place, `${name} is neither a map nor a variable`);
    setSource(at.insns, insn, Insn.PSEUDO_MAP_FD);
    setImm(at.insns, insn, 0);
    return { insn, kind: "map", map: map.spec.name };
  }

  /** Returns the name of the map that holds the variables of a section. */
  #variables(section: number): string | undefined {
    if (this.#source.elf.sections[section]?.name === ARENA_SECTION) {
      return this.#maps.find(({ spec }) => spec.type === MapType.ARENA)?.spec.name;
    }
    const map = this.#maps.find((one) => one.section === section)?.spec;
    return map === undefined || isDefined(map.origin) ? undefined : map.name;
  }

  #fail({ at, insn }: Place, reason: string): never {
    throw new ObjectFormatError(at.section.name, (at.start + insn) * INSN, reason);
  }
}

const isDefined = (origin: string): boolean => origin === "definition" || origin === "legacy";
