// SPDX-License-Identifier: MIT
import { check, raw, releaseOf, type Task } from "@bpf-token/syscall";
import { attrLayout, BpfCmd, ProgType } from "@bpf-token/uapi";

/** The input of {@link Program.testRun}. */
export interface TestInput {
  /** The packet; for XDP and tc an Ethernet frame. */
  readonly data?: Uint8Array;
  /** The context, in the layout of its type. */
  readonly context?: Uint8Array;
  /**
   * Whether the kernel returns the context even if none is passed. Only for program types that see a
   * socket buffer: for others, a context that is all zero changes the run. Default false.
   */
  readonly contextOut?: boolean;
  /** Number of runs. Default 1. */
  readonly repeat?: number;
  /** `BPF_F_TEST_*`. */
  readonly flags?: number;
}

/** The result of {@link Program.testRun}. */
export interface TestResult {
  /** The program's return value, as an unsigned 32-bit number. */
  readonly retval: number;
  /** The packet after the run; empty if none was passed. */
  readonly data: Uint8Array;
  /** The context after the run, for program types that see a packet; otherwise empty. */
  readonly context: Uint8Array;
  /** Average duration of one run in nanoseconds. */
  readonly duration: number;
}

/** Program types that see a socket buffer. */
const onBuffers = [
  ...[ProgType.SOCKET_FILTER, ProgType.SCHED_CLS, ProgType.SCHED_ACT, ProgType.CGROUP_SKB],
  ...[ProgType.LWT_IN, ProgType.LWT_OUT, ProgType.LWT_XMIT, ProgType.LWT_SEG6LOCAL],
];
const seesBuffer: ReadonlySet<number> = new Set(onBuffers);
/** Program types of which the kernel returns the context. */
const returnsContext: ReadonlySet<number> = new Set([
  ...[...onBuffers, ProgType.XDP, ProgType.FLOW_DISSECTOR, ProgType.SK_LOOKUP],
]);
/** The largest context, struct __sk_buff, has 192 bytes. The kernel refuses less room than it needs. */
const CONTEXT_ROOM = 256;

/** Additional bytes that a program may put before and after the packet. */
const HEADROOM = 512;

/**
 * Runs the program of a file descriptor.
 *
 * @param type - the program type. The kernel writes the context of a `syscall` program back to where
 *   it read it.
 * @internal
 */
export function testRun(task: Task, fd: number, type: number, input: TestInput): TestResult {
  const { data, context, repeat = 0, flags = 0 } = input;
  const layout = attrLayout("PROG_TEST_RUN", releaseOf(task.kernel));
  const dataOut = new Uint8Array(data === undefined ? 0 : data.length + HEADROOM);
  const inPlace = type === ProgType.SYSCALL;
  const asksContext =
    context === undefined
      ? input.contextOut === true && seesBuffer.has(type)
      : returnsContext.has(type);
  const contextOut =
    inPlace && context ? context.slice() : new Uint8Array(asksContext ? CONTEXT_ROOM : 0);
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
          ctx_in: inPlace ? contextOut : { bytes: context, dir: "in" },
          ctx_size_in: context.length,
        }),
    ...(asksContext && { ctx_out: contextOut, ctx_size_out: contextOut.length }),
  });
  const ret = raw.bpf(task, BpfCmd.PROG_TEST_RUN, mem, mem.bytes.length);
  check(task, { syscall: "bpf", cmd: "BPF_PROG_TEST_RUN" }, ret);
  const after = layout.decode(mem.bytes);
  return {
    retval: after.retval,
    data: dataOut.subarray(0, data === undefined ? 0 : after.data_size_out),
    context: inPlace ? contextOut : contextOut.subarray(0, asksContext ? after.ctx_size_out : 0),
    duration: after.duration,
  };
}
