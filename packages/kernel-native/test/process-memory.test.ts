// SPDX-License-Identifier: MIT
import { readdirSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { bpf, createMap, loadProgram, raw } from "@bpf-token/syscall";
import {
  attrLayout,
  BPF_F,
  BpfCmd,
  Errno,
  type Mem,
  newestRelease,
  ProgType,
} from "@bpf-token/uapi";
import { afterEach, expect, test } from "vitest";
import { findAddon } from "../src/process/addon.ts";
import { currentTask } from "../src/process/current-task.ts";
import { describeNative } from "./native.ts";
import { longProgram, outputProgram } from "./programs.ts";

const fds: number[] = [];
afterEach(() => {
  for (const fd of fds.splice(0)) raw.close(currentTask(), fd);
});
const keep = (fd: number): number => {
  expect(fd).toBeGreaterThanOrEqual(0);
  fds.push(fd);
  return fd;
};
const openFds = (): number => readdirSync("/proc/self/fd").length;

describeNative("mappings", () => {
  test("of an array are shared with the kernel until they are unmapped", () => {
    const task = currentTask();
    const options = { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 512 } as const;
    const map_fd = keep(createMap(task, { ...options, flags: BPF_F.MMAPABLE }).release());
    const memory = task.mapMemory(map_fd, 4096) as ArrayBuffer;
    expect(memory.byteLength).toBe(4096);
    new BigUint64Array(memory)[3] = 0x1122_3344_5566_7788n;
    const value = new BigUint64Array(1);
    const key = new Uint8Array(Uint32Array.of(3).buffer);
    bpf(task, "MAP_LOOKUP_ELEM", { map_fd, key, value: new Uint8Array(value.buffer) });
    expect(value[0]).toBe(0x1122_3344_5566_7788n);
    value[0] = 5n;
    bpf(task, "MAP_UPDATE_ELEM", { map_fd, key, value: new Uint8Array(value.buffer) });
    expect(new BigUint64Array(memory)[3]).toBe(5n);
    task.unmapMemory(memory);
    expect(memory.byteLength).toBe(0);
  });

  test("return the kernel's refusals", () => {
    const task = currentTask();
    const options = { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1 } as const;
    const plain = keep(createMap(task, options).release());
    const hash = keep(createMap(task, { ...options, type: "HASH" }).release());
    expect(task.mapMemory(plain, 4096)).toBe(-Errno.EINVAL);
    expect(task.mapMemory(hash, 4096)).toBe(-Errno.ENOTSUPP);
    expect(task.mapMemory(999_999, 4096)).toBe(-Errno.EBADF);
    expect(task.mapMemory(plain, 0)).toBe(-Errno.EINVAL);
    expect(task.mapMemory(plain, 4096, { offset: 1 })).toBe(-Errno.EINVAL);
    for (const n of [-1, 1.5, Number.NaN]) {
      expect(() => task.mapMemory(plain, n)).toThrow(RangeError);
    }
    expect(() => task.unmapMemory(new Uint8Array(1) as unknown as ArrayBuffer)).toThrow();
  });

  test("of a ring buffer show what a program wrote", async () => {
    const task = currentTask();
    const page = task.pageSize;
    const ring = keep(
      createMap(task, { type: "RINGBUF", keySize: 0, valueSize: 0, maxEntries: page }).release(),
    );
    const insns = outputProgram(ring);
    const prog = keep(loadProgram(task, { type: "XDP", insns }).release());
    const consumer = task.mapMemory(ring, page) as ArrayBuffer;
    expect(task.mapMemory(ring, 2 * page, { offset: page })).toBe(-Errno.EPERM);
    const data = task.mapMemory(ring, 3 * page, { offset: page, writable: false }) as ArrayBuffer;
    const { bytes } = attrLayout("PROG_TEST_RUN", newestRelease).encode({
      prog_fd: prog,
      data_size_in: 64,
    });
    const offset = 16;
    const attr: Mem = {
      bytes,
      pointers: [{ offset, to: { bytes: new Uint8Array(64), dir: "in" } }],
    };
    expect(await task.bpfAsync(BpfCmd.PROG_TEST_RUN, attr)).toBe(0);
    const [produced] = new BigUint64Array(data, 0, 1);
    expect(produced).toBe(16n);
    const record = new DataView(data, page);
    expect([record.getUint32(0, true), record.getBigUint64(8, true)]).toEqual([8, 0x2an]);
    // The consumer's position: everything was read.
    new BigUint64Array(consumer)[0] = produced ?? 0n;
    expect(new BigUint64Array(task.mapMemory(ring, page) as ArrayBuffer)[0]).toBe(16n);
  });
});

/** The attribute of a load that takes a while, with its own log. */
function load(insns: Uint8Array, log: Uint8Array): Mem {
  return attrLayout("PROG_LOAD", newestRelease).encode({
    prog_type: ProgType.SOCKET_FILTER,
    insn_cnt: insns.length / 8,
    insns: { bytes: insns, dir: "in" },
    license: "GPL",
    log_level: 4,
    log_size: log.length,
    log_buf: log,
  });
}

/** 64 bytes of BTF at NULL. */
function noBtf(): Uint8Array {
  const attr = new Uint8Array(32);
  attr[16] = 64;
  return attr;
}

describeNative("calls on another thread", () => {
  test("do not block the event loop, and answer as other calls do", async () => {
    const task = currentTask();
    const log = new Uint8Array(1 << 16);
    const insns = longProgram();
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const fd = keep(await task.bpfAsync(BpfCmd.PROG_LOAD, load(insns, log)));
    clearInterval(timer);
    expect(fd).toBeGreaterThan(2);
    expect(new TextDecoder().decode(log)).toContain("processed ");
    expect(turns).toBeGreaterThan(0);
  });

  test("report refusals, faults and wrong use", async () => {
    const task = currentTask();
    const log = new Uint8Array(4096);
    const nothing = load(new Uint8Array(8), log);
    expect(await task.bpfAsync(BpfCmd.PROG_LOAD, nothing)).toBe(-Errno.EINVAL);
    expect(new TextDecoder().decode(log)).toMatch(/\w/);
    expect(await task.bpfAsync(BpfCmd.PROG_LOAD, nothing, 1 << 13)).toBe(-Errno.E2BIG);
    expect(await task.bpfAsync(BpfCmd.BTF_LOAD, noBtf())).toBe(-Errno.EFAULT);
    await expect(task.bpfAsync(BpfCmd.MAP_CREATE, new Uint8Array(72))).rejects.toThrow(
      "bpf(MAP_CREATE) is not slow: use bpf()",
    );
    const address = new Uint8Array(48).fill(1, 8, 16);
    await expect(task.bpfAsync(BpfCmd.PROG_LOAD, address)).rejects.toThrow("not a number");
  });

  test("throw if a buffer is transferred during the call, and leave no file descriptor", async () => {
    const task = currentTask();
    const before = openFds();
    const log = new Uint8Array(1 << 16);
    const answer = task.bpfAsync(BpfCmd.PROG_LOAD, load(longProgram(), log));
    const moved = structuredClone(log.buffer, { transfer: [log.buffer] });
    await expect(answer).rejects.toThrow(
      "bpf(PROG_LOAD): a buffer was transferred during the call; its descriptor is closed",
    );
    expect(new Uint8Array(moved).some((byte) => byte !== 0)).toBe(false);
    expect(openFds()).toBe(before);
  });

  test("can run concurrently", async () => {
    const task = currentTask();
    const before = openFds();
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => task.bpfAsync(BpfCmd.BTF_LOAD, noBtf())),
    );
    expect(new Set(answers)).toEqual(new Set([-Errno.EFAULT]));
    expect(openFds()).toBe(before);
  });

  test("work in worker threads, which may end during a call", async () => {
    const found = findAddon(process.platform, process.arch);
    const path = "path" in found ? found.path : "";
    const code = `
      const addon = require(${JSON.stringify(path)});
      const { parentPort } = require("node:worker_threads");
      parentPort.postMessage(addon.bpf(99, new Uint8Array(0)));
      for (let i = 0; i < 64; i++) addon.start(new Uint8Array(Uint32Array.of(39, 0, 0, 0).buffer));
      process.exit(0);
    `;
    for (let i = 0; i < 4; i++) {
      const worker = new Worker(code, { eval: true });
      const [answer] = await Promise.all([
        new Promise((resolve) => worker.once("message", resolve)),
        new Promise((resolve) => worker.once("exit", resolve)),
      ]);
      expect(answer).toBe(-Errno.EINVAL);
    }
  });
});
