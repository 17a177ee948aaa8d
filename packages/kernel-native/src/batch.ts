// SPDX-License-Identifier: MIT
import type { FlatCall, Task } from "@bpf-token/syscall";
import type { SyscallArg } from "@bpf-token/uapi";
import { readReply, writeRequest } from "./connection.js";
import { Op, replyLayout, requestLayout, Status } from "./generated/protocol.js";
import { callSize, writeCall } from "./marshal.js";
import type { NativeKernel } from "./native-kernel.js";
import { NativeTask } from "./native-task.js";

/** One call of a {@link NativeKernel.batch}. */
export interface BatchStep {
  readonly task: Task;
  /** The system call number, as for {@link Task.syscall}. */
  readonly nr: number;
  readonly args?: readonly SyscallArg[];
}

/** The kernel's return value, or the error that a single call would have thrown. */
export type BatchAnswer = number | Error;

/** A step whose arguments are flattened. */
interface Prepared {
  readonly task: NativeTask;
  readonly call: FlatCall;
  readonly size: number;
}

/** Bytes of one round trip, in either direction. A larger batch takes more round trips. */
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
      throw new TypeError(`task ${task.pid} belongs to another kernel`);
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

/** The steps from `at` on that fit into one round trip; at least one. */
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
  // A call that is too large for a batch is the only step of its round trip.
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
  if (status !== Status.OK) throw new Error(`the executor rejected the batch (status ${status})`);
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
