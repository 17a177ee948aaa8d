// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { changedFunctions } from "../src/instrumented/changed-functions.ts";
import type { CoverageMap, FunctionMap } from "../src/instrumented/coverage-map.ts";

const functionOf = (name: string, line: number, source: readonly number[]): FunctionMap => ({
  hash: name,
  name,
  line,
  source,
  expressions: [],
  code: [],
  branches: [],
});
const mapOf = (...functions: readonly FunctionMap[]): readonly CoverageMap[] => [
  { path: "kernel/bpf/token.c", functions },
];
const file = "kernel/bpf/token.c";

test("a moved function with other comments is the same", () => {
  const before = mapOf(functionOf("f", 10, [1, 2, 0, 3]));
  expect(changedFunctions(before, mapOf(functionOf("f", 50, [1, 2, 3])))).toEqual([]);
});

test("changed, added and removed lines", () => {
  const before = mapOf(functionOf("f", 10, [1, 2, 3, 4]));
  const changed = (source: readonly number[]) =>
    changedFunctions(before, mapOf(functionOf("f", 20, source)));
  const lines = (line: number, endLine: number) => ({ line, endLine });
  expect(changed([1, 7, 8, 4])).toEqual([
    { file, name: "f", before: lines(11, 12), after: lines(21, 22) },
  ]);
  // Where lines are missing, the next line stands for the place.
  expect(changed([1, 4])).toEqual([
    { file, name: "f", before: lines(11, 12), after: lines(21, 21) },
  ]);
  expect(changed([1, 2, 9, 3, 4])).toEqual([
    { file, name: "f", before: lines(12, 12), after: lines(22, 22) },
  ]);
});

test("a function that only one source has, and functions of headers", () => {
  const before = mapOf(functionOf("f", 10, [1]), functionOf("", 0, []));
  const after = mapOf(functionOf("g", 30, [1, 2]));
  expect(changedFunctions(before, after)).toEqual([
    { file, name: "f", before: { line: 10, endLine: 10 }, after: undefined },
    { file, name: "g", before: undefined, after: { line: 30, endLine: 31 } },
  ]);
});
