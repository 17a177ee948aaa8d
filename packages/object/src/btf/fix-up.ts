// SPDX-License-Identifier: MIT
import { Binding, SymbolType, Visibility } from "../elf/constants.js";
import type { ElfFile } from "../elf/elf.js";
import type { ElfSymbol } from "../elf/symbols.js";
import { KCONFIG, KSYMS } from "../externs.js";
import { sectionNamed } from "../source.js";
import type { ExternSpec } from "../spec.js";
import type { Btf } from "./btf.js";
import { BtfEditor } from "./editor.js";
import { type BtfDatasec, BtfLinkage, type BtfSectionVariable } from "./types.js";

/** What the BTF must agree with. */
export interface FixUp {
  readonly elf: ElfFile;
  readonly externs: readonly ExternSpec[];
  /** Functions with hidden visibility, which BTF declares as global. */
  readonly hiddenFunctions: ReadonlySet<string>;
}

/**
 * Fills in what the compiler leaves open so that the kernel accepts the BTF: sizes of sections,
 * offsets of variables, and externs, which the kernel accepts only as variables.
 */
export function fixUpBtf(btf: Btf, fix: FixUp): Btf {
  const editor = new BtfEditor(btf);
  const datasecs = btf.idsOfKind("DATASEC");
  const globals = globalVariables(fix.elf);
  declareKsyms(btf, editor, datasecs, fix.externs);
  for (const id of datasecs) {
    const datasec = btf.type(id) as BtfDatasec;
    if (datasec.name === KCONFIG) placeKconfig(btf, editor, id, fix.externs);
    else if (datasec.name !== KSYMS) placeVariables(btf, editor, id, fix.elf, globals);
    sortVariables(editor, id, datasec.vars.length);
  }
  for (const id of btf.idsOfKind("FUNC")) {
    if (fix.hiddenFunctions.has(btf.name(id))) editor.setKind(id, "FUNC", BtfLinkage.STATIC);
  }
  return editor.finish();
}

function globalVariables(elf: ElfFile): Map<string, ElfSymbol> {
  const found = new Map<string, ElfSymbol>();
  for (const symbol of elf.symbols) {
    const global = symbol.binding === Binding.GLOBAL || symbol.binding === Binding.WEAK;
    if (global && symbol.type === SymbolType.OBJECT && !found.has(symbol.name)) {
      found.set(symbol.name, symbol);
    }
  }
  return found;
}

/** Whether a symbol is global, but not visible to other objects. */
export function isHidden({ visibility }: ElfSymbol): boolean {
  return visibility === Visibility.HIDDEN || visibility === Visibility.INTERNAL;
}

/** Word indices in an entry of a DATASEC. */
const OFFSET = 1;
const SIZE = 2;

function placeVariables(
  btf: Btf,
  editor: BtfEditor,
  id: number,
  elf: ElfFile,
  globals: ReadonlyMap<string, ElfSymbol>,
): void {
  const { name, size, vars } = btf.type(id) as BtfDatasec;
  // If the size is set, a linker has already filled in sizes and offsets.
  const open = size === 0;
  if (open) {
    const section = sectionNamed(elf, name)?.size ?? 0;
    if (section === 0) btf.fail(id, `section ${name} of a DATASEC is empty or missing`);
    editor.setWord(id, section);
  }
  for (const [i, { type }] of vars.entries()) {
    const variable = btf.type(type);
    if (variable.kind !== "VAR") btf.fail(id, `${name} lists a ${variable.kind} as a variable`);
    else if (variable.linkage === BtfLinkage.GLOBAL) {
      const symbol = globals.get(variable.name);
      if (symbol === undefined) btf.fail(type, `variable ${variable.name} has no symbol`);
      if (open) editor.setTail(id, 3 * i + OFFSET, symbol.value);
      if (isHidden(symbol)) editor.setTail(type, 0, BtfLinkage.STATIC);
    }
  }
}

function sortVariables(editor: BtfEditor, id: number, count: number): void {
  const vars = Array.from({ length: count }, (_, i) =>
    [0, OFFSET, SIZE].map((word) => editor.tail(id, 3 * i + word)),
  );
  vars.sort((a, b) => (a[OFFSET] as number) - (b[OFFSET] as number));
  for (const [i, value] of vars.flat().entries()) editor.setTail(id, i, value);
}

function placeKconfig(
  btf: Btf,
  editor: BtfEditor,
  id: number,
  externs: readonly ExternSpec[],
): void {
  const configs = externs.filter((extern) => extern.kind === "kconfig");
  const last = configs.at(-1);
  // The options are declared but not used.
  if (last === undefined) return;
  const byName = new Map(configs.map((config) => [config.name, config]));
  for (const [i, { type }] of (btf.type(id) as BtfDatasec).vars.entries()) {
    const config = byName.get(btf.name(type));
    if (config === undefined) btf.fail(type, `extern ${btf.name(type)} has no symbol`);
    editor.setTail(type, 0, BtfLinkage.GLOBAL);
    editor.setTail(id, 3 * i + OFFSET, config.offset);
  }
  editor.setWord(id, last.offset + last.size);
}

const INT_SIZE = 4;

/** Replaces externs, which the kernel refuses: variables become ints, functions one dummy. */
function declareKsyms(
  btf: Btf,
  editor: BtfEditor,
  datasecs: readonly number[],
  externs: readonly ExternSpec[],
): void {
  const id = datasecs.find((datasec) => btf.name(datasec) === KSYMS);
  if (id === undefined) return;
  const { vars } = btf.type(id) as BtfDatasec;
  const int = btf.idsOfKind("INT").find((of) => isInt32(btf, of)) ?? 0;
  const hasFunction = vars.some(({ type }) => btf.kind(type) === "FUNC");
  const dummyName = hasFunction ? editor.addString("dummy_ksym") : 0;
  const dummy = hasFunction ? editor.addType(dummyName, "VAR", 0, int, BtfLinkage.GLOBAL) : 0;
  if (!externs.some(({ kind }) => kind === "ksym")) return;
  for (const [i, variable] of vars.entries()) {
    if (btf.kind(variable.type) === "FUNC") {
      nameParameters(btf, editor, variable, dummyName);
      editor.setKind(variable.type, "FUNC", BtfLinkage.GLOBAL);
      editor.setTail(id, 3 * i, dummy);
    } else {
      editor.setTail(variable.type, 0, BtfLinkage.GLOBAL);
      editor.setWord(variable.type, int);
    }
    editor.setTail(id, 3 * i + OFFSET, i * INT_SIZE);
    editor.setTail(id, 3 * i + SIZE, INT_SIZE);
  }
  editor.setWord(id, vars.length * INT_SIZE);
}

/** The kernel requires parameter names for functions that are not extern. */
function nameParameters(
  btf: Btf,
  editor: BtfEditor,
  { type }: BtfSectionVariable,
  name: number,
): void {
  const func = btf.type(type);
  const id = func.kind === "FUNC" ? func.type : 0;
  const proto = btf.type(id);
  if (proto.kind !== "FUNC_PROTO") btf.fail(type, `function ${func.name} has no prototype`);
  for (const [i, param] of proto.params.entries()) {
    if (param.type !== 0 && editor.tail(id, 2 * i) === 0) editor.setTail(id, 2 * i, name);
  }
}

function isInt32(btf: Btf, id: number): boolean {
  const type = btf.type(id);
  return type.kind === "INT" && type.bits === 32;
}
