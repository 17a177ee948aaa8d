// SPDX-License-Identifier: MIT
// Loops with may_goto. Linux 7.3 ends them after 250 ms, Linux 6.12 after 8,388,608 turns.
import { createBpfKernel } from "@bpf-token/kernel-bpf";
import { bpfKernelReleases, readBpfKernel } from "@bpf-token/kernel-bpf/node";
import { loadProgram, raw } from "@bpf-token/syscall";
import { attrLayout, BpfCmd, newestRelease } from "@bpf-token/uapi";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { insns } from "../../../../packages/kernel-bpf/test/insns.ts";

const MILLION = 1_000_000;
const exit = [0x95, 0, 0, 0] as const;
/** Counts in R6, from a number that the verifier does not know: the index of the queue, which is 0. */
const start = [[0x61, 0x16, 16, 0]] as const;
const mayGoto = (off: number) => [0xe5, 0, off, 0] as const;
const add = [0x07, 6, 0, 1] as const;
const end = [[0xbf, 0x60, 0, 0], exit] as const;
const aMillion = insns(...start, mayGoto(2), add, [0xa5, 6, -3, MILLION], ...end);
const endless = insns(...start, mayGoto(2), add, [0x05, 0, -3, 0], ...end);
const built = bpfKernelReleases();

describe.each(built.length > 0 ? built : ["6.12"])("may_goto on Linux %s", (release) => {
  beforeEach((context) => {
    if (built.length === 0) return context.skip("no module. Fix: npm run kernel-bpf -- build 6.12");
    // A machine so busy that a second passes between any two looks at the clock.
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      now += 1000;
      return now;
    });
  });

  afterEach(() => void vi.restoreAllMocks());

  function run(code: Uint8Array): number {
    using kernel = createBpfKernel(readBpfKernel(release));
    const program = loadProgram(kernel.init, { type: "XDP", insns: code, license: "GPL" });
    const layout = attrLayout("PROG_TEST_RUN", newestRelease);
    const data = new Uint8Array(64);
    const given = { prog_fd: program.fd, data_in: data, data_size_in: data.length, repeat: 1 };
    const attr = layout.encode(given);
    expect(raw.bpf(kernel.init, BpfCmd.PROG_TEST_RUN, attr, attr.bytes.length)).toBe(0);
    return layout.decode(attr.bytes).retval;
  }

  test("a loop that is short on a CPU ends by itself, however slow the module is", () => {
    expect(run(aMillion)).toBe(MILLION);
  });

  test("an endless loop ends", () => {
    const turns = run(endless);
    expect(turns).toBeGreaterThan(4 * MILLION);
    expect(turns).toBeLessThan(9 * MILLION);
  });
});
