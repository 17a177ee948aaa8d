// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { POINTER } from "../btf/resolve.js";
import { type BtfDatasec, BtfLinkage } from "../btf/types.js";
import type { ElfRelocation } from "../elf/elf.js";
import { readRelocations } from "../elf/elf.js";
import { ObjectFormatError } from "../error.js";
import { type Source, sectionNamed } from "../source.js";
import type { MapSlot } from "../spec.js";
import { isMapOfMaps, placeOfValues, readDefinition } from "./definition.js";
import type { PlacedMap } from "./placed.js";

const SECTION = ".maps";

/** Reads the maps that BTF defines in section `.maps`. */
export function readDefinedMaps({ elf, btf }: Source, programs: ReadonlySet<string>): PlacedMap[] {
  const section = sectionNamed(elf, SECTION);
  if (section === undefined) return [];
  const id = btf?.id(SECTION, "DATASEC");
  if (btf === undefined || id === undefined) {
    throw new ObjectFormatError(SECTION, 0, "BTF does not list the maps of this section");
  }
  const { vars } = btf.type(id) as BtfDatasec;
  const drafts = vars.map(({ type, offset, size }) => {
    const variable = btf.type(type);
    if (variable.kind !== "VAR" || variable.name === "") return btf.fail(type, "a map has no name");
    const { name } = variable;
    if (offset + size > section.size) btf.fail(type, `map ${name} reaches beyond its section`);
    if (variable.linkage !== BtfLinkage.GLOBAL) btf.fail(type, `map ${name} is not global`);
    const spec = readDefinition(btf, variable.type, name, SECTION);
    return { spec, section: section.index, offset, size, typeId: variable.type };
  });
  const slots = new Slots(btf, drafts, programs);
  for (const rel of elf.sections) {
    if (rel.type !== 9 || rel.info !== section.index) continue;
    for (const relocation of readRelocations(elf, rel)) slots.add(relocation);
  }
  return drafts.map(({ spec, section: index, offset, size }) => ({
    spec: { ...spec, values: slots.of(spec.name) },
    section: index,
    offset,
    size,
  }));
}

interface Draft extends PlacedMap {
  readonly typeId: number;
}

/** Collects initial elements of maps: relocations in the `values` of map definitions. */
class Slots {
  readonly #btf: Btf;
  readonly #maps: readonly Draft[];
  readonly #names: ReadonlySet<string>;
  readonly #programs: ReadonlySet<string>;
  readonly #found = new Map<string, MapSlot[]>();

  constructor(btf: Btf, maps: readonly Draft[], programs: ReadonlySet<string>) {
    this.#btf = btf;
    this.#maps = maps;
    this.#names = new Set(maps.map(({ spec }) => spec.name));
    this.#programs = programs;
  }

  of(map: string): readonly MapSlot[] {
    return this.#found.get(map) ?? [];
  }

  add({ offset, symbol }: ElfRelocation): void {
    const map = this.#maps.find((one) => one.offset <= offset && offset < one.offset + one.size);
    if (map === undefined) fail(offset, "a value lies outside of all maps");
    const first = placeOfValues(this.#btf, map.typeId);
    const place = first === undefined ? -1 : offset - map.offset - first;
    if (place < 0 || place % POINTER !== 0) fail(offset, "a value is not in the values of a map");
    const index = place / POINTER;
    const slots = this.#found.get(map.spec.name) ?? [];
    if (isMapOfMaps(map.spec.type)) {
      if (!this.#names.has(symbol.name)) fail(offset, `${symbol.name} is not a map`);
      slots.push({ index, map: symbol.name });
    } else {
      if (!this.#programs.has(symbol.name)) fail(offset, `${symbol.name} is not a program`);
      slots.push({ index, program: symbol.name });
    }
    this.#found.set(map.spec.name, slots);
  }
}

function fail(offset: number, reason: string): never {
  throw new ObjectFormatError(SECTION, offset, reason);
}
