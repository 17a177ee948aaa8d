// SPDX-License-Identifier: GPL-2.0-only
// What a module shows of programs that ran. `npm run kernel-bpf -- build` builds it.
import { createMap, loadProgram, NotModelledError, raw } from "@bpf-token/syscall";
import { attrLayout, BpfCmd } from "@bpf-token/uapi";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { type BpfKernel, createBpfKernel } from "../src/index.ts";
import { bpfKernelReleases, readBpfKernel } from "../src/node/index.ts";
import { insns } from "./insns.ts";

const built = bpfKernelReleases();

function boot(context: TestContext, release: string): BpfKernel {
  if (built.length === 0) context.skip("runs on Linux's BPF subsystem: no module was built");
  const kernel = createBpfKernel(readBpfKernel(release));
  onTestFinished(() => kernel.close());
  return kernel;
}

/** Returns 1 for packets whose first byte is 7, otherwise 2: the verifier keeps all instructions. */
const branch = insns(
  [0x61, 0x12, 0, 0], // r2 = data
  [0x61, 0x13, 4, 0], // r3 = data_end
  [0xbf, 0x24, 0, 0], // r4 = r2
  [0x07, 0x04, 0, 1], // r4 += 1
  [0xb7, 0x00, 0, 2], // r0 = 2
  [0x2d, 0x34, 3, 0], // if r4 > r3 goto exit
  [0x71, 0x22, 0, 0], // r2 = the byte
  [0x55, 0x02, 1, 7], // if r2 != 7 goto exit
  [0xb7, 0x00, 0, 1], // r0 = 1
  [0x95, 0, 0, 0],
);

const layout = attrLayout("PROG_TEST_RUN", "6.12");

function run(kernel: BpfKernel, fd: number, first: number): number {
  const bytes = Uint8Array.from({ length: 14 }, () => first);
  const data = { data_in: { bytes, dir: "in" as const }, data_size_in: bytes.length };
  const mem = layout.encode({ prog_fd: fd, ...data });
  expect(raw.bpf(kernel.init, BpfCmd.PROG_TEST_RUN, mem, mem.bytes.length)).toBe(0);
  return layout.decode(mem.bytes).retval;
}

describe.each(built.length > 0 ? built : ["6.12"])("Linux %s", (release) => {
  test("counts instructions and jumps of programs that are loaded afterwards", (context) => {
    const kernel = boot(context, release);
    const { init } = kernel;
    const before = loadProgram(init, { type: "XDP", insns: branch });
    kernel.countInstructions(true);
    const program = loadProgram(init, { type: "XDP", insns: branch });
    kernel.countInstructions(false);
    const after = loadProgram(init, { type: "XDP", insns: branch });
    for (const one of [before, program, after])
      expect([7, 7, 8].map((byte) => run(kernel, one.fd, byte))).toEqual([1, 1, 2]);
    expect(init.instructionCounts(before.fd)).toBeUndefined();
    expect(init.instructionCounts(after.fd)).toBeUndefined();
    const counts = init.instructionCounts(program.fd);
    expect([...(counts?.ran ?? [])]).toEqual([3, 3, 3, 3, 3, 3, 3, 3, 2, 3]);
    expect([...(counts?.jumped ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
    expect(() => init.instructionCounts(999)).toThrow("EBADF");
  });

  test("frees the counters with the program", (context) => {
    const kernel = boot(context, release);
    kernel.countInstructions(true);
    loadProgram(kernel.init, { type: "XDP", insns: branch }).close();
    kernel.settle();
    const live = kernel.live();
    for (let i = 0; i < 5; i++) loadProgram(kernel.init, { type: "XDP", insns: branch }).close();
    kernel.settle();
    expect(kernel.live()).toBe(live);
  });

  test("the clock of a kernel stops at a time", (context) => {
    const kernel = boot(context, release);
    // r0 = bpf_ktime_get_ns(); r0 >>= 10
    const clock = insns([0x85, 0, 0, 5], [0x77, 0, 0, 10], [0x95, 0, 0, 0]);
    const program = loadProgram(kernel.init, { type: "XDP", insns: clock });
    kernel.setClock(5n << 10n);
    expect([run(kernel, program.fd, 0), run(kernel, program.fd, 0)]).toEqual([5, 5]);
    kernel.setClock(undefined);
    expect(run(kernel, program.fd, 0)).not.toBe(5);
  });

  test("takes records only out of maps that can be mapped", (context) => {
    const { init } = boot(context, release);
    const ring = createMap(init, { type: "RINGBUF", keySize: 0, valueSize: 0, maxEntries: 4096 });
    expect(init.takeRecords(ring.fd, 4096)).toEqual([]);
    const hash = createMap(init, { type: "HASH", keySize: 4, valueSize: 4, maxEntries: 1 });
    expect(() => init.takeRecords(hash.fd, 4096)).toThrow(NotModelledError);
    expect(() => init.takeRecords(999, 4096)).toThrow("EBADF");
  });
});
