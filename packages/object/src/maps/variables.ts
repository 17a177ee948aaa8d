// SPDX-License-Identifier: MIT
import { BPF_F, MapType } from "@bpf-token/uapi";
import type { Btf } from "../btf/btf.js";
import { BtfLinkage } from "../btf/types.js";
import { EXECUTABLE, SectionType } from "../elf/constants.js";
import type { ElfSection } from "../elf/elf.js";
import { KCONFIG } from "../externs.js";
import { KERNEL_NAME, type Source } from "../source.js";
import type { ExternSpec, MapOrigin, MapSpec } from "../spec.js";
import { emptyMap, type PlacedMap } from "./placed.js";

/** Section index of `.kconfig`, which is not in the file. */
const NO_SECTION = -1;

/** Returns the maps of global variables: `.data`, `.rodata`, `.bss`, and variants (`.data.x`). */
export function readVariableMaps(source: Source): PlacedMap[] {
  return source.elf.sections.flatMap((section) => {
    const origin = originOf(section);
    if (origin === undefined) return [];
    const contents = origin === "bss" ? {} : { contents: section.data };
    const spec = { ...variableMap(source, section.name, origin, section.size), ...contents };
    return [{ spec, section: section.index, offset: 0, size: section.size }];
  });
}

/** Returns the map of kernel config options. */
export function readKconfigMap(source: Source, externs: readonly ExternSpec[]): PlacedMap[] {
  const last = externs.filter((extern) => extern.kind === "kconfig").at(-1);
  if (last === undefined) return [];
  const size = last.offset + last.size;
  const spec = variableMap(source, KCONFIG, "kconfig", size);
  return [{ spec, section: NO_SECTION, offset: 0, size }];
}

function originOf({ name, type, size, flags }: ElfSection): MapOrigin | undefined {
  const of = (prefix: string): boolean => name === prefix || name.startsWith(`${prefix}.`);
  if (type === SectionType.NOBITS) return of(".bss") ? "bss" : undefined;
  if (type !== SectionType.PROGBITS || size === 0 || (flags & EXECUTABLE) !== 0) return undefined;
  if (of(".data")) return "data";
  return of(".rodata") ? "rodata" : undefined;
}

function variableMap(
  { name, btf }: Source,
  section: string,
  origin: MapOrigin,
  size: number,
): MapSpec {
  const fixed = origin === "rodata" || origin === "kconfig";
  const valueTypeId = btf?.id(section, "DATASEC") ?? 0;
  const flags = (fixed ? BPF_F.RDONLY_PROG : 0) | (isShared(btf, valueTypeId) ? BPF_F.MMAPABLE : 0);
  return {
    ...emptyMap(section, section),
    kernelName: kernelNameOf(name, section),
    origin,
    type: MapType.ARRAY,
    keySize: 4,
    valueSize: size,
    maxEntries: 1,
    flags,
    valueTypeId,
  };
}

/** Whether user space may access a variable; then the map must allow mmap(). */
function isShared(btf: Btf | undefined, id: number): boolean {
  const datasec = btf?.type(id);
  if (btf === undefined || datasec?.kind !== "DATASEC") return false;
  return datasec.vars.some(({ type }) => {
    const variable = btf.type(type);
    return variable.kind === "VAR" && variable.linkage !== BtfLinkage.STATIC;
  });
}

/** Reserved length for the section name, as in libbpf. */
const SHORTEST_SUFFIX = 7;

/**
 * Returns the kernel name of a map of variables. It begins with as much of the object's name as
 * fits, except for sections with a name of their own (`.data.mine`).
 */
function kernelNameOf(object: string, section: string): string {
  const reserved = Math.min(Math.max(SHORTEST_SUFFIX, section.length), KERNEL_NAME);
  const named = section.indexOf(".", 1) >= 0;
  const prefix = named ? "" : object.slice(0, KERNEL_NAME - reserved);
  return (prefix + section.slice(0, reserved)).replace(/[^A-Za-z0-9_.]/g, "_");
}
