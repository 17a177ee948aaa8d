// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { testFileOn } from "../../src/program-test/in-worker.ts";
import { readTestFile } from "../../src/program-test/index.ts";

test("an object that is no ELF file is not loaded", () => {
  const file = readTestFile("object: o\ntests: [{ name: a, program: p }]\n", "t.yaml", () => {
    throw new Error("no packet names a file");
  });
  let closed = 0;
  const kernel = { close: () => closed++ } as never;
  const events = [...testFileOn(kernel, file, { object: new Uint8Array(8), name: "o" })];
  expect(events).toEqual([{ notLoaded: expect.stringContaining("ELF"), unmodelled: false }]);
  expect(closed).toBe(1);
});
