// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from "vitest";
import { BpfKernelTrap, BpfModuleError, createBpfKernel } from "../src/index.ts";

const bytes = (...parts: number[]) => Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...parts]);
const empty = new WebAssembly.Module(bytes());
/** Imports `other.f`, which this package does not provide. */
const foreign = new WebAssembly.Module(
  bytes(1, 4, 1, 0x60, 0, 0, 2, 11, 1, 5, 111, 116, 104, 101, 114, 1, 102, 0, 0),
);
/** Exports `kernel_syscall` and nothing else. */
const old = new WebAssembly.Module(
  bytes(
    ...[1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 18, 1, 14],
    ...new TextEncoder().encode("kernel_syscall"),
    ...[0, 0, 10, 4, 1, 2, 0, 11],
  ),
);
const btf = new Uint8Array(24);

test.each([
  ["no exports", empty, "it exports no kernel_syscall"],
  ["an older interface", old, "Fix: npm run kernel-bpf -- build"],
  ["other imports", foreign, "the module is not a BPF subsystem"],
])("refuses a module with %s", (_, module, message) => {
  const create = () => createBpfKernel({ module, btf, release: "6.12" });
  expect(create).toThrow(BpfModuleError);
  expect(create).toThrow(message);
});

test.each([
  ["module must be a WebAssembly.Module", { module: {}, btf, release: "6.12" }],
  ["btf must be a Uint8Array", { module: empty, btf: "", release: "6.12" }],
  ["release must be a string", { module: empty, btf, release: 6 }],
  ["cache", { module: empty, btf, release: "6.12", cache: 1 }],
])("refuses options: %s", (message, options) => {
  expect(() => createBpfKernel(options as never)).toThrow(TypeError);
  expect(() => createBpfKernel(options as never)).toThrow(message);
});

test("a trap names its functions and how to go on", () => {
  const trap = new BpfKernelTrap("unreachable in map_free", ["map_free"], new Error("unreachable"));
  expect(trap.message).toBe("kernel lost: unreachable in map_free. Fix: restore a snapshot");
  expect(trap.functions).toEqual(["map_free"]);
});
