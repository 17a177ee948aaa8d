// SPDX-License-Identifier: MIT
// What the instructions and types of recorded calls contain.
import { attrLayout, BAD_ADDRESS, BpfCmd, type BpfCmdName, Insn } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import {
  fromRecording,
  instructionsIn,
  instructionsOf,
  loadsAddress,
  namesKernelField,
} from "../src/evidence/from-recording.ts";
import type { TracedCall } from "../src/index.ts";

const LOAD_64 = 0x18;
const exit = [0x95, 0, 0, 0, 0, 0, 0, 0];
/** A load of 64 bits; the second half can look like an instruction. */
const load = (kind: number, low = 7, high = [0, 0, 0, 0, 9, 0, 0, 0]): readonly number[] => [
  ...[LOAD_64, (kind << 4) | 1, 0, 0, low, 0, 0, 0],
  ...high,
];
const helper = (id: number, source = 0): readonly number[] => [
  0x85,
  source << 4,
  0,
  0,
  id,
  0,
  0,
  0,
];
const code = (...parts: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flat());

test.each([
  ["a map", Insn.PSEUDO_MAP_FD, 0],
  ["the value of a map", Insn.PSEUDO_MAP_VALUE, 0],
  ["a number", 0, 7],
  ["the BTF of the kernel", 3, 7],
  ["a function", Insn.PSEUDO_FUNC, 7],
  ["a map by its index", 5, 7],
])("the file descriptor of %s", (_, kind, low) => {
  const { bytes } = instructionsIn(code(exit, load(kind), exit));
  expect([...(bytes ?? [])]).toEqual([...exit, ...load(kind, low), ...exit]);
});

test("the second half of a load is no instruction", () => {
  const half = [LOAD_64, (Insn.PSEUDO_FUNC << 4) | 1, 0, 0, 7, 0, 0, 0];
  const { bytes, callback, helpers } = instructionsIn(code(load(0, 7, half), exit));
  expect([callback, helpers, [...(bytes ?? [])]]).toEqual([
    ...[false, [], [...load(0, 7, half), ...exit]],
  ]);
  expect(loadsAddress(code(load(0, 7, half)), Insn.PSEUDO_FUNC)).toBe(false);
  // A program that is cut within a load, and one that is cut within an instruction.
  expect(loadsAddress(code(half), Insn.PSEUDO_FUNC)).toBe(true);
  expect(loadsAddress(code(half.slice(0, 7)), Insn.PSEUDO_FUNC)).toBe(false);
  expect(loadsAddress(code(exit, exit, half), Insn.PSEUDO_FUNC)).toBe(true);
  expect(loadsAddress(code(exit, load(1)), Insn.PSEUDO_FUNC)).toBe(false);
});

test("the helpers, and whether a callback is given", () => {
  const { helpers, callback } = instructionsIn(
    code(helper(5), helper(6), helper(5), helper(7, 1), load(Insn.PSEUDO_FUNC), exit),
  );
  expect([[...helpers].sort(), callback]).toEqual([[5, 6], true]);
});

const bpf = (cmd: BpfCmdName, fields: object, more: object = {}): TracedCall => {
  const attr = attrLayout(cmd, "7.3").encode(fields);
  return { pid: 1, name: "bpf", args: [BpfCmd[cmd], attr, attr.bytes.length], result: 3, ...more };
};
const license = new TextEncoder().encode("GPL\0");

test("the instructions of a call are those that its field points to", () => {
  const insns = code(helper(5), exit);
  const call = bpf("PROG_LOAD", { insns, license, insn_cnt: 2 });
  const [cmd = 0, attr] = call.args as [number, { bytes: Uint8Array; pointers: unknown[] }];
  const whole = { helpers: [5], callback: false, bytes: insns };
  expect(instructionsOf(call, 2)).toEqual(whole);
  const withPointers = (pointers?: readonly unknown[]): TracedCall =>
    ({
      ...call,
      args: [cmd, pointers === undefined ? { bytes: attr.bytes } : { ...attr, pointers }],
    }) as TracedCall;
  expect(instructionsOf(withPointers([...attr.pointers].reverse()), 2)).toEqual(whole);
  expect(instructionsOf(withPointers([]), 2)).toBeUndefined();
  expect(instructionsOf(withPointers(), 2)).toBeUndefined();
  expect(instructionsOf(withPointers([{ offset: 8, to: BAD_ADDRESS }]), 2)).toBeUndefined();
  expect(instructionsOf(withPointers([{ offset: 8, to: new Uint8Array() }]), 2)).toBeUndefined();
  expect(instructionsOf({ ...call, args: [cmd, null, 0] }, 2)).toBeUndefined();
  expect(instructionsOf({ ...call, name: "mount" }, 2)).toBeUndefined();
  expect(instructionsOf(bpf("MAP_CREATE", {}), 2)).toBeUndefined();
  // Of more or fewer instructions than were recorded.
  expect(instructionsOf(call, 3)).toEqual({ helpers: [5], callback: false });
  expect(instructionsOf(call, 1)).toEqual({ ...whole, bytes: insns.slice(0, 8) });
  expect([...insns]).toEqual([...code(helper(5), exit)]);
});

test("types may have fields of the kernel, or are not known", () => {
  const text = (...names: readonly string[]) =>
    new TextEncoder().encode(`x\0${names.join("\0")}\0`);
  const fields = (btf: Uint8Array | undefined, size = btf?.length ?? 0) =>
    fromRecording(bpf("BTF_LOAD", { btf_size: size, ...(btf && { btf }) }))?.kernelFields;
  expect(fields(text("value", "count"))).toBe(false);
  expect(fields(text("bpf_spin_lock"))).toBe(true);
  expect(fields(text("value"), 100)).toBe(true);
  expect(fields(text("value"), 0)).toBe(true);
  expect(fields(text("value"), 3)).toBe(false);
  expect(fields(undefined, 9)).toBe(true);
  expect(fromRecording(bpf("MAP_CREATE", {}))).not.toHaveProperty("kernelFields");
  expect([namesKernelField("a bpf_timer b"), namesKernelField("bpf_time")]).toEqual([true, false]);
});

test("the contents of a call", () => {
  const of = (call?: TracedCall) => fromRecording(call);
  const map = { map_type: 2, map_name: "a\u0001b", map_flags: 0x10000, map_token_fd: 4 };
  expect(of(bpf("MAP_CREATE", map, { result: -1, seccomp: true, log: "x" }))).toEqual({
    ...{ command: "MAP_CREATE", token: true, errno: "EPERM", type: 2, attach: 0, name: "a?b" },
    ...{ size: 0, instructions: undefined, log: "x", seccomp: true },
  });
  const prog = { prog_type: 6, expected_attach_type: 37, insn_cnt: 9, prog_name: "p" };
  expect(of(bpf("PROG_LOAD", prog, { result: -4000 }))).toMatchObject({
    ...{ command: "PROG_LOAD", token: false, errno: "4000", type: 6, attach: 37, name: "p" },
    ...{ size: 9, log: "", seccomp: false },
  });
  expect(of(bpf("MAP_CREATE", { map_type: 0 }))?.type).toBe(0);
  expect(of(bpf("MAP_CREATE", { map_type: 0 }, { incomplete: "cut" }))?.type).toBeUndefined();
  expect(of(bpf("MAP_CREATE", { map_type: 2 }, { incomplete: "cut" }))?.type).toBe(2);
  expect(of({ pid: 1, name: "bpf", args: [99, null, 0], result: -22 })).toMatchObject({
    ...{ command: "99", type: undefined, name: "", errno: "EINVAL" },
  });
  expect(of({ pid: 1, name: "mount", args: [], result: 0 })).toBeUndefined();
  expect(of(undefined)).toBeUndefined();
});
