// SPDX-License-Identifier: MIT
import type { CoverageMap, FunctionMap } from "./coverage-map.js";

/** Lines of a source, from 1. */
export interface Lines {
  readonly line: number;
  readonly endLine: number;
}

/** A function whose text differs between two sources, or that only one of them has. */
export interface ChangedFunction {
  /** Path in a kernel tree. */
  readonly file: string;
  readonly name: string;
  /** Its differing lines in each source; undefined if the source has no such function. */
  readonly before: Lines | undefined;
  readonly after: Lines | undefined;
}

/**
 * Compares the functions of two sources. White space and comments do not count.
 *
 * @example
 * ```ts
 * for (const { name, after } of changedFunctions(base.coverage, mine.coverage)) console.log(name, after);
 * ```
 */
export function changedFunctions(
  before: readonly CoverageMap[],
  after: readonly CoverageMap[],
): readonly ChangedFunction[] {
  const [old, fresh] = [functionsOf(before), functionsOf(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key) => {
    const [a, b] = [old.get(key), fresh.get(key)];
    const [file = "", name = ""] = key.split(" ", 2);
    if (a === undefined || b === undefined) {
      return [{ file, name, before: a && wholeOf(a), after: b && wholeOf(b) }];
    }
    const lines = changedLines(b, a);
    return lines === undefined ? [] : [{ file, name, before: changedLines(a, b), after: lines }];
  });
}

/** Functions of the files themselves by path and name. */
function functionsOf(maps: readonly CoverageMap[]): ReadonlyMap<string, FunctionMap> {
  return new Map(
    maps.flatMap(({ path, functions }) =>
      functions.flatMap((one) => (one.name === "" ? [] : [[`${path} ${one.name}`, one] as const])),
    ),
  );
}

function wholeOf({ line, source }: FunctionMap): Lines {
  return { line, endLine: line + source.length - 1 };
}

/**
 * Returns the lines of a function between the parts that both texts begin and end with; undefined if the texts
 * are the same.
 *
 * @example
 * ```ts
 * const { line, endLine } = changedLines(mine, base) ?? {};
 * ```
 */
export function changedLines(one: FunctionMap, other: FunctionMap): Lines | undefined {
  const [a, b] = [codeLines(one), codeLines(other)];
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start]?.hash === b[start]?.hash) start++;
  if (start === a.length && start === b.length) return undefined;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end)?.hash === b.at(-1 - end)?.hash) end++;
  const last = Math.max(start, a.length - 1 - end);
  const [from, to] = [a[Math.min(start, a.length - 1)], a[Math.min(last, a.length - 1)]];
  return from && to && { line: from.line, endLine: to.line };
}

function codeLines({ line, source }: FunctionMap): readonly { line: number; hash: number }[] {
  return source.flatMap((hash, i) => (hash === 0 ? [] : [{ line: line + i, hash }]));
}
