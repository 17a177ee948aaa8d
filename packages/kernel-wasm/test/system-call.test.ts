// SPDX-License-Identifier: GPL-2.0-only
import { BAD_ADDRESS, type Mem, type SyscallArg, syscallByName } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { generalCall, systemCall } from "../src/kernel/system-call.ts";
import { Machine } from "../src/module/machine.ts";
import { handmade, layout } from "./handmade.ts";

const module = handmade();
const { bpf, close, getpid, lseek, openat, prctl, read, write } = syscallByName;

type Way = typeof systemCall;

/** The call that the core received, the return value, and the caller's memory afterwards. */
function seen(way: Way, nr: number, args: readonly SyscallArg[]) {
  const machine = new Machine(module);
  const memory = args.flatMap((arg) => {
    if (arg instanceof Uint8Array) return [arg];
    return arg !== null && typeof arg === "object" ? [arg.bytes] : [];
  });
  try {
    const ret = way(machine, 1, nr, args);
    return {
      ret,
      block: [...machine.bytes.slice(layout.block, layout.block + 56)],
      memory: [...machine.bytes.slice(layout.memory, layout.memory + 64)],
      after: memory.map((bytes) => [...bytes]),
    };
  } catch (error) {
    return { error: String(error) };
  }
}

const attr = Uint8Array.from({ length: 40 }, (_, i) => i + 1);
const detached = new Uint8Array(8);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const calls: readonly (readonly [string, number, readonly SyscallArg[]])[] = [
  ["no arguments", getpid.nr, []],
  ["a number", close.nr, [5]],
  ["a negative number", close.nr, [-1]],
  ["numbers of 32 bits", prctl.nr, [0x7fffffff, -0x80000000, 0xffffffff, 0x80000000, 0]],
  ["a number of 53 bits", lseek.nr, [3, 2 ** 40 + 1, 0]],
  ["a negative number of 53 bits", lseek.nr, [3, -(2 ** 40) - 1, 0]],
  ["a bigint", lseek.nr, [3, 0xffff_ffff_ffff_ffffn, 1]],
  ["the smallest bigint", lseek.nr, [3, -(2n ** 63n), 1]],
  ["missing arguments", bpf.nr, [36]],
  ["undefined in the middle", bpf.nr, [36, undefined as unknown as null, 8]],
  ["NULL", bpf.nr, [36, null, 8]],
  ["0 for NULL", bpf.nr, [36, 0, 8]],
  ["NULL for a number", bpf.nr, [null, attr, 8]],
  ["small memory", bpf.nr, [36, attr.slice(0, 8), 8]],
  ["longer memory", bpf.nr, [36, attr.slice(), 40]],
  ["empty memory", bpf.nr, [36, new Uint8Array(), 0]],
  ["memory that is only read", bpf.nr, [36, { bytes: attr.slice(), dir: "in" }, 40]],
  ["memory both ways", bpf.nr, [36, { bytes: attr.slice(), dir: "inout" }, 40]],
  ["memory with no pointers", bpf.nr, [36, { bytes: attr.slice(), pointers: [] }, 40]],
  ["memory to write to", read.nr, [3, attr.slice(), 40]],
  ["memory to read from", write.nr, [3, attr.slice(), 40]],
  ["a part of a buffer", write.nr, [3, attr.subarray(8, 20), 12]],
  ["BAD_ADDRESS", bpf.nr, [36, BAD_ADDRESS, 8]],
  ["text", openat.nr, [-100, "/tmp/ä", 0, 0]],
  ["no such call", 99_999, []],
  ["too many arguments", close.nr, [1, 2]],
  ["a fraction", close.nr, [1.5]],
  ["NaN", close.nr, [Number.NaN]],
  ["minus zero", close.nr, [-0]],
  ["a number beyond 2^53", close.nr, [2 ** 60]],
  ["a bigint beyond 64 bits", close.nr, [2n ** 64n]],
  ["a number for a pointer", bpf.nr, [36, 4096, 8]],
  ["memory for a number", close.nr, [attr]],
  ["text for a number", close.nr, ["5"]],
  ["a detached buffer", bpf.nr, [36, detached, 8]],
  ["an object that is no memory", bpf.nr, [36, {} as unknown as Uint8Array, 8]],
];

describe("the fast path and the general path make the same call of", () => {
  test.each(calls)("%s", (_, nr, args) => {
    const quick = seen(systemCall, nr, args.map(copied));
    expect(quick).toEqual(seen(generalCall, nr, args.map(copied)));
    expect(Object.keys(quick)).toContain("error" in quick ? "error" : "ret");
  });
});

/** Separate memory for each path. A detached buffer has no memory to copy. */
function copied(arg: SyscallArg): SyscallArg {
  return arg instanceof Uint8Array && arg.length > 0 ? arg.slice() : arg;
}

describe("a call's memory", () => {
  test("is copied back with the core's contents", () => {
    // The handmade kernel never writes, but the host put an address into its copy of the memory.
    const bytes = Uint8Array.from({ length: 16 }, () => 0xee);
    const machine = new Machine(module);
    const mem: Mem = { bytes, pointers: [{ offset: 8, to: BAD_ADDRESS }] };
    expect(generalCall(machine, 1, bpf.nr, [5, mem, 16])).toBe(0);
    expect(machine.bytes[layout.memory + 15]).toBe(0xde);
    expect([...bytes]).toEqual(Array(16).fill(0xee));
  });

  test("that does not fit into the core gives ENOMEM", () => {
    const machine = new Machine(handmade({ code: { kernel_user_alloc: [0x41, 0] } }));
    expect(systemCall(machine, 1, bpf.nr, [36, attr, 8])).toBe(-12);
    expect(systemCall(machine, 1, openat.nr, [-100, "/", 0, 0])).toBe(-12);
  });
});
