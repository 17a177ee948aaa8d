// SPDX-License-Identifier: MIT
// A test for mutants: Stryker counts failed tests, and a file of tests whose imports fail has none.
import { expect, inject, test } from "vitest";

test.each(inject("entries"))("%s can be loaded", async (path) => {
  expect(await import(path)).toBeDefined();
});
