// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import {
  delegateBpffs,
  KernelLostError,
  NotModelledError,
  raw,
  SafetyError,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { BpfCmd, Errno, syscallByName } from "@bpf-token/uapi";
import { afterEach, expect, test } from "vitest";
import { Connection } from "../src/connection.ts";
import { findExecutor } from "../src/executor-path.ts";
import { Op, replyLayout, requestLayout, Status } from "../src/generated/protocol.ts";
import type { BatchStep } from "../src/index.ts";
import { describeNative, tree, useKernels } from "./native.ts";

const { getpid, dup, close, read, write, bpf } = syscallByName;
const step = (task: Task, nr: number, ...args: BatchStep["args"] & object): BatchStep => ({
  task,
  nr,
  args,
});

describeNative("batches", () => {
  const open = useKernels();

  test("makes calls of two tasks in order and returns the kernel's output", () => {
    const kernel = open();
    const [a, b] = [kernel.init.fork(), kernel.init];
    const fds = new Uint8Array(8);
    expect(raw.pipe2(b, fds, 0)).toBe(0);
    const c = b.fork();
    const [text, back] = [new TextEncoder().encode("order"), new Uint8Array(5)];
    const answers = kernel.batch([
      step(a, getpid.nr),
      step(c, write.nr, 4, text, 5),
      step(b, read.nr, 3, back, 5),
      step(a, dup.nr, 0),
      step(a, dup.nr, 0),
      step(a, close.nr, 3),
      step(a, dup.nr, 0),
      step(b, dup.nr, 99),
    ]);
    expect(answers).toEqual([a.pid, 5, 5, 3, 4, 0, 3, -Errno.EBADF]);
    expect(new TextDecoder().decode(back)).toBe("order");
  });

  test("answers as single calls do, for any size", () => {
    const kernel = open();
    const task = kernel.init.fork();
    const large = new Uint8Array(3 << 20).fill(7);
    const fd = raw.memfd_create(task, "m", 0);
    const many = Array.from({ length: 3000 }, () => step(task, getpid.nr));
    const answers = kernel.batch([
      ...many,
      step(task, write.nr, fd, large, large.length),
      step(task, syscallByName.lseek.nr, fd, 0, 0),
      step(task, read.nr, fd, large, large.length),
      step(task, getpid.nr),
    ]);
    expect(answers).toHaveLength(3004);
    expect(new Set(answers.slice(0, 3000))).toEqual(new Set([task.pid]));
    expect(answers.slice(3000)).toEqual([large.length, 0, large.length, task.pid]);
    expect(kernel.batch([])).toEqual([]);
  });

  test("returns the error of a failed step and makes the other calls", () => {
    const kernel = open({ deadlineMs: 2000 });
    const [a, b] = [kernel.init.fork(), kernel.init.fork()];
    expect(raw.pipe2(a, new Uint8Array(8), 0)).toBe(0);
    const attr = new Uint8Array(72);
    new Uint32Array(attr.buffer).set([2, 4, 1 << 20, 1 << 10]);
    const answers = kernel.batch([
      step(b, bpf.nr, 0, attr, 72),
      step(a, read.nr, 3, new Uint8Array(1), 1),
      step(a, getpid.nr),
      step(b, getpid.nr),
    ]);
    expect(answers[0]).toBeInstanceOf(SafetyError);
    expect(answers[1]).toBeInstanceOf(KernelLostError);
    expect(String(answers[1])).toContain("did not answer 'read' within 2000 ms and was killed");
    expect(answers[2]).toBeInstanceOf(KernelLostError);
    expect(answers[3]).toBe(b.pid);
    expect(() => raw.getpid(a)).toThrow(KernelLostError);
    expect(raw.getpid(b)).toBe(b.pid);
  });

  test("keeps the answers before a call that exceeds its deadline", () => {
    const kernel = open({ deadlineMs: 2000 });
    const [a, b] = [kernel.init.fork(), kernel.init.fork()];
    expect(raw.pipe2(a, new Uint8Array(8), 0)).toBe(0);
    const before = Array.from({ length: 20 }, () => step(a, getpid.nr));
    const wait = step(a, read.nr, 3, new Uint8Array(1), 1);
    const answers = kernel.batch([...before, wait, step(a, getpid.nr), step(b, getpid.nr)]);
    expect(new Set(answers.slice(0, 20))).toEqual(new Set([a.pid]));
    expect(answers.slice(20)).toEqual([
      expect.any(KernelLostError),
      expect.any(KernelLostError),
      b.pid,
    ]);
  });

  /** Resident memory in bytes and number of all processes of an executor. */
  function footprint(pid: number): { readonly bytes: number; readonly processes: number } {
    const processes = tree(pid);
    const pages = processes.map((one) =>
      Number(readFileSync(`/proc/${one.pid}/statm`, "utf8").split(" ")[1]),
    );
    return { bytes: 4096 * pages.reduce((a, b) => a + b, 0), processes: processes.length };
  }

  test("a hundred thousand tokens leave no file descriptor, process or memory", () => {
    const kernel = open();
    const app = kernel.init.fork();
    unshare(app, "user", "mnt");
    writeIdMaps(app, {}, kernel.init);
    const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "any" });
    const before = kernel.openFds(app);
    const attr = new Uint8Array(new Uint32Array([0, bpffs.fd]).buffer);
    const next = raw.dup(app, 0);
    expect(raw.close(app, next)).toBe(0);
    const pair = [step(app, bpf.nr, BpfCmd.TOKEN_CREATE, attr, 8), step(app, close.nr, next)];
    const steps = Array.from({ length: 1000 }, () => pair).flat();
    const make = (thousands: number): void => {
      for (let i = 0; i < thousands; i++) {
        expect(new Set(kernel.batch(steps))).toEqual(new Set([next, 0]));
      }
    };
    make(2);
    const early = footprint(kernel.executorPid);
    make(98);
    const late = footprint(kernel.executorPid);
    expect(kernel.openFds(app)).toEqual(before);
    expect(late.processes).toBe(early.processes);
    expect(late.bytes - early.bytes).toBeLessThan(256 * 1024);
    bpffs.close();
  });

  test("throws for invalid steps before it makes any call", () => {
    const kernel = open();
    const other = open();
    const task = kernel.init.fork();
    const first = step(task, dup.nr, 0);
    expect(() => kernel.batch([first, step(other.init, getpid.nr)])).toThrow(TypeError);
    expect(() => kernel.batch([first, step(task, 9999)])).toThrow(NotModelledError);
    expect(() => kernel.batch([first, step(task, dup.nr, "x")])).toThrow(TypeError);
    expect(raw.dup(task, 0)).toBe(3);
    task.close();
    expect(() => kernel.batch([step(task, getpid.nr)])).toThrow("is closed");
    kernel.close();
    expect(() => kernel.batch([])).toThrow("is closed");
  });
});

/** Writes a word into the header of a request. */
const put =
  (word: number, at: number) =>
  (request: Buffer): Buffer => {
    request.writeUInt32LE(word, at);
    return request;
  };

describeNative("batches that no client of ours makes", () => {
  let connection: Connection;
  afterEach(() => connection.close());

  /** A batch of three getpid() requests, one of which is modified. */
  function ask(bend: (request: Buffer) => Buffer): readonly [number, number, number] {
    const found = findExecutor();
    connection = new Connection("path" in found ? found.path : "");
    const pid = connection.hello.initPid;
    const good = Buffer.alloc(requestLayout.size + 16);
    good.writeUInt32LE(16, requestLayout.length);
    good.writeUInt32LE(Op.SYSCALL, requestLayout.op);
    good.writeUInt32LE(pid, requestLayout.pid);
    good.writeUInt32LE(5000, requestLayout.deadlineMs);
    good.writeUInt32LE(getpid.nr, requestLayout.size);
    const all = Buffer.concat([good, bend(Buffer.from(good)), good]);
    const request = { op: Op.BATCH, pid: 0, deadlineMs: 5000 };
    const { status, payload } = connection.ask(request, all.length, (to, at) => to.set(all, at));
    const made = payload.length / replyLayout.size;
    const again = connection.ask({ ...request, op: Op.SYSCALL, pid }, 16, (to, at) => {
      to.fill(0, at, at + 16).writeUInt32LE(getpid.nr, at);
    });
    return [status, made, again.ret - pid];
  }

  test.each([
    ["no modification", (b: Buffer) => b, Status.OK, 3],
    ["an unknown operation", put(99, 4), Status.OK, 3],
    ["an unknown task", put(0xffff, 8), Status.OK, 3],
    ["a batch in a batch", put(Op.BATCH, 4), Status.BAD_FRAME, 1],
    ["a length beyond the end", put(4096, 0), Status.BAD_FRAME, 1],
    ["the largest length", put(0xffff_ffff, 0), Status.BAD_FRAME, 1],
    ["half a header", () => Buffer.alloc(7), Status.BAD_FRAME, 1],
  ] as const)("%s: an answer, and the executor lives", (_, bend, status, made) => {
    const [got, answers, difference] = ask(bend);
    expect(got).toBe(status);
    expect(answers).toBeGreaterThanOrEqual(made);
    expect(difference).toBe(0);
  });
});
