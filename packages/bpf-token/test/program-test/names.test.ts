// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { unknownText } from "../../src/program-test/names.ts";

test("an unknown name has the nearest name and the names that exist", () => {
  expect(unknownText("map", "total", ["totals", "blocked"])).toBe(
    "the object has no map 'total'; did you mean 'totals'? Its maps: totals, blocked",
  );
  expect(unknownText("map", "xyzzy", ["flows", ".rodata", ".rodata.str1.1"])).toBe(
    "the object has no map 'xyzzy'; its maps: flows",
  );
  expect(unknownText("map", ".rodat", ["flows", ".rodata"])).toContain("did you mean '.rodata'?");
  expect(unknownText("variable", "xyzzy", ["limit"])).toBe(
    "the object has no variable 'xyzzy'; its variables: limit",
  );
  expect(unknownText("program", "main", [])).toBe(
    "the object has no program 'main'; its programs: none",
  );
});

test("an object with many maps does not make the error long", () => {
  const names = Array.from({ length: 5000 }, (_, i) => `flows_of_cpu_${i}`);
  const text = unknownText("map", "xyzzy", names);
  expect(text).toContain("flows_of_cpu_15, and 4984 more");
  expect(text).not.toContain("flows_of_cpu_16,");
  expect(text.length).toBeLessThan(400);
});
