// SPDX-License-Identifier: MIT
// Every code of classic BPF, compared with what the specification says about it.
import { expect, test } from "vitest";
import { runFilter } from "../src/seccomp/interpreter.ts";
import { seccompVerdict } from "../src/seccomp/verdict.ts";
import { filterBytes, type Insn } from "./filters.ts";

const data = new Map([
  [0, 321],
  [4, 7],
]);
const run = (...insns: readonly Insn[]) => runFilter(filterBytes(insns), data);
const values = [0, 1, 2, 7, 31, 32, 33, 0x80000000, 0xffffffff];
/** A filter that sets X and A, and executes an instruction. */
const withRegisters = (a: number, x: number, ...rest: readonly Insn[]) =>
  run([0x01, 0, 0, x], [0x00, 0, 0, a], ...rest);
const big = (value: number): bigint => BigInt(value);
const shift = (by: number, value: bigint): bigint => (by > 31 ? 0n : value);

/** What arithmetic does, with numbers of any size; "kill" for a division by 0. */
const arithmetic: Readonly<Record<number, (a: number, b: number) => bigint | "kill">> = {
  4: (a, b) => big(a) + big(b),
  20: (a, b) => big(a) - big(b),
  36: (a, b) => big(a) * big(b),
  52: (a, b) => (b === 0 ? "kill" : big(a) / big(b)),
  68: (a, b) => big(a) | big(b),
  84: (a, b) => big(a) & big(b),
  100: (a, b) => shift(b, big(a) << big(b & 31)),
  116: (a, b) => shift(b, big(a) >> big(b & 31)),
  164: (a, b) => big(a) ^ big(b),
};
const jumps: Readonly<Record<number, (a: number, b: number) => boolean>> = {
  21: (a, b) => a === b,
  37: (a, b) => a > b,
  53: (a, b) => a >= b,
  69: (a, b) => (big(a) & big(b)) !== 0n,
};

test.each(Object.keys(arithmetic).map(Number))("arithmetic with the code %i", (code) => {
  for (const a of values) {
    for (const b of values) {
      const result = arithmetic[code]?.(a, b);
      const value = result === "kill" ? 0 : Number(BigInt.asUintN(32, result ?? 0n));
      const expected = [a, b, { how: "returned", value }];
      expect([a, b, withRegisters(a, 99, [code, 0, 0, b], [0x16, 0, 0, 0])]).toEqual(expected);
      expect([a, b, withRegisters(a, b, [code | 8, 0, 0, 99], [0x16, 0, 0, 0])]).toEqual(expected);
    }
  }
});

test.each(Object.keys(jumps).map(Number))("a jump with the code %i", (code) => {
  const ends: readonly Insn[] = [0, 1, 2, 3].map((value) => [0x06, 0, 0, value]);
  for (const a of values) {
    for (const b of values) {
      const expected = [a, b, { how: "returned", value: jumps[code]?.(a, b) ? 3 : 1 }];
      expect([a, b, withRegisters(a, 99, [code, 3, 1, b], ...ends)]).toEqual(expected);
      expect([a, b, withRegisters(a, b, [code | 8, 3, 1, 99], ...ends)]).toEqual(expected);
    }
  }
});

test("every other code moves a value, ends the filter, or is invalid", () => {
  const known = [...Object.keys(arithmetic), ...Object.keys(jumps)].map(Number);
  const moves: readonly number[] = [
    ...[0x00, 0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x16, 0x20, 0x60, 0x61, 0x80, 0x81, 0x84, 0x87],
  ];
  for (let code = 0; code < 0x10000; code += code < 0x200 ? 1 : 0x111) {
    if (known.includes(code & ~8) || moves.includes(code)) continue;
    expect(withRegisters(5, 3, [code, 0, 0, 0], [0x16, 0, 0, 0])).toEqual({
      how: "invalid",
      why: `instruction 2 has the code 0x${code.toString(16)}`,
    });
  }
  const ret: Insn = [0x16, 0, 0, 0];
  const take: Insn = [0x87, 0, 0, 0];
  const a = (...insns: readonly Insn[]) => withRegisters(5, 3, ...insns, ret);
  const x = (...insns: readonly Insn[]) => withRegisters(5, 3, ...insns, take, ret);
  const returned = (value: number) => ({ how: "returned", value });
  expect([a([0x00, 0, 0, 8]), x([0x01, 0, 0, 8])]).toEqual([returned(8), returned(8)]);
  expect([a([0x80, 0, 0, 8]), x([0x81, 0, 0, 8])]).toEqual([returned(64), returned(64)]);
  expect([x([0x07, 0, 0, 0]), a([0x87, 0, 0, 0])]).toEqual([returned(5), returned(3)]);
  expect([a([0x84, 0, 0, 0]), a([0x8c, 0, 0, 0]).how]).toEqual([returned(2 ** 32 - 5), "invalid"]);
  expect([a([0x06, 0, 0, 9]), a([0x05, 0, 0, 0])]).toEqual([returned(9), returned(5)]);
  for (const slot of [0, 7, 15]) {
    const other = (slot + 1) % 16;
    expect(a([0x02, 0, 0, slot], [0x00, 0, 0, 1], [0x60, 0, 0, slot])).toEqual(returned(5));
    expect(a([0x02, 0, 0, slot], [0x60, 0, 0, other])).toEqual(returned(0));
    expect(x([0x03, 0, 0, slot], [0x01, 0, 0, 1], [0x61, 0, 0, slot])).toEqual(returned(3));
    expect(x([0x03, 0, 0, slot], [0x61, 0, 0, other])).toEqual(returned(0));
  }
});

test("a load reads words of the data by their place", () => {
  const load = (k: number) => run([0x20, 0, 0, k], [0x16, 0, 0, 0]);
  expect([load(0), load(4)]).toEqual([
    { how: "returned", value: 321 },
    { how: "returned", value: 7 },
  ]);
  for (const k of [8, 12, 60]) expect(load(k)).toEqual({ how: "unknown", offset: k });
  for (const k of [1, 2, 3, 63, 64, 68, 2 ** 32 - 4]) {
    expect(load(k)).toEqual({ how: "invalid", why: "instruction 0 has the code 0x20" });
  }
});

test("a filter has 1 to 4096 whole instructions, and ends with a return", () => {
  const nothing: Insn = [0x00, 0, 0, 0];
  const long = (count: number) =>
    run(...Array.from({ length: count - 1 }, () => nothing), [0x06, 0, 0, 1]);
  expect([long(1), long(4096)].map(({ how }) => how)).toEqual(["returned", "returned"]);
  expect(long(4097)).toEqual({ how: "invalid", why: "it has 32776 bytes" });
  expect(runFilter(new Uint8Array(0), data)).toEqual({ how: "invalid", why: "it has 0 bytes" });
  expect(runFilter(new Uint8Array(12), data)).toEqual({ how: "invalid", why: "it has 12 bytes" });
  const noReturn = { how: "invalid", why: "it ends without a return" };
  expect([run(nothing), run([0x05, 0, 0, 5]), run([0x15, 9, 9, 0])]).toEqual([
    ...[noReturn, noReturn, noReturn],
  ]);
  // The bytes can be a part of a larger buffer.
  const inside = new Uint8Array(24);
  inside.set(filterBytes([[0x06, 0, 0, 5]]), 8);
  expect(runFilter(inside.subarray(8, 16), data)).toEqual({ how: "returned", value: 5 });
});

const base64 = (insns: readonly Insn[]): string => btoa(String.fromCharCode(...filterBytes(insns)));
const returning = (value: number): readonly Insn[] => [[0x06, 0, 0, value]];
const looking = (offset: number): readonly Insn[] => [
  [0x20, 0, 0, offset],
  [0x06, 0, 0, 0],
];
const verdict = (...filters: readonly (readonly Insn[])[]) =>
  seccompVerdict({ arch: "x64", filters: filters.map(base64) }, "PROG_LOAD");
const actions: readonly (readonly [number, string])[] = [
  ...([
    [0x80000000, "kill"],
    [0, "kill"],
    [0x30000, "trap"],
    [0x50000, "errno"],
  ] as const),
  ...([
    [0x7fc00000, "notify"],
    [0x7ff00000, "trace"],
    [0x7ffc0000, "allow"],
  ] as const),
  [0x7fff0000, "allow"],
];

test.each(actions)("the action %i is %s, and comes before the following ones", (value, action) => {
  expect(verdict(returning(value))).toMatchObject({ action, filter: 1 });
  const place = actions.findIndex(([number]) => number === value);
  for (const [other, name] of actions.slice(place + 1)) {
    expect([other, verdict(returning(other), returning(value)).action]).toEqual([other, action]);
    expect([other, verdict(returning(value), returning(other)).action]).toEqual([other, action]);
    // Of two that agree, the newest one decides.
    const newest = name === action ? 2 : 1;
    expect(verdict(returning(value), returning(other)).filter).toBe(newest);
  }
});

test("the lower half of an answer is its errno", () => {
  const errno = (number: number) => verdict(returning(0x50000 + number)).errno;
  expect([0, 1, 38, 4000, 4095, 65_535].map(errno)).toEqual([
    ...["0", "EPERM", "ENOSYS", "errno 4000", "errno 4095", "errno 65535"],
  ]);
  expect(verdict(returning(0x7fff0001))).toEqual({ action: "allow", filter: 1 });
  expect(verdict(returning(0x12340000))).toEqual({ action: "kill", filter: 1 });
});

test("a filter whose answer is unknown decides, unless another one kills", () => {
  const unknown = { action: "unknown", filter: 1, why: "it looks at argument 1 of bpf()" };
  for (const offset of [24, 28]) expect(verdict(looking(offset))).toEqual(unknown);
  expect(verdict(looking(56)).why).toBe("it looks at argument 5 of bpf()");
  for (const offset of [8, 12])
    expect(verdict(looking(offset)).why).toBe("it looks at the address of the caller");
  // The command and its upper half are known.
  for (const offset of [0, 4, 16, 20]) expect(verdict(looking(offset)).action).toBe("kill");
  expect(verdict(looking(24), returning(0x7fff0000))).toEqual(unknown);
  expect(verdict(returning(0x50001), looking(24))).toEqual({ ...unknown, filter: 2 });
  expect(verdict(looking(24), returning(0))).toEqual({ action: "kill", filter: 2 });
  expect(verdict([[0xff, 0, 0, 0]])).toEqual({
    ...{ action: "unknown", filter: 1 },
    why: "the filter is not valid: instruction 0 has the code 0xff",
  });
  expect(verdict()).toEqual({ action: "allow", filter: 0 });
});

test("a filter sees the number and the architecture of bpf()", () => {
  const sees = (arch: "x64" | "arm64", offset: number, value: number) =>
    seccompVerdict(
      {
        arch,
        filters: [
          base64([
            [0x20, 0, 0, offset],
            [0x15, 0, 1, value],
            ...returning(0x50001),
            ...returning(0x7fff0000),
          ]),
        ],
      },
      "PROG_LOAD",
    ).action === "errno";
  expect([sees("x64", 0, 321), sees("arm64", 0, 280)]).toEqual([true, true]);
  expect([sees("x64", 4, 0xc000003e), sees("arm64", 4, 0xc00000b7)]).toEqual([true, true]);
  expect([sees("x64", 16, 5), sees("x64", 20, 0), sees("x64", 16, 0)]).toEqual([true, true, false]);
});
