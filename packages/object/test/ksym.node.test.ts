// SPDX-License-Identifier: MIT
import { expect, type TestContext, test } from "vitest";
import { Btf, type BtfType, encodeBtf, findKsym, parseObject } from "../src/index.ts";
import { compile } from "./clang.ts";

const int = (name: string, size: number): BtfType => ({
  kind: "INT",
  name,
  size,
  signed: false,
  char: false,
  bool: false,
  bitOffset: 0,
  bits: 8 * size,
});
const takes = (...params: number[]): BtfType => ({
  kind: "FUNC_PROTO",
  name: "",
  returnType: 1,
  params: params.map((type) => ({ name: "argument", type })),
});
const func: BtfType = { kind: "FUNC", name: "kernel_function", type: 3, linkage: 1 };

/** Finds an extern of the programs in a kernel with these types; returns the name if found. */
function found(context: TestContext, name: string, ...types: BtfType[]): string | undefined {
  const { btf, externs } = parseObject(compile(context, "programs"));
  const ksym = externs.find((extern) => extern.name === name);
  if (btf === undefined || ksym?.kind !== "ksym") throw new Error(`${name} is not an extern`);
  const kernel = Btf.parse(encodeBtf([int("int", 4), int("u64", 8), ...types]));
  const id = findKsym(btf, ksym, kernel);
  return id === undefined ? undefined : `${kernel.kind(id)} ${kernel.name(id)}`;
}

test("finds a function by name if its prototype is compatible", (context) => {
  expect(found(context, "kernel_function", takes(2), func)).toBe("FUNC kernel_function");
  expect(found(context, "kernel_function", takes(2, 2), func)).toBeUndefined();
  expect(found(context, "kernel_function", takes(2))).toBeUndefined();
});

test("finds a variable by name if its type is compatible, ignoring qualifiers", (context) => {
  const variable: BtfType = { kind: "VAR", name: "runqueues", type: 3, linkage: 1 };
  const constant: BtfType = { kind: "CONST", name: "", type: 1 };
  const pointer: BtfType = { kind: "PTR", name: "", type: 1 };
  expect(found(context, "runqueues", constant, variable)).toBe("VAR runqueues");
  expect(found(context, "runqueues", pointer, variable)).toBeUndefined();
});

test("finds nothing for an extern without a type", (context) => {
  const variable: BtfType = { kind: "VAR", name: "init_task", type: 1, linkage: 1 };
  expect(found(context, "init_task", variable)).toBeUndefined();
});
