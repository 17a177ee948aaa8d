// SPDX-License-Identifier: MIT
import { resolveType } from "../btf/resolve.js";
import type { BtfDatasec } from "../btf/types.js";
import { readRelocations } from "../elf/elf.js";
import { ObjectFormatError } from "../error.js";
import { type Source, sectionNamed } from "../source.js";
import type { StructOpsSpec } from "../spec.js";

const sections = [".struct_ops", ".struct_ops.link", "?.struct_ops", "?.struct_ops.link"];

/** Reads struct_ops variables from all sections that may contain them. */
export function readStructOps(source: Source): StructOpsSpec[] {
  return sections.flatMap((name) => readSection(source, name));
}

function readSection({ elf, btf }: Source, name: string): StructOpsSpec[] {
  const section = sectionNamed(elf, name);
  if (section === undefined || section.size === 0) return [];
  const id = btf?.id(name, "DATASEC");
  if (btf === undefined || id === undefined) {
    throw new ObjectFormatError(name, 0, "BTF does not describe the variables of this section");
  }
  const relocations = elf.sections
    .filter(({ type, info }) => type === 9 && info === section.index)
    .flatMap((rel) => readRelocations(elf, rel));
  return (btf.type(id) as BtfDatasec).vars.map(({ type, offset, size }) => {
    const variable = btf.type(type);
    if (variable.kind !== "VAR") {
      return btf.fail(type, `${name} lists a ${variable.kind} as a variable`);
    }
    if (offset + size > section.data.length) btf.fail(type, `${variable.name} exceeds ${name}`);
    const table = resolveType(btf, variable.type);
    return {
      name: variable.name,
      section: name,
      typeName: table.type.name,
      typeId: table.id,
      contents: section.data.subarray(offset, offset + size),
      link: name.endsWith(".link"),
      optional: name.startsWith("?"),
      programs: relocations
        .filter((one) => one.offset >= offset && one.offset < offset + size)
        .map((one) => ({ offset: one.offset - offset, program: one.symbol.name })),
    };
  });
}
