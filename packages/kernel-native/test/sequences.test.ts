// SPDX-License-Identifier: MIT
import {
  type CallSequence,
  flatten,
  KernelLostError,
  raw,
  SafetyError,
  type SequenceStep,
} from "@bpf-token/syscall";
import { Errno, type SyscallArg, syscallByName } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { describeNative, tree, useKernels } from "./native.ts";

const { bpf, close, dup, getpid, pipe2, read, unshare, write } = syscallByName;
const call = (by: number, nr: number, ...args: readonly SyscallArg[]): SequenceStep => ({
  by,
  op: "call",
  call: flatten("native", nr, args),
});
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

describeNative("sequences of calls", () => {
  const open = useKernels();

  test("run steps in tasks that they fork, and return the kernel's output", () => {
    const kernel = open();
    const sequence: CallSequence = [
      call(0, pipe2.nr, new Uint8Array(8), 0),
      { by: 0, op: "fork", child: 1 },
      { by: 0, op: "fork", child: 2 },
      call(1, write.nr, 1, text("order"), 5),
      call(2, read.nr, 0, new Uint8Array(6), 6),
      { by: 1, op: "send", fd: 0, to: 2 },
      { by: 2, op: "exec" },
      { by: 2, op: "open-namespace", kind: "user", of: 0 },
      { by: 1, op: "exit", status: 7 },
      { by: 0, op: "wait", child: 1 },
      { by: 0, op: "wait", child: 2 },
      { by: 2, op: "settle" },
      call(2, dup.nr, 99),
    ];
    // The first task of a kernel has /dev/null at fds 0 to 2, and its children inherit it.
    const moved = sequence.map((step) => step);
    moved.unshift(call(0, close.nr, 0), call(0, close.nr, 1));
    const [answers = []] = kernel.runSequences([moved])();
    const fork = expect.any(Number) as number;
    expect(answers.map(({ ret }) => ret)).toEqual([
      ...[0, 0, 0, fork, fork, 5, 5, 3, 0, 4, 0, 7, -Errno.ECHILD, 0, -Errno.EBADF],
    ]);
    expect(new TextDecoder().decode(answers[6]?.memory)).toBe("order\0");
    expect(answers.every(({ error }) => error === undefined)).toBe(true);
  });

  test("share no state, and leave no process", () => {
    const kernel = open();
    const before = tree(kernel.executorPid).length;
    const sequence: CallSequence = [
      call(0, dup.nr, 0),
      call(0, unshare.nr, 0x10020000),
      { by: 0, op: "fork", child: 1 },
      { by: 1, op: "fork", child: 63 },
      call(63, getpid.nr),
    ];
    const answers = kernel.runSequences(Array.from({ length: 40 }, () => sequence))();
    expect(answers).toHaveLength(40);
    for (const [first, second, , third, last] of answers) {
      expect([first?.ret, second?.ret]).toEqual([3, 0]);
      expect(last?.ret).toBe(third?.ret);
    }
    expect(kernel.runSequences([])()).toEqual([]);
    expect(raw.getpid(kernel.init)).toBeGreaterThan(0);
    expect(tree(kernel.executorPid)).toHaveLength(before);
  });

  test("return the error of a failed step, and run the next sequence completely", () => {
    const kernel = open({ deadlineMs: 2000 });
    const attr = new Uint8Array(72);
    new Uint32Array(attr.buffer).set([2, 4, 1 << 20, 1 << 10]);
    const bad: CallSequence = [
      call(0, bpf.nr, 0, attr, 72),
      call(0, pipe2.nr, new Uint8Array(8), 0),
      { by: 0, op: "fork", child: 1 },
      call(0, read.nr, 3, new Uint8Array(1), 1),
      call(0, getpid.nr),
      call(1, dup.nr, 0),
      { by: 0, op: "fork", child: 2 },
      call(2, getpid.nr),
      call(9, getpid.nr),
    ];
    const [answers = [], next] = kernel.runSequences([bad, [call(0, dup.nr, 0)]])();
    expect(answers[0]?.error).toBeInstanceOf(SafetyError);
    expect(String(answers[3]?.error)).toContain("did not answer 'read' within 2000 ms");
    for (const at of [3, 4, 6, 7, 8]) expect(answers[at]?.error).toBeInstanceOf(KernelLostError);
    expect(answers[5]?.ret).toBe(5);
    expect(next?.[0]?.ret).toBe(3);
  });

  test("throw for invalid sequences before they make any call", () => {
    const kernel = open();
    expect(() => kernel.runSequences([[{ by: 0, op: "fork", child: 64 }]])).toThrow(
      "at most 64 tasks",
    );
    const large = call(0, write.nr, 1, new Uint8Array(20 << 20), 1);
    expect(() => kernel.runSequences([[large], [large]])).toThrow("at most 32 MiB");
    expect(raw.dup(kernel.init, 0)).toBe(3);
    kernel.close();
    expect(() => kernel.runSequences([])).toThrow("is closed");
  });
});
