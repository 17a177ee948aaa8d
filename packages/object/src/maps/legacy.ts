// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { sizeOfType } from "../btf/resolve.js";
import { Bytes } from "../bytes.js";
import { SymbolType } from "../elf/constants.js";
import type { ElfSection } from "../elf/elf.js";
import type { Source } from "../source.js";
import type { MapSpec } from "../spec.js";
import { emptyMap, type PlacedMap } from "./placed.js";

/** Size of the five known numbers: type, key size, value size, entries, flags. */
const KNOWN = 20;

/**
 * Reads maps as they were defined before BTF: a struct of numbers for each symbol of a section
 * `maps`. Some loaders added more numbers to the struct; here these must be 0.
 */
export function readLegacyMaps({ elf, btf }: Source): PlacedMap[] {
  return elf.sections
    .filter(({ name }) => name === "maps" || name.startsWith("maps/"))
    .flatMap((section) => {
      const symbols = elf.symbols
        .filter((symbol) => symbol.section === section.index && symbol.type !== SymbolType.SECTION)
        .sort((a, b) => a.value - b.value);
      return symbols.map(({ name, value }, i) => {
        const size = (symbols[i + 1]?.value ?? section.size) - value;
        const spec = readLegacyMap(section, name, value, size);
        return { spec: withTypes(spec, btf), section: section.index, offset: value, size };
      });
    });
}

function readLegacyMap(section: ElfSection, name: string, at: number, size: number): MapSpec {
  const bytes = new Bytes(section.name, section.data);
  bytes.check(at, Math.max(size, KNOWN), `map ${name}`);
  if (size < KNOWN) bytes.fail(at, `map ${name} has ${size} bytes instead of at least ${KNOWN}`);
  if (bytes.slice(at + KNOWN, size - KNOWN, "the rest").some((byte) => byte !== 0)) {
    bytes.fail(at + KNOWN, `map ${name} sets fields that are not supported`);
  }
  return {
    ...emptyMap(name, section.name),
    origin: "legacy",
    type: bytes.u32(at),
    keySize: bytes.u32(at + 4),
    valueSize: bytes.u32(at + 8),
    maxEntries: bytes.u32(at + 12),
    flags: bytes.u32(at + 16),
  };
}

/** Finds key and value types of a legacy map in the struct that is named after the map. */
function withTypes(spec: MapSpec, btf: Btf | undefined): MapSpec {
  const id = btf?.id(`____btf_map_${spec.name}`, "STRUCT");
  if (btf === undefined || id === undefined) return spec;
  const type = btf.type(id);
  if (type.kind !== "STRUCT" || type.members.length !== 2) return spec;
  const [key, value] = type.members.map((member) => member.type);
  if (key === undefined || value === undefined) return spec;
  const fits = sizeOfType(btf, key) === spec.keySize && sizeOfType(btf, value) === spec.valueSize;
  return fits ? { ...spec, keyTypeId: key, valueTypeId: value } : spec;
}
