// SPDX-License-Identifier: MIT
import {
  capabilityMask,
  getCapabilities,
  KernelLostError,
  NotModelledError,
  raw,
  SafetyError,
  setCapabilities,
} from "@bpf-token/syscall";
import { Errno, syscallByName } from "@bpf-token/uapi";
import { afterEach, expect, test } from "vitest";
import { Connection, type Reply } from "../src/connection.ts";
import { findExecutor } from "../src/executor-path.ts";
import { Limit, Op, Status } from "../src/generated/protocol.ts";
import { describeNative, useKernels } from "./native.ts";

const { bpf, memfd_create, read, getpid } = syscallByName;

/** MAP_CREATE of an array with one entry, or of another map. */
function mapCreate({ type = 2, key = 4, value = 4, entries = 1 } = {}) {
  const attr = new Uint8Array(new Uint32Array([type, key, value, entries, 0]).buffer);
  return { nr: bpf.nr, args: [0, attr, attr.length] };
}

describeNative("sweeps", () => {
  const open = useKernels();

  test("every task makes every call, and the results are closed", () => {
    const kernel = open();
    const root = kernel.init.fork();
    const bare = kernel.init.fork();
    setCapabilities(bare, { ...getCapabilities(bare), effective: capabilityMask([]) });
    const calls = [
      mapCreate(),
      mapCreate({ key: 5 }),
      mapCreate({ type: 999 }),
      mapCreate({ type: 1, key: 16, entries: 64 }),
    ];
    const before = kernel.openFds(root);
    expect(kernel.sweep([root, bare, root], calls, { close: true })).toEqual([
      [0, -Errno.EPERM, 0],
      [-Errno.EINVAL, -Errno.EINVAL, -Errno.EINVAL],
      [-Errno.EINVAL, -Errno.EINVAL, -Errno.EINVAL],
      [0, -Errno.EPERM, 0],
    ]);
    expect(kernel.openFds(root)).toEqual(before);
  });

  test("answers as single calls do, whatever differs: numbers, sizes, pointers, the end of a segment", () => {
    const kernel = open();
    const task = kernel.init.fork();
    const name = (text: string, flags = 0) => ({ nr: memfd_create.nr, args: [text, flags] });
    const many = Array.from({ length: 1200 }, (_, n) => mapCreate({ key: n % 7, value: n >> 7 }));
    const calls = [
      ...["a", "abcdefghi", "abcdefghj", "ABCDEFGHJ"].map((text) => name(text)),
      name("a", 1 << 20),
      { nr: memfd_create.nr, args: [null, 0] },
      { nr: bpf.nr, args: [0, null, 20] },
      mapCreate(),
      name("a".repeat(Limit.SWEEP_PLACES * 4 + 9)),
      name("b".repeat(Limit.SWEEP_PLACES * 4 + 9)),
      ...many,
    ];
    const single = calls.map(({ nr, args }) => {
      const ret = task.syscall(nr, ...args);
      if (ret >= 0) raw.close(task, ret);
      return [Math.min(ret, 0)];
    });
    expect(kernel.sweep([task], calls, { close: true })).toEqual(single);
    expect(new Set(single.flat())).toEqual(new Set([0, -Errno.EFAULT, -Errno.EINVAL]));
  });

  test("closes nothing by default", () => {
    const kernel = open();
    const task = kernel.init.fork();
    expect(kernel.sweep([task], [{ nr: getpid.nr, args: [] }, mapCreate()])).toEqual([[0], [0]]);
    expect(kernel.openFds(task).map(({ fd }) => fd)).toEqual([0, 1, 2, 3]);
  });

  test("returns the SafetyError of a refused call and makes the other calls", () => {
    const kernel = open();
    const [a, b] = [kernel.init.fork(), kernel.init.fork()];
    const calls = [mapCreate(), mapCreate({ value: 1 << 20, entries: 1 << 10 }), mapCreate()];
    const [first, large, last] = kernel.sweep([a, b], calls, { close: true });
    expect([first, last]).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(large).toEqual([expect.any(SafetyError), expect.any(SafetyError)]);
    expect(String(large?.[0])).toContain("64 MiB");
  });

  test("loses only the task that exceeds its deadline", () => {
    const kernel = open({ deadlineMs: 2000 });
    const [a, b] = [kernel.init.fork(), kernel.init.fork()];
    expect(raw.pipe2(b, new Uint8Array(8), 0)).toBe(0);
    const wait = { nr: read.nr, args: [3, new Uint8Array(1), 1] };
    const late = `task ${b.pid} did not answer 'read' within 2000 ms and was killed`;
    expect(() => kernel.sweep([a, b], [wait])).toThrow(late);
    expect(() => raw.getpid(b)).toThrow(KernelLostError);
    expect(() => kernel.sweep([a, b], [wait])).toThrow(KernelLostError);
    expect(raw.getpid(a)).toBe(a.pid);
  });

  test("throws for invalid calls before it makes any call", () => {
    const kernel = open();
    const task = kernel.init.fork();
    const other = open().init;
    expect(() => kernel.sweep([task, other], [mapCreate()])).toThrow(TypeError);
    expect(() => kernel.sweep([task], [mapCreate(), { nr: 9999, args: [] }])).toThrow(
      NotModelledError,
    );
    expect(() => kernel.sweep(Array(65).fill(task), [mapCreate()])).toThrow(RangeError);
    expect(kernel.sweep([], [mapCreate()])).toEqual([[]]);
    expect(kernel.sweep([task], [])).toEqual([]);
    expect(kernel.openFds(task)).toHaveLength(3);
    task.close();
    expect(() => kernel.sweep([task], [mapCreate()])).toThrow("is closed");
  });
});

describeNative("sweeps that no client of ours makes", () => {
  let connection: Connection;
  afterEach(() => connection.close());

  function open(): number {
    const found = findExecutor();
    connection = new Connection("path" in found ? found.path : "");
    return connection.hello.initPid;
  }

  function ask(op: number, pid: number, words: readonly number[], tail = 0): Reply {
    const size = words.length * 4 + tail;
    return connection.ask({ op, pid, deadlineMs: 5000 }, size, (to, at) => {
      to.fill(0, at, at + size);
      for (const [i, word] of words.entries()) to.writeUInt32LE(word >>> 0, at + 4 * i);
    });
  }

  /** A sweep of two getpid() calls that differ in a word of memory, with one modification. */
  interface Parts {
    readonly head: readonly number[];
    readonly place: readonly number[];
    readonly call: readonly number[];
    readonly words: readonly number[];
    readonly pids: readonly number[];
  }
  const good = (pid: number): Parts => ({
    head: [5000, 1, 2, 1, 32, 0],
    place: [0, 4],
    // A call with one segment of eight bytes.
    call: [getpid.nr, 0, 1, 0, 8, 0, 0, 0],
    words: [1, 2],
    pids: [pid],
  });
  const sweep = (pid: number, bent: Partial<Parts>): Reply => {
    const { head, place, call, words, pids } = { ...good(pid), ...bent };
    return ask(Op.SWEEP, 0, [...head, ...place, ...call, ...words, ...pids]);
  };
  const lives = (pid: number): void => {
    expect(ask(Op.SYSCALL, pid, [getpid.nr, 0, 0, 0])).toMatchObject({ status: 0, ret: pid });
  };

  test.each([
    ["no tasks", { head: [5000, 0, 2, 1, 32, 0] }],
    ["too many tasks", { head: [5000, Limit.TASKS + 1, 2, 1, 32, 0] }],
    ["more tasks than fit", { head: [5000, Limit.TASKS, 2, 1, 32, 0] }],
    ["the largest number of tasks", { head: [5000, 0xffffffff, 2, 1, 32, 0] }],
    ["no calls", { head: [5000, 1, 0, 1, 32, 0] }],
    ["too many calls", { head: [5000, 1, Limit.SWEEP_CALLS + 1, 1, 32, 0] }],
    ["calls without their words", { head: [5000, 1, 3, 1, 32, 0] }],
    ["words without a call", { words: [1, 2, 3] }],
    ["too many places", { head: [5000, 1, 2, Limit.SWEEP_PLACES + 1, 32, 0] }],
    ["numbers that overflow", { head: [5000, 1, 2, 0x40000000, 32, 0] }],
    ["a call longer than the payload", { head: [5000, 1, 2, 1, 0xffffffff, 0] }],
    ["a truncated call", { head: [5000, 1, 2, 1, 28, 0] }],
    ["a call without a head", { head: [5000, 1, 2, 1, 4, 0], call: [getpid.nr] }],
    ["a place in no segment", { place: [1, 0] }],
    ["a place before its segment", { place: [0, 0xfffffffc] }],
    ["a place after its segment", { place: [0, 5] }],
    ["a segment without its bytes", { call: [getpid.nr, 0, 1, 0, 80, 0, 0, 0] }],
    ["too many segments", { call: [getpid.nr, 0, 0xffffffff, 0, 8, 0, 0, 0] }],
    ["a segment too small for a word", { call: [getpid.nr, 0, 1, 0, 3, 0, 0, 0] }],
    ["too many arguments", { call: [getpid.nr, 0xffffffff, 1, 0, 8, 0, 0, 0] }],
    ["nothing", { head: [], place: [], call: [], words: [], pids: [] }],
  ] satisfies readonly (readonly [string, Partial<Parts>])[])("%s", (_, bent) => {
    const pid = open();
    expect(sweep(pid, {})).toMatchObject({ status: Status.OK, payload: Buffer.alloc(4) });
    expect(sweep(pid, bent).status).toBe(Status.BAD_FRAME);
    lives(pid);
  });

  test("unknown tasks and calls, and a sweep in a batch", () => {
    const pid = open();
    for (const nobody of [0, 1, pid + 1, 0xffffffff]) {
      expect(sweep(pid, { pids: [nobody] })).toMatchObject({
        status: Status.NO_TASK,
        pid: nobody,
      });
    }
    const call = [169, 0, 1, 0, 8, 0, 0, 0];
    expect(sweep(pid, { call }).status).toBe(Status.NO_CALL);
    const { head, place, words, pids } = good(pid);
    const inner = [...head, ...place, ...good(pid).call, ...words, ...pids];
    const batch = [inner.length * 4, Op.SWEEP, 0, 5000, 0, 0, ...inner];
    expect(ask(Op.BATCH, 0, batch).status).toBe(Status.BAD_FRAME);
    expect(ask(Op.SWEEP, pid, inner)).toMatchObject({ status: Status.OK });
    lives(pid);
  });

  test("a pointer at the place of a word stays a pointer", () => {
    const pid = open();
    // BPF_OBJ_GET: the attribute begins with a pointer, and the words have the same place.
    const args = [0, 0, 7, 0, 1, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const call = [bpf.nr, 5, 2, 1, ...args, 16, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0x78, 0];
    const head = [5000, 1, 2, 1, call.length * 4, 0];
    const { status, payload } = sweep(pid, { head, place: [0, 0], call });
    expect(status).toBe(Status.OK);
    expect([payload.readUInt16LE(0), payload.readUInt16LE(2)]).toEqual([
      Errno.ENOENT,
      Errno.ENOENT,
    ]);
    lives(pid);
  });
});
