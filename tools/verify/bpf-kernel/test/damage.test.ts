// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { randomNumbers } from "../../object/lib/mutate.mjs";
import { damagedTask, damageInsns, damageWords } from "../lib/damage.mjs";

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

/** The calls that reach a task, for a load with these instructions and this log. */
function callsOf(kind: string, cmd: number): Mem[] {
  const seen: Mem[] = [];
  const task = { pid: 7, syscall: (...args: unknown[]) => seen.push(args[2] as Mem) };
  const random = randomNumbers(5);
  const damaged = damagedTask(task, kind, random);
  expect(damaged.pid).toBe(7);
  const pointers = [
    { offset: 8, to: { bytes: insns } },
    { offset: 32, to: { bytes: new Uint8Array(64) } },
  ];
  for (let i = 0; i < 50; i++)
    damaged.syscall(321, cmd, { bytes: new Uint8Array(72), pointers }, 72);
  return seen;
}

test("damages the instructions of a load, but never its log and its attr", () => {
  const calls = callsOf("insns", 5);
  const same = calls.filter(({ pointers }) => pointers[0]?.to.bytes === insns).length;
  expect(same).toBeGreaterThan(0);
  expect(same).toBeLessThan(calls.length);
  expect(calls.every(({ bytes }) => bytes.every((byte) => byte === 0))).toBe(true);
  expect(calls.every(({ pointers }) => pointers[1]?.to.bytes.every((byte) => byte === 0))).toBe(
    true,
  );
});

test("damages the attr, and leaves other commands alone", () => {
  expect(callsOf("attr", 0).some(({ bytes }) => bytes.some((byte) => byte !== 0))).toBe(true);
  expect(callsOf("attr", 1).some(({ bytes }) => bytes.some((byte) => byte !== 0))).toBe(false);
});
