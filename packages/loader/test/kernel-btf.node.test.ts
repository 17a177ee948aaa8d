// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { currentTask } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import type { Task } from "@bpf-token/syscall";
import { Errno, type SyscallArg, syscallByName } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { kernelBtfOf } from "../src/calls/kernel-btf.ts";
import { describeProcess, useKernels } from "./kernels.ts";

const open = useKernels();
const shown = () => new Uint8Array(readFileSync("/sys/kernel/btf/vmlinux"));

test("reads the BTF of the running kernel by id, once", (context) => {
  const { init } = open(context, "native");
  const btf = kernelBtfOf(init);
  expect(Buffer.compare(btf?.raw ?? new Uint8Array(), shown())).toBe(0);
  expect(kernelBtfOf(init.fork())).toBe(btf);
});

describeProcess("in this process", () => {
  test("reads the file if reading by id is not permitted", () => {
    const task = currentTask();
    const refused: Task = Object.assign(Object.create(null), {
      syscall: (nr: number, ...args: readonly SyscallArg[]) =>
        nr === syscallByName.bpf.nr ? -Errno.EPERM : task.syscall(nr, ...args),
      kernel: { release: task.kernel.release, backend: task.kernel.backend },
    });
    Object.assign(refused.kernel, { init: refused });
    expect(Buffer.compare(kernelBtfOf(refused)?.raw ?? new Uint8Array(), shown())).toBe(0);
  });
});

test("returns undefined for a kernel without BTF", () => {
  expect(kernelBtfOf(createKernel({ vmlinuxBtf: false }).init)).toBeUndefined();
});
