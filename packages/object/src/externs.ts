// SPDX-License-Identifier: MIT
import type { Btf } from "./btf/btf.js";
import { resolveType, sizeOfType } from "./btf/resolve.js";
import { Binding } from "./elf/constants.js";
import { type ElfSymbol, isExtern } from "./elf/symbols.js";
import { ObjectFormatError } from "./error.js";
import type { Source } from "./source.js";
import type { ExternSpec, KconfigSpec, KsymSpec } from "./spec.js";

/** Sections without content in the object: the kernel provides their variables. */
export const KCONFIG = ".kconfig";
export const KSYMS = ".ksyms";

/**
 * Reads the externs of the object: undefined symbols whose declarations are in BTF. Kernel config
 * options come first, sorted by falling alignment so that their values have no gaps.
 */
export function readExterns({ elf, btf }: Source): ExternSpec[] {
  const symbols = elf.symbols.filter(isExtern);
  if (symbols.length === 0) return [];
  if (btf === undefined)
    throw new ObjectFormatError(".BTF", 0, "the object has externs but no BTF");
  const declared = declarations(btf);
  const found = symbols.map((symbol): ExternSpec => {
    const { id, section } = declared.get(symbol.name) ?? missing(symbol.name);
    if (section === KCONFIG) return kconfig(btf, symbol, id);
    if (section === KSYMS) return ksym(btf, symbol, id);
    return btf.fail(id, `extern ${symbol.name} is in ${section}, not in ${KCONFIG} or ${KSYMS}`);
  });
  const configs = found.filter((extern) => extern.kind === "kconfig").sort(byPlace);
  const rest = found.filter((extern) => extern.kind === "ksym").sort(byName);
  return [...placed(configs), ...rest];
}

function missing(name: string): never {
  throw new ObjectFormatError(".BTF", 0, `BTF does not declare extern ${name}`);
}

/** Extern variables and functions with the DATASEC that lists them. */
function declarations(btf: Btf): Map<string, { id: number; section: string }> {
  const found = new Map<string, { id: number; section: string }>();
  for (const sec of btf.idsOfKind("DATASEC")) {
    const datasec = btf.type(sec);
    if (datasec.kind !== "DATASEC") continue;
    for (const { type: id } of datasec.vars) {
      const type = btf.type(id);
      const extern = (type.kind === "VAR" || type.kind === "FUNC") && type.linkage === 2;
      if (extern && !found.has(type.name)) found.set(type.name, { id, section: datasec.name });
    }
  }
  return found;
}

function kconfig(btf: Btf, { name, binding }: ElfSymbol, id: number): KconfigSpec {
  const variable = btf.type(id);
  if (variable.kind !== "VAR") {
    return btf.fail(id, `extern ${name} in ${KCONFIG} is a function, not a variable`);
  }
  const typeId = variable.type;
  const value = configValue(btf, typeId);
  if (value === undefined) {
    return btf.fail(id, `extern ${name} has a type that no kernel config option has`);
  }
  const { type } = resolveType(btf, typeId);
  return {
    kind: "kconfig",
    name,
    weak: binding === Binding.WEAK,
    typeId,
    value,
    signed: type.kind === "INT" && type.signed,
    offset: 0,
    size: sizeOfType(btf, typeId),
  };
}

function configValue(btf: Btf, id: number): KconfigSpec["value"] | undefined {
  const { type } = resolveType(btf, id);
  switch (type.kind) {
    case "INT":
      if (type.bool) return type.size === 1 ? "bool" : undefined;
      if (type.size === 1) return "char";
      return [2, 4, 8].includes(type.size) ? "int" : undefined;
    case "ENUM":
    case "ENUM64":
      return type.name === "libbpf_tristate" ? "tristate" : undefined;
    case "ARRAY": {
      const { type: element } = resolveType(btf, type.elementType);
      const char = element.kind === "INT" && element.size === 1 && !element.bool;
      return char && type.count > 0 ? "char[]" : undefined;
    }
    default:
      return undefined;
  }
}

function ksym(btf: Btf, { name, binding }: ElfSymbol, id: number): KsymSpec {
  const type = btf.type(id);
  const isFunction = type.kind === "FUNC";
  const typeId = type.kind === "VAR" ? resolveType(btf, type.type).id : id;
  return { kind: "ksym", name, weak: binding === Binding.WEAK, function: isFunction, typeId };
}

const alignmentOf = ({ value, size }: KconfigSpec): number => (value === "char[]" ? 1 : size);

function byPlace(a: KconfigSpec, b: KconfigSpec): number {
  return alignmentOf(b) - alignmentOf(a) || a.size - b.size || byName(a, b);
}

function byName(a: ExternSpec, b: ExternSpec): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

function placed(configs: readonly KconfigSpec[]): KconfigSpec[] {
  let end = 0;
  return configs.map((config) => {
    const alignment = alignmentOf(config);
    const offset = Math.ceil(end / alignment) * alignment;
    end = offset + config.size;
    return { ...config, offset };
  });
}
