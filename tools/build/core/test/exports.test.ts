// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { checkModule, linkedNames, parseExports } from "../lib/exports.mjs";
import { moduleInfo } from "../lib/module-info.mjs";

/** (module (memory (export "memory") 4 1024) (func (export "two") (result i32) i32.const 2)) */
const module = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7f],
  ...[3, 2, 1, 0],
  ...[5, 5, 1, 1, 4, 0x80, 8],
  ...[7, 16, 2, 6, ...Buffer.from("memory"), 2, 0, 3, ...Buffer.from("two"), 0, 0],
  ...[10, 6, 1, 4, 0, 0x41, 2, 0x0b],
]);

/** The same, with (import "host" "ask" (func (param i32) (result i32))). */
const importing = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 10, 2, 0x60, 0, 1, 0x7f, 0x60, 1, 0x7f, 1, 0x7f],
  ...[2, 12, 1, 4, ...Buffer.from("host"), 3, ...Buffer.from("ask"), 0, 1],
  ...[3, 2, 1, 0],
  ...[5, 5, 1, 1, 4, 0x80, 8],
  ...[7, 16, 2, 6, ...Buffer.from("memory"), 2, 0, 3, ...Buffer.from("two"), 0, 1],
  ...[10, 6, 1, 4, 0, 0x41, 2, 0x0b],
]);

const check = (text: string): readonly string[] => checkModule(module, parseExports(text));

describe("the list of exports", () => {
  it("has comments, signatures and exceptions", () => {
    const list = parseExports(
      "# list\nmemory memory\ntwo () -> i32  # why\n! three made by a tool\n",
    );
    expect([...list.wanted]).toEqual([
      ["memory", "memory"],
      ["two", "() -> i32"],
    ]);
    expect([...list.exceptions]).toEqual([["three", "made by a tool"]]);
    expect(linkedNames(list)).toEqual(["two"]);
  });

  it("has allowed imports", () => {
    const list = parseExports("< host ask (i32) -> i32\ntwo () -> i32");
    expect([...list.imports]).toEqual([["host.ask", "(i32) -> i32"]]);
    expect(linkedNames(list)).toEqual(["two"]);
  });

  it.each([
    ["memory memory\ntwo", "exports.txt:2: neither"],
    ["two () -> i32\n\ntwo () -> i32", "exports.txt:3: 'two' is listed twice"],
    ["! two", "exports.txt:1: neither"],
  ])("names the line of a mistake in %j", (text, message) => {
    expect(() => parseExports(text)).toThrow(message);
  });
});

describe("a module compared with the list", () => {
  it("passes when both agree", () => {
    expect(moduleInfo(module)).toEqual({
      imports: new Map(),
      exports: new Map([
        ["memory", "memory"],
        ["two", "() -> i32"],
      ]),
      memory: { initial: 4, maximum: 1024 },
    });
    expect(check("memory memory\ntwo () -> i32")).toEqual([]);
  });

  it("fails for a missing, an extra and a differently typed export", () => {
    expect(check("memory memory\ntwo () -> i32\nthree () -> i32")).toEqual([
      "does not export three",
    ]);
    expect(check("memory memory")).toEqual([
      "exports two, which is not listed; list it, or give the reason with '!'",
    ]);
    expect(check("memory memory\ntwo (i32) -> i32")).toEqual([
      "exports two as () -> i32, listed is (i32) -> i32",
    ]);
    expect(check("memory memory\n! two only for a test")).toEqual([]);
  });

  it("may import functions that are listed, with the listed type", () => {
    const list = "memory memory\ntwo () -> i32\n";
    const asks = (imports: string): readonly string[] =>
      checkModule(importing, parseExports(`${list}${imports}`));
    expect(asks("< host ask (i32) -> i32")).toEqual([]);
    expect(asks("")).toEqual(["imports host.ask, which is not listed"]);
    expect(asks("< host ask () -> i32")).toEqual([
      "imports host.ask as (i32) -> i32, listed is () -> i32",
    ]);
    expect(check(`${list}< host ask (i32) -> i32`)).toEqual([]);
  });
});
