// SPDX-License-Identifier: MIT
import { describe, expect, test, vi } from "vitest";
import * as binaries from "../lib/binaries.mjs";
import { inTime, printable, same, textOf, tolerate } from "../lib/oracles.mjs";
import { dictionaryOf, seedsOf } from "../lib/seeds.mjs";
import { targets } from "../lib/targets.mjs";
import * as texts from "../lib/texts.mjs";

type Run = (data: Buffer) => unknown;
const functions: Readonly<Record<string, Run>> = { ...texts, ...binaries };
const names = Object.keys(targets) as (keyof typeof targets)[];
const inNode = names.filter((name) => "file" in targets[name]);

describe("the inputs of the corpus", () => {
  test.each(inNode)("of %s give documented errors only", async (name) => {
    const seeds: readonly Buffer[] = seedsOf(name);
    // Without clang there is no valid object.
    if (name !== "elf" && name !== "btf") expect(seeds.length).toBeGreaterThan(0);
    for (const seed of seeds) await functions[name]?.(seed);
    expect(functions[name]).toBeTypeOf("function");
  });
});

describe("a target", () => {
  test.each(names)("%s has sources", (name) => {
    // Two parsers of bytes know no word.
    const words: string = dictionaryOf(targets[name].sources);
    expect(words === "").toBe(name === "frame");
    expect(words).toMatch(/^("(\\x[0-9a-f]{2})+"\n)*$/);
  });
});

describe("a finding", () => {
  test("is an error that is not documented", () => {
    const fail = (error: Error) => (): never => {
      throw error;
    };
    expect(tolerate([RangeError], fail(new RangeError("documented")))).toBeUndefined();
    expect(() => tolerate([RangeError], fail(new TypeError("other")))).toThrow("other");
  });

  test("is a value that differs, whatever the order of its keys", () => {
    same("read again", { a: 1n, b: [2] }, { b: [2], a: 1n });
    expect(() => same("read again", { a: 1n }, { a: 2n })).toThrow(
      'read again: {"a":"1n"} instead',
    );
  });

  test("is CPU time above the limit, twice", () => {
    const limit = 2000;
    const spend = (times: readonly number[]) => {
      const left = [...times];
      const cpu = vi.spyOn(process, "cpuUsage").mockImplementation((previous) => {
        const user = previous === undefined ? 0 : 1000 * (left.shift() ?? 0);
        return { user, system: 0 };
      });
      try {
        inTime(() => undefined);
      } finally {
        cpu.mockRestore();
      }
      return left.length;
    };
    expect(spend([limit])).toBe(0);
    expect(spend([limit + 1, limit])).toBe(0);
    expect(() => spend([limit + 1, limit + 2])).toThrow("took 2002 ms of CPU time");
  });

  test("is a control character", () => {
    printable(["ä\u{1f600}", { a: 1 }]);
    expect(() => printable([{ a: "\u001b[2J" }])).toThrow("control character");
  });
});

test("some inputs are repeated, the same ones every time", () => {
  const sizes = Array.from({ length: 2000 }, (_, i) => textOf(Buffer.from(`text ${i}`)).length);
  const long = sizes.filter((size) => size > 50_000);
  expect(long.length).toBeGreaterThan(2);
  expect(long.length).toBeLessThan(40);
  expect(Array.from({ length: 2000 }, (_, i) => textOf(Buffer.from(`text ${i}`)).length)).toEqual(
    sizes,
  );
});
