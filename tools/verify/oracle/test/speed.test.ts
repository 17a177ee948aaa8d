// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { classes, sums } from "../lib/speed.mjs";

const of = (size: number) => ({ size, mine: 1, theirs: 2 });

test("groups the first object, the others by size, and all", () => {
  const rows = [of(500_000), of(1), of(32_768), of(262_144), of(9)];
  const groups = classes(rows).map(({ name, rows: some }) => `${name}: ${some.length}`);
  expect(groups).toEqual([
    ...[
      "first: 1",
      "later, below 32 kB: 2",
      "later, below 256 kB: 1",
      "later, larger: 1",
      "all: 5",
    ],
  ]);
  expect(classes([])).toEqual([]);
  expect(sums(rows)).toEqual({ count: 5, mine: 5, theirs: 10 });
});
