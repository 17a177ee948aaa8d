// SPDX-License-Identifier: MIT
import { type BranchCoverage, byFile, type LineCoverage } from "./coverage.js";

/** A part of a source file, in the format of Istanbul: lines from 1, columns from 0. */
export interface IstanbulRange {
  /** Its first character. */
  readonly start: { readonly line: number; readonly column: number };
  /** Its last character. */
  readonly end: { readonly line: number; readonly column: number };
}

/** Coverage of one source file, in the format of Istanbul. */
export interface IstanbulFile {
  /** The name that the compiler wrote into the object. */
  readonly path: string;
  /** The lines, by number. */
  readonly statementMap: Readonly<Record<string, IstanbulRange>>;
  /** How often they ran. */
  readonly s: Readonly<Record<string, number>>;
  /** The conditional jumps, each with two ways. */
  readonly branchMap: Readonly<Record<string, IstanbulBranch>>;
  /** How often a jump went to its target, and to the next instruction. */
  readonly b: Readonly<Record<string, readonly [jumped: number, passed: number]>>;
  /** Functions are not counted. */
  readonly fnMap: Readonly<Record<string, never>>;
  /** No counts. */
  readonly f: Readonly<Record<string, never>>;
}

/** A conditional jump in the format of Istanbul. */
export interface IstanbulBranch {
  /** A word of ours: it is no `if` of the source. */
  readonly type: "jump";
  /** Its line. */
  readonly loc: IstanbulRange;
  /** The line again, for each way. */
  readonly locations: readonly [IstanbulRange, IstanbulRange];
}

/**
 * Writes coverage in the format of Istanbul, which the reporters of npm read: `istanbul-reports`
 * writes HTML, Cobertura and Clover.
 *
 * @returns the files by path: the names that the compiler wrote into the object.
 * @example
 * ```ts
 * writeFileSync("coverage/coverage-final.json", JSON.stringify(istanbul(object.coverage())));
 * ```
 */
export function istanbul(lines: readonly LineCoverage[]): Readonly<Record<string, IstanbulFile>> {
  return Object.fromEntries([...byFile(lines)].map(([path, all]) => [path, fileOf(path, all)]));
}

function fileOf(path: string, lines: readonly LineCoverage[]): IstanbulFile {
  const jumps = lines.flatMap((line) => line.branches.map((branch) => ({ line, branch })));
  const statements = lines.map((line) => [line.line, line] as const);
  return {
    path,
    statementMap: recordOf(statements, rangeOf),
    s: recordOf(statements, ({ ran }) => ran),
    branchMap: recordOf([...jumps.entries()], ({ line }) => branchOf(rangeOf(line))),
    b: recordOf([...jumps.entries()], ({ branch }) => waysOf(branch)),
    fnMap: {},
    f: {},
  };
}

function recordOf<T, U>(
  entries: readonly (readonly [key: number, value: T])[],
  of: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(entries.map(([key, value]) => [String(key), of(value)]));
}

/** The text of a line without its indentation. */
function rangeOf({ line, text }: LineCoverage): IstanbulRange {
  const column = text.length - text.trimStart().length;
  const last = Math.max(column, text.trimEnd().length - 1);
  return { start: { line, column }, end: { line, column: last } };
}

/** Not `if`: only the compiler knows which side of an `if` is the target of its jump. */
const branchOf = (loc: IstanbulRange): IstanbulBranch => ({
  type: "jump",
  loc,
  locations: [loc, loc],
});

const waysOf = ({ jumped, passed }: BranchCoverage): readonly [number, number] => [jumped, passed];
