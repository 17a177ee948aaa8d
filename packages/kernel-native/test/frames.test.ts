// SPDX-License-Identifier: MIT
import { syscallByName } from "@bpf-token/uapi";
import { afterEach, expect, test } from "vitest";
import { Connection, type Reply } from "../src/connection.ts";
import { findExecutor } from "../src/executor-path.ts";
import { Limit, Op, Status } from "../src/generated/protocol.ts";
import { loadAddon } from "../src/process/addon.ts";
import { describeNative } from "./native.ts";

/** Pseudo-random numbers below 2^32, with a fixed seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

const getpid = syscallByName.getpid.nr;
const close = syscallByName.close.nr;

/** Invalid payloads of SYSCALL: words, and the number of zero bytes after them. */
const malformed: readonly (readonly [string, readonly number[], number])[] = [
  ["nothing", [], 0],
  ["half a head", [getpid, 0], 0],
  ["more arguments than any call has", [getpid, 7, 0, 0], 7 * 16],
  ["a truncated argument", [close, 1, 0, 0, 0, 0], 0],
  ["an argument of unknown kind", [close, 1, 0, 0, 3, 0, 0, 0], 0],
  ["a missing segment", [close, 1, 0, 0, 1, 0, 0, 0], 0],
  ["bytes that belong to no segment", [getpid, 0, 0, 0], 1],
  ["a segment without its bytes", [getpid, 0, 1, 0, 8, 0], 7],
  ["sizes that overflow", [getpid, 0, 2, 0, 0xffffffff, 0, 1, 0], 0],
  ["too many segments", [getpid, 0, Limit.SEGMENTS + 1, 0], (Limit.SEGMENTS + 1) * 8],
  ["too many pointers", [getpid, 0, 0, 0xffffffff], 64],
  ["a pointer in no segment", [getpid, 0, 0, 1, 0, 0, 0, 0, 0, 0], 0],
  ["a pointer outside its segment", [getpid, 0, 1, 1, 8, 0, 0, 1, 0, 0, 0, 0], 8],
  ["a pointer in too small a segment", [getpid, 0, 1, 1, 7, 0, 0, 0xffffffff, 0, 0, 0, 0], 7],
  ["a pointer at no segment", [getpid, 0, 1, 1, 8, 0, 0, 0, 1, 1, 0, 0], 8],
];

describeNative("requests that no client of ours makes", () => {
  let connection: Connection;
  afterEach(() => connection.close());

  function open(): number {
    const found = findExecutor();
    if (!("path" in found)) throw new Error(found.why);
    connection = new Connection(found.path);
    return connection.hello.initPid;
  }

  function ask(pid: number, op: number, words: readonly number[], tail = 0): Reply {
    const size = words.length * 4 + tail;
    return connection.ask({ op, pid, deadlineMs: 5000 }, size, (to, at) => {
      to.fill(0, at, at + size);
      for (const [i, word] of words.entries()) to.writeUInt32LE(word >>> 0, at + 4 * i);
    });
  }

  test.each(malformed)("%s", (_, words, tail) => {
    const pid = open();
    expect(ask(pid, Op.SYSCALL, words, tail).status).toBe(Status.BAD_FRAME);
    expect(ask(pid, Op.SYSCALL, [getpid, 0, 0, 0])).toMatchObject({ status: 0, ret: pid });
  });

  test.each([
    ["more", [getpid, 1, 0, 0, 0, 0, 7, 0]],
    ["fewer", [close, 0, 0, 0]],
  ] as const)("%s arguments than the call takes", (_, words) => {
    const pid = open();
    expect(ask(pid, Op.SYSCALL, words).status).toBe(Status.BAD_FRAME);
  });

  test("calls outside the table, unknown operations and unknown tasks", () => {
    const pid = open();
    expect(ask(pid, Op.SYSCALL, [169, 0, 0, 0]).status).toBe(Status.NO_CALL);
    for (const op of [0, Op.HELLO, Op.RECVFD, 99, 0xffffffff]) {
      expect(ask(pid, op, []).status).toBe(Status.BAD_FRAME);
    }
    for (const nobody of [0, 1, pid + 1, 0xffffffff]) {
      expect(ask(nobody, Op.FORK, []).status).toBe(Status.NO_TASK);
    }
    expect(ask(1, Op.KILL, []).status).toBe(Status.OK);
    expect(ask(pid, Op.FORK, [1, 2, 3])).toMatchObject({ status: 0 });
    expect(ask(pid, Op.SYSCALL, [getpid, 0, 0, 0])).toMatchObject({ status: 0, ret: pid });
  });

  test("an address that is a number does not reach the kernel", () => {
    const pid = open();
    const reply = ask(pid, Op.SYSCALL, [
      syscallByName.pipe2.nr,
      2,
      0,
      0,
      0,
      0,
      0x400000,
      0,
      0,
      0,
      0,
      0,
    ]);
    expect(reply.status).toBe(Status.REFUSED);
  });

  test("random heads and tables get an answer, and the task survives", () => {
    const pid = open();
    const next = numbers(20240109);
    const seen = new Set<number>();
    const odd = (usual: number, one: number): number => (next() % one === 0 ? next() : usual);
    for (let i = 0; i < 3000; i++) {
      const sizes = Array.from({ length: next() % 4 }, () => 8 + (next() % 8));
      const pointers = Array.from({ length: next() % 3 }, () => [
        odd(0, 9),
        odd(next() % 10, 9),
        odd(next() % 3, 9),
        odd(next() % 4, 9),
        next(),
        next(),
      ]);
      const words = [
        ...[getpid, 0, odd(sizes.length, 20), odd(pointers.length, 20)],
        ...sizes.flatMap((size) => [odd(size, 30), next() % 2]),
        ...pointers.flat(),
      ];
      const tail = sizes.reduce((sum, size) => sum + size, 0);
      seen.add(ask(pid, Op.SYSCALL, words, odd(tail, 30) % 4096).status);
    }
    expect([...seen].sort()).toEqual([Status.OK, Status.BAD_FRAME]);
    expect(ask(pid, Op.SYSCALL, [getpid, 0, 0, 0])).toMatchObject({ status: 0, ret: pid });
  });
});

describeNative("frames that no client of ours makes, for this process", () => {
  const call = (words: readonly number[], tail = 0): number => {
    const frame = new Uint8Array(words.length * 4 + tail);
    const view = new DataView(frame.buffer);
    for (const [i, word] of words.entries()) view.setUint32(4 * i, word >>> 0, true);
    return loadAddon().call(frame, new Uint8Array(0));
  };

  test.each(malformed)("%s", (_, words, tail) => {
    expect(() => call(words, tail)).toThrow("malformed frame");
    expect(call([getpid, 0, 0, 0])).toBe(process.pid);
  });

  test("a call that is not in the table", () => {
    expect(() => call([syscallByName.setns.nr, 0, 0, 0])).toThrow("no such call");
  });
});
