// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { MapType, wrongMapFields } from "../src/index.ts";

const good = { keySize: 4, valueSize: 8, maxEntries: 1 };

test.each([
  ["ARRAY", {}, []],
  ["ARRAY", { keySize: 5 }, ["key_size 4"]],
  [
    "HASH",
    { keySize: 0, valueSize: 0, maxEntries: 0 },
    ["key_size not 0", "value_size not 0", "max_entries not 0"],
  ],
  ["QUEUE", {}, ["key_size 0"]],
  ["PROG_ARRAY", {}, ["value_size 4"]],
  ["SOCKMAP", { valueSize: 6 }, ["value_size 4 or 8"]],
  ["RINGBUF", { keySize: 0, valueSize: 0, maxEntries: 4096 }, []],
  [
    "RINGBUF",
    { keySize: 0, valueSize: 0, maxEntries: 12288 },
    ["max_entries a multiple of the page size (4096) that is a power of two"],
  ],
  ["SK_STORAGE", {}, ["max_entries 0"]],
  ["LPM_TRIE", {}, ["key_size 5 to 260"]],
] as const)("%s %j", (type, sizes, wrong) => {
  const found = wrongMapFields({ type: MapType[type], ...good, ...sizes });
  expect(found.map(({ field, required }) => `${field} ${required}`)).toEqual(wrong);
});

test("an unknown type has no requirements", () => {
  expect(wrongMapFields({ type: 99, keySize: 0, valueSize: 0, maxEntries: 0 })).toEqual([]);
});
