// SPDX-License-Identifier: MIT
import type { InstructionCounts } from "@bpf-token/kernel-bpf";
import { linkProgram, type ObjectSpec } from "@bpf-token/object";

/** How often a source line of an object's programs ran. */
export interface LineCoverage {
  /** The source file, as the compiler names it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The text of the line, if the object has it. */
  readonly text: string;
  /** How often it ran: the most frequent of its instructions. */
  readonly ran: number;
  /** The conditional jumps of the line. */
  readonly branches: readonly BranchCoverage[];
}

/** How often a conditional jump went which way. */
export interface BranchCoverage {
  /** To its target. */
  readonly jumped: number;
  /** To the next instruction. */
  readonly passed: number;
}

const INSN = 8;
const JUMPS: ReadonlySet<number> = new Set([5, 6]);
/** Opcodes of BPF_JMP and BPF_JMP32 without a condition: JA, CALL, EXIT. */
const UNCONDITIONAL: ReadonlySet<number> = new Set([0x00, 0x80, 0x90]);

interface Line {
  readonly file: string;
  readonly line: number;
  text: string;
  ran: number;
  readonly branches: Map<string, { jumped: number; passed: number }>;
}

/**
 * Adds up the counts of instructions by source line. A function that several programs have counts in
 * each of them.
 *
 * @param counts - returns the counts of a program; undefined if it is not loaded.
 */
export function lineCoverage(
  object: ObjectSpec,
  counts: (program: string) => InstructionCounts | undefined,
): readonly LineCoverage[] {
  const lines = new Map<string, Line>();
  for (const program of object.programs) {
    const found = counts(program.name);
    if (found !== undefined) addProgram(lines, object, program.name, found);
  }
  return [...lines.values()]
    .sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
    .map(({ branches, ...line }) => ({ ...line, branches: [...branches.values()] }));
}

function addProgram(
  lines: Map<string, Line>,
  object: ObjectSpec,
  name: string,
  { ran, jumped }: InstructionCounts,
): void {
  const program = object.programs.find((one) => one.name === name);
  if (program === undefined || object.btf === undefined) return;
  const { insns, lineInfo, functions } = linkProgram(object, program);
  if (lineInfo === undefined) return;
  const starts = startsOf(object, functions);
  const view = new DataView(lineInfo.bytes.buffer, lineInfo.bytes.byteOffset);
  const most = new Map<Line, number>();
  for (let i = 0; i < lineInfo.count; i++) {
    const at = i * lineInfo.recordSize;
    const next = at + lineInfo.recordSize;
    const first = view.getUint32(at, true);
    const end = i + 1 < lineInfo.count ? view.getUint32(next, true) : insns.length / INSN;
    const number = view.getUint32(at + 12, true) >>> 10;
    if (number === 0) continue;
    const file = object.btf.string(view.getUint32(at + 4, true));
    const line = lineOf(lines, file, number, object.btf.string(view.getUint32(at + 8, true)));
    for (let insn = first; insn < end; insn++) {
      most.set(line, Math.max(most.get(line) ?? 0, ran[insn] ?? 0));
      if (isConditional(insns[insn * INSN] ?? 0))
        addBranch(line, placeOf(starts, functions, insn), ran[insn] ?? 0, jumped[insn] ?? 0);
    }
  }
  for (const [line, count] of most) line.ran += count;
}

function lineOf(lines: Map<string, Line>, file: string, number: number, text: string): Line {
  const key = `${file}:${number}`;
  const line = lines.get(key) ?? { file, line: number, text: "", ran: 0, branches: new Map() };
  lines.set(key, line);
  if (line.text === "") line.text = text;
  return line;
}

function addBranch(line: Line, place: string, ran: number, jumped: number): void {
  const branch = line.branches.get(place) ?? { jumped: 0, passed: 0 };
  line.branches.set(place, branch);
  branch.jumped += jumped;
  branch.passed += ran - jumped;
}

function isConditional(code: number): boolean {
  return JUMPS.has(code & 7) && !UNCONDITIONAL.has(code & 0xf0);
}

/** Where the functions of a linked program start, in instructions. */
function startsOf(object: ObjectSpec, functions: readonly number[]): readonly number[] {
  let end = 0;
  return functions.map((index) => {
    const start = end;
    end += (object.functions[index]?.insns.length ?? 0) / INSN;
    return start;
  });
}

/** A name of an instruction that is the same in every program that has its function. */
function placeOf(starts: readonly number[], functions: readonly number[], insn: number): string {
  const i = starts.findLastIndex((start) => start <= insn);
  return `${functions[i]}:${insn - (starts[i] ?? 0)}`;
}

/**
 * Writes coverage in the format of lcov, for genhtml and for services that show coverage.
 *
 * @example
 * ```ts
 * writeFileSync("bpf.lcov", lcov(object.coverage()));
 * ```
 */
export function lcov(lines: readonly LineCoverage[]): string {
  const files = byFile(lines);
  let text = "";
  for (const [file, all] of files) {
    text += `TN:\nSF:${file.replaceAll(/[\r\n]/g, "?")}\n`;
    for (const { line, ran, branches } of all) {
      for (const [i, { jumped, passed }] of branches.entries()) {
        const count = (value: number): string => (jumped + passed === 0 ? "-" : String(value));
        text += `BRDA:${line},${i},0,${count(jumped)}\nBRDA:${line},${i},1,${count(passed)}\n`;
      }
      text += `DA:${line},${ran}\n`;
    }
    const hit = all.filter(({ ran }) => ran > 0).length;
    const ways = all.flatMap(({ branches }) => branches.flatMap((one) => [one.jumped, one.passed]));
    const taken = ways.filter((count) => count > 0).length;
    text += `BRF:${ways.length}\nBRH:${taken}\nLF:${all.length}\nLH:${hit}\nend_of_record\n`;
  }
  return text;
}

/** Groups lines by their source file. */
export function byFile(lines: readonly LineCoverage[]): ReadonlyMap<string, LineCoverage[]> {
  const files = new Map<string, LineCoverage[]>();
  for (const line of lines) {
    const file = files.get(line.file);
    if (file === undefined) files.set(line.file, [line]);
    else file.push(line);
  }
  return files;
}

/**
 * Adds coverage of several runs, such as those before each {@link TestObject.reset}.
 *
 * @example
 * ```ts
 * const all = [first.coverage(), second.coverage()];
 * console.log(mergeCoverage(all).filter(({ ran }) => ran === 0));
 * ```
 */
export function mergeCoverage(all: readonly (readonly LineCoverage[])[]): readonly LineCoverage[] {
  const lines = new Map<string, LineCoverage>();
  for (const line of all.flat()) {
    const key = `${line.file}:${line.line}`;
    const known = lines.get(key);
    lines.set(key, known === undefined ? line : added(known, line));
  }
  return [...lines.values()];
}

function added(a: LineCoverage, b: LineCoverage): LineCoverage {
  const branches = a.branches.map(({ jumped, passed }, i) => ({
    jumped: jumped + (b.branches[i]?.jumped ?? 0),
    passed: passed + (b.branches[i]?.passed ?? 0),
  }));
  return { ...a, ran: a.ran + b.ran, branches };
}
