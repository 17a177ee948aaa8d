// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { randomNumbers } from "../../object/lib/mutate.mjs";
import { damageCall, damageInsns, damageWords, isOfKind } from "../lib/damage.mjs";

const insns = Uint8Array.from({ length: 80 }, (_, i) => i);

test.each([
  ["instructions", damageInsns],
  ["words", damageWords],
])("damages %s in a copy, the same way for the same seed", (_, damage) => {
  const before = insns.slice();
  const results = [1, 1, 2].map((seed) => damage(insns, randomNumbers(seed)));
  expect(insns).toEqual(before);
  expect(results[0]).toEqual(results[1]);
  expect(results[0]).not.toEqual(results[2]);
  expect(results.every(({ length }) => length === insns.length)).toBe(true);
  expect(damage(new Uint8Array(3), randomNumbers(1))).toEqual(new Uint8Array(3));
});

interface Mem {
  bytes: Uint8Array;
  pointers: { offset: number; to: { bytes: Uint8Array } }[];
}

const call: { cmd: number; attr: Mem } = {
  cmd: 5,
  attr: {
    bytes: new Uint8Array(72),
    pointers: [
      { offset: 8, to: { bytes: insns } },
      { offset: 32, to: { bytes: new Uint8Array(64) } },
    ],
  },
};

/** Fifty damaged copies of a load with these instructions and this log. */
function copiesOf(kind: string): Mem[] {
  const random = randomNumbers(5);
  return Array.from({ length: 50 }, () => damageCall(kind, call.cmd, call.attr, random) as Mem);
}

test("damages the instructions of a load, but never its log and its attr", () => {
  const copies = copiesOf("insns");
  expect(copies.some(({ pointers }) => pointers[0]?.to.bytes !== insns)).toBe(true);
  expect(copies.every(({ bytes }) => bytes.every((byte) => byte === 0))).toBe(true);
  expect(copies.every(({ pointers }) => pointers[1]?.to.bytes.every((byte) => byte === 0))).toBe(
    true,
  );
});

test("damages the attr alone", () => {
  const copies = copiesOf("attr");
  expect(copies.some(({ bytes }) => bytes.some((byte) => byte !== 0))).toBe(true);
  expect(copies.every(({ pointers }) => pointers === call.attr.pointers)).toBe(true);
});

test("a call without memory has no damage of that kind", () => {
  expect(["insns", "memory", "attr"].map((kind) => isOfKind(call, kind))).toEqual([
    true,
    true,
    true,
  ]);
  const map = { cmd: 0, attr: { bytes: new Uint8Array(72) } };
  expect(["insns", "memory", "attr"].map((kind) => isOfKind(map, kind))).toEqual([
    false,
    false,
    true,
  ]);
});
