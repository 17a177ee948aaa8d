// SPDX-License-Identifier: MIT
import type { FlatCall, Task } from "@bpf-token/syscall";
import type { SyscallArg } from "@bpf-token/uapi";
import { readReply, writeRequest } from "./connection.js";
import { Op, replyLayout, requestLayout, Status } from "./generated/protocol.js";
import { callSize, writeCall } from "./marshal.js";
import type { NativeKernel } from "./native-kernel.js";
import { NativeTask } from "./native-task.js";

/** One call of a batch. */
export interface BatchStep {
  readonly task: Task;
  /** The number of the call, as for {@link Task.syscall}. */
  readonly nr: number;
  readonly args?: readonly SyscallArg[];
}

/** What came of it: the kernel's number, or the error that a single call would have thrown. */
export type BatchAnswer = number | Error;

/** A step, taken apart. */
interface Prepared {
  readonly task: NativeTask;
  readonly call: FlatCall;
  readonly size: number;
}

/** Bytes of one trip, in either direction; a larger batch takes more trips. */
const TRIP_BYTES = 1 << 20;
const TRIP_STEPS = 1024;
const MAX_MS = 0xffff_ffff;

/** @internal See {@link NativeKernel.batch}. */
export function runBatch(
  kernel: NativeKernel,
  steps: readonly BatchStep[],
): readonly BatchAnswer[] {
  const prepared = steps.map((step): Prepared => {
    const { task } = step;
    if (!(task instanceof NativeTask) || task.kernel !== kernel) {
      throw new TypeError(`task ${task.pid} is not one of this kernel`);
    }
    const call = task.prepare(step.nr, step.args ?? []);
    return { task, call, size: callSize(call) };
  });
  const answers: BatchAnswer[] = [];
  for (let at = 0; at < prepared.length; ) {
    const trip = nextTrip(prepared, at);
    answers.push(...makeTrip(kernel, trip));
    at += trip.length;
  }
  return answers;
}

/** As many of the steps from `at` on as go in one trip; at least one. */
function nextTrip(steps: readonly Prepared[], at: number): readonly Prepared[] {
  let [out, back] = [0, 0];
  let end = at;
  for (; end < steps.length && end - at < TRIP_STEPS; end++) {
    const { call, size } = steps[end] as Prepared;
    out += requestLayout.size + size;
    back += replyLayout.size;
    for (const { bytes, copyBack } of call.segments) if (copyBack) back += bytes.length;
    if (end > at && (out > TRIP_BYTES || back > TRIP_BYTES)) break;
  }
  return steps.slice(at, end);
}

function makeTrip(kernel: NativeKernel, steps: readonly Prepared[]): readonly BatchAnswer[] {
  const { deadlineMs } = kernel;
  // What is too large for a trip is large enough to be alone.
  if (steps.length === 1) return steps.map((step) => single(kernel, step));
  const size = steps.reduce((sum, step) => sum + requestLayout.size + step.size, 0);
  const write = (to: Buffer, start: number): void => {
    let at = start;
    for (const { task, call, size: bytes } of steps) {
      writeRequest(to, at, { op: Op.SYSCALL, pid: task.pid, deadlineMs }, bytes);
      writeCall(call, to, at + requestLayout.size);
      at += requestLayout.size + bytes;
    }
  };
  const kept = steps.map(({ call }) => kernel.inference?.copyCall(call));
  const all = Math.min(deadlineMs * steps.length, MAX_MS);
  const { status, payload } = kernel.ask({ op: Op.BATCH, pid: 0 }, size, write, all);
  if (status !== Status.OK) throw new Error(`the executor did not understand a batch (${status})`);
  let at = 0;
  return steps.map(({ task, call }, i) => {
    const reply = readReply(payload, at);
    at += replyLayout.size + reply.payload.length;
    return task.conclude(call, kept[i], reply);
  });
}

function single(kernel: NativeKernel, { task, call, size }: Prepared): BatchAnswer {
  const request = { op: Op.SYSCALL, pid: task.pid };
  const kept = kernel.inference?.copyCall(call);
  const reply = kernel.ask(request, size, (to, at) => writeCall(call, to, at));
  return task.conclude(call, kept, reply);
}
