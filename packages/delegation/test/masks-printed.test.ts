// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { parseMask } from "../src/index.ts";

test("a number that the kernel printed stands for bits without a name, and replaces nothing", () => {
  expect(parseMask("maps", "hash:0x800000000000", "ignore")).toBe(0x800000000002n);
  expect(parseMask("maps", "later_name:hash:0x4", "ignore")).toBe(0x6n);
});

test("a number that somebody wrote replaces the names before it", () => {
  expect(parseMask("maps", "hash:0x800000000000")).toBe(0x800000000000n);
});
