// SPDX-License-Identifier: MIT
import { check, raw, releaseOf, type Task } from "@bpf-token/syscall";
import { attrLayout, BpfCmd } from "@bpf-token/uapi";

/** What a program is run on. */
export interface TestInput {
  /** The packet: Ethernet frames from their first byte on for XDP and tc. */
  readonly data?: Uint8Array;
  /** The context, as its type has it. */
  readonly context?: Uint8Array;
  /** How often. Default 1. */
  readonly repeat?: number;
  /** `BPF_F_TEST_*`. */
  readonly flags?: number;
}

/** What came of it. */
export interface TestResult {
  /** What the program returned, 32 bits without a sign. */
  readonly retval: number;
  /** The packet afterwards; empty where none was given. */
  readonly data: Uint8Array;
  /** The context afterwards; empty where none was given. */
  readonly context: Uint8Array;
  /** Nanoseconds of one run, on average. */
  readonly duration: number;
}

/** Room for what a program puts before and behind a packet. */
const HEADROOM = 512;

/** @internal */
export function testRun(task: Task, fd: number, input: TestInput): TestResult {
  const { data, context, repeat = 0, flags = 0 } = input;
  const layout = attrLayout("PROG_TEST_RUN", releaseOf(task.kernel));
  const dataOut = new Uint8Array(data === undefined ? 0 : data.length + HEADROOM);
  const contextOut = new Uint8Array(context?.length ?? 0);
  const mem = layout.encode({
    prog_fd: fd,
    repeat,
    flags,
    ...(data === undefined
      ? {}
      : {
          data_in: { bytes: data, dir: "in" },
          data_size_in: data.length,
          data_out: dataOut,
          data_size_out: dataOut.length,
        }),
    ...(context === undefined
      ? {}
      : {
          ctx_in: { bytes: context, dir: "in" },
          ctx_size_in: context.length,
          ctx_out: contextOut,
          ctx_size_out: contextOut.length,
        }),
  });
  const ret = raw.bpf(task, BpfCmd.PROG_TEST_RUN, mem, mem.bytes.length);
  check(task, { syscall: "bpf", cmd: "BPF_PROG_TEST_RUN" }, ret);
  const after = layout.decode(mem.bytes);
  return {
    retval: after.retval,
    data: dataOut.subarray(0, data === undefined ? 0 : after.data_size_out),
    context: contextOut.subarray(0, context === undefined ? 0 : after.ctx_size_out),
    duration: after.duration,
  };
}
