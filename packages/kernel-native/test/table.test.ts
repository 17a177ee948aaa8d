// SPDX-License-Identifier: MIT
import { KernelLostError, SafetyError } from "@bpf-token/syscall";
import { BAD_ADDRESS, Errno, type SyscallArg, syscallByNr } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { describeNative, useKernels } from "./native.ts";

describeNative("each call of the table", () => {
  const open = useKernels();
  const entries = [...syscallByNr.values()];

  /**
   * With no arguments, with bad addresses, with large numbers: each call gets an answer, and its
   * effect on its own task does not reach other tasks.
   */
  test.each(["nothing", "bad addresses", "large numbers"])("with %s gets an answer", (how) => {
    const kernel = open({ deadlineMs: 2000 });
    const answers = entries.map(({ nr, args }) => {
      const task = kernel.init.fork();
      const given = args.map(({ kind }): SyscallArg => {
        const pointer = kind === "ptr" || kind === "str";
        if (how === "nothing") return pointer ? null : 0;
        if (how === "bad addresses") return pointer ? BAD_ADDRESS : 0;
        return pointer ? null : 0x7fff_ffff;
      });
      try {
        return task.syscall(nr, ...given);
      } catch (error) {
        if (error instanceof SafetyError || error instanceof KernelLostError) return error.name;
        throw error;
      } finally {
        task.close();
      }
    });
    // The kernel knows all numbers of the table.
    const unknown = entries.filter((_, i) => answers[i] === -Errno.ENOSYS);
    expect(unknown.map(({ name }) => name)).toEqual([]);
    const lost = entries.filter((_, i) => answers[i] === "KernelLostError");
    expect(lost.map(({ name }) => name)).toEqual([]);
    expect(answers.filter((answer) => typeof answer === "number").length).toBeGreaterThan(40);
    expect(kernel.init.syscall(39)).toBe(kernel.init.pid);
  });
});
