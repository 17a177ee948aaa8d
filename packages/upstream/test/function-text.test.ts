// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { FunctionTexts } from "../src/instrumented/function-text.ts";

const at = (text: string) => {
  const lines = text.split("\n");
  const line = 1 + lines.findIndex((one) => one.includes("{"));
  const column = 1 + (lines[line - 1] ?? "").indexOf("{");
  const endLine = lines.length;
  return new FunctionTexts(new TextEncoder().encode(text)).at({ line, column, endLine });
};

describe("the name of a function", () => {
  test.each([
    ["int f(void)\n{\n\treturn 1;\n}", "f", 1],
    ["static struct x *g(int a,\n\t\t   int (*b)(int))\n{\n}", "g", 1],
    ["struct y { int z; };", "", 1],
    ["bool h(int a) /* why ( */\n{\n}", "h", 1],
    ["int k(int a) {\n}", "k", 1],
  ])("%j", (text, name, line) => {
    expect(at(text)).toMatchObject({ name, line });
  });
});

describe("the hashes of its lines", () => {
  const source = (text: string) => at(text).source.filter((hash) => hash !== 0);
  const plain = "int f(void)\n{\n\treturn 1;\n}";

  test("ignore white space, empty lines and comments", () => {
    expect(source("int  f(void)\n{\n\n\t/* one\n\t   or two */\n    return 1;\n}")).toEqual(
      source(plain),
    );
  });

  test("differ where the text differs", () => {
    const other = source("int f(void)\n{\n\treturn 2;\n}");
    expect(other.map((hash, i) => hash === source(plain)[i])).toEqual([true, true, false, true]);
  });

  test("keep the numbers of lines after a comment", () => {
    const { line, source: all } = at("/* a\n   b */\nint f(void)\n{\n\t/* c */\n\treturn 1;\n}");
    expect([line, all.length, all[2]]).toEqual([3, 5, 0]);
  });
});
