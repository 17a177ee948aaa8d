// SPDX-License-Identifier: MIT
import { raw, SafetyError } from "@bpf-token/syscall";
import {
  AF,
  attrLayout,
  BpfCmd,
  Errno,
  newestRelease,
  ProgType,
  SO,
  SOCK,
  SOL,
} from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { describeNative, useKernels } from "./native.ts";

const SLEEPABLE = 1 << 4;

/** bpf_sys_bpf() opens the map with the id 0, where a hostile program would have one of the host. */
const opensById = [
  "b701000000000000", // r1 = 0
  "7b1af0ff00000000", // *(u64 *)(r10 - 16) = r1
  "7b1af8ff00000000", // *(u64 *)(r10 - 8) = r1
  "b70100000e000000", // r1 = BPF_MAP_GET_FD_BY_ID
  "bfa2000000000000", // r2 = r10
  "07020000f0ffffff", // r2 += -16
  "b70300000c000000", // r3 = 12
  "85000000a6000000", // call bpf_sys_bpf
  "9500000000000000", // exit
].join("");

describeNative("safety of the native backend", () => {
  const open = useKernels();

  test("a program that returns the action for a packet runs", () => {
    const { init } = open();
    const insns = Uint8Array.from(Buffer.from("b7000000020000009500000000000000", "hex"));
    for (const prog_type of [ProgType.XDP, ProgType.SCHED_CLS, ProgType.SOCKET_FILTER]) {
      const load = attrLayout("PROG_LOAD", newestRelease).encode({
        ...{ prog_type, license: "GPL", insns, insn_cnt: insns.length / 8 },
      });
      const prog_fd = raw.bpf(init, BpfCmd.PROG_LOAD, load, load.bytes.length);
      const data_in = new Uint8Array(64);
      const call = attrLayout("PROG_TEST_RUN", newestRelease).encode({
        ...{ prog_fd, data_in, data_size_in: data_in.length },
      });
      expect(raw.bpf(init, BpfCmd.PROG_TEST_RUN, call, call.bytes.length)).toBe(0);
    }
  });

  test("setsockopt() attaches only a program that sees the packets of a task's own socket", () => {
    const { init } = open();
    const pair = new Uint8Array(8);
    expect(raw.socketpair(init, AF.UNIX, SOCK.DGRAM, 0, pair)).toBe(0);
    const [socket = -1] = new Int32Array(pair.buffer);
    const attached = (prog_type: number, code: string, prog_flags = 0): number => {
      const insns = Uint8Array.from(Buffer.from(code, "hex"));
      const load = attrLayout("PROG_LOAD", newestRelease).encode({
        ...{ prog_type, prog_flags, license: "GPL", insns, insn_cnt: insns.length / 8 },
      });
      const program = raw.bpf(init, BpfCmd.PROG_LOAD, load, load.bytes.length);
      expect(program).toBeGreaterThanOrEqual(0);
      const value = new Uint8Array(Int32Array.of(program).buffer);
      return raw.setsockopt(init, socket, SOL.SOCKET, SO.ATTACH_BPF, value, 4);
    };
    const nothing = "b7000000020000009500000000000000";
    expect(attached(ProgType.SOCKET_FILTER, nothing)).toBe(0);
    expect(raw.setsockopt(init, socket, SOL.SOCKET, SO.DETACH_BPF, pair, 4)).toBe(0);
    for (const type of [ProgType.XDP, ProgType.SCHED_CLS, ProgType.TRACEPOINT])
      expect([type, attached(type, nothing)]).toEqual([type, -Errno.EINVAL]);
    expect(attached(ProgType.SYSCALL, opensById, SLEEPABLE)).toBe(-Errno.EINVAL);
    expect(raw.setsockopt(init, socket, SOL.SOCKET, SO.DETACH_BPF, pair, 4)).toBe(-Errno.ENOENT);
  });

  test("another loaded program does not run: it could make the refused calls", () => {
    const { init } = open();
    const insns = Uint8Array.from(Buffer.from(opensById, "hex"));
    const program = { prog_type: ProgType.SYSCALL, prog_flags: SLEEPABLE, license: "GPL" };
    const load = attrLayout("PROG_LOAD", newestRelease).encode({
      ...{ ...program, insns, insn_cnt: insns.length / 8 },
    });
    const prog = raw.bpf(init, BpfCmd.PROG_LOAD, load, load.bytes.length);
    expect(prog).toBeGreaterThanOrEqual(0);
    const run = (fd: number, cmd: number = BpfCmd.PROG_TEST_RUN): number => {
      const { bytes } = attrLayout("PROG_TEST_RUN", newestRelease).encode({ prog_fd: fd });
      return raw.bpf(init, cmd, bytes, bytes.length);
    };
    expect(() => run(prog)).toThrow(/only a program that sees a packet runs on a real kernel/);
    expect(() => run(prog, 2 ** 32 + BpfCmd.PROG_TEST_RUN)).toThrow(SafetyError);
    const copy = raw.dup(init, prog);
    expect(() => run(copy)).toThrow(SafetyError);
    // The kernel answers for what is no program.
    expect(run(999)).toBe(-Errno.EBADF);
  });
});
