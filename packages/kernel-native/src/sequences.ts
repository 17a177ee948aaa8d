// SPDX-License-Identifier: MIT
import type { CallSequence, FlatCall, SequenceStep, StepAnswer } from "@bpf-token/syscall";
import { readReply, writeRequest } from "./connection.js";
import { Limit, Op, replyLayout, requestLayout, Status } from "./generated/protocol.js";
import { callSize, writeCall } from "./marshal.js";
import type { NativeKernel } from "./native-kernel.js";
import { namespaceNumber } from "./native-task.js";
import { problemOf } from "./problem.js";

/** The request for one step. */
interface StepRequest {
  /** Name of the step, for messages. */
  readonly name: string;
  readonly op: number;
  readonly pid: number;
  readonly a?: number;
  readonly b?: number;
  readonly call?: FlatCall;
  /** Size of the payload in bytes. */
  readonly size: number;
}

const MAX_MS = 0xffff_ffff;
const nothing = new Uint8Array();

/** @internal See {@link NativeKernel.runSequences}. */
export function sendSequences(
  kernel: NativeKernel,
  sequences: readonly CallSequence[],
): () => readonly (readonly StepAnswer[])[] {
  const { deadlineMs, line } = kernel;
  const first = kernel.init.pid;
  const acts = sequences.flatMap((sequence) => [
    begin(first),
    ...sequence.map(actOf),
    ...endOf(sequence, first),
  ]);
  const size = acts.reduce((sum, act) => sum + requestLayout.size + act.size, 0);
  if (size > Limit.PAYLOAD)
    throw new RangeError("the sequences of one batch have at most 32 MiB of memory");
  const request = { op: Op.BATCH, pid: 0, deadlineMs: Math.min(deadlineMs * acts.length, MAX_MS) };
  line.send(request, size, (to, start) => {
    let at = start;
    for (const act of acts) {
      writeRequest(to, at, { ...act, deadlineMs }, act.size);
      if (act.call !== undefined) writeCall(act.call, to, at + requestLayout.size);
      at += requestLayout.size + act.size;
    }
  });
  return () => {
    const reply = line.receive();
    if (reply.status !== Status.OK) {
      throw new Error(`the executor rejected a sequence (status ${reply.status})`);
    }
    return readAnswers(kernel, sequences, acts, Buffer.from(reply.payload));
  };
}

const nameOf = (task: number): number => Limit.NAME_BASE + task;

function begin(pid: number): StepRequest {
  return { name: "fork", op: Op.FORK, pid, b: nameOf(0), size: 0 };
}

function actOf(step: SequenceStep): StepRequest {
  const pid = nameOf(step.by);
  switch (step.op) {
    case "call": {
      const { call } = step;
      return { name: call.entry.name, op: Op.SYSCALL, pid, call, size: callSize(call) };
    }
    case "fork":
      if (step.child >= Limit.NAMES)
        throw new RangeError(`a sequence has at most ${Limit.NAMES} tasks`);
      return { name: "fork", op: Op.FORK, pid, b: nameOf(step.child), size: 0 };
    case "exec":
      return { name: "exec", op: Op.EXEC, pid, size: 0 };
    case "exit":
      return { name: "exit", op: Op.EXIT, pid, a: step.status, size: 0 };
    case "wait":
      return { name: "wait", op: Op.WAIT, pid, a: nameOf(step.child), size: 0 };
    case "send":
      return { name: "sendFd", op: Op.SENDFD, pid, a: step.fd, b: nameOf(step.to), size: 0 };
    case "open-namespace": {
      const b = namespaceNumber[step.kind];
      return { name: "openNamespace", op: Op.OPENNS, pid, a: nameOf(step.of), b, size: 0 };
    }
    case "settle":
      return { name: "settle", op: Op.SETTLE, pid: 0, size: 0 };
  }
}

/**
 * Kills all tasks of a sequence, the youngest first. The executor reaps those without a living
 * parent.
 */
function endOf(sequence: CallSequence, init: number): readonly StepRequest[] {
  const made = sequence.flatMap((step) => (step.op === "fork" ? [step.child] : []));
  const kill = { name: "kill", op: Op.KILL, size: 0 };
  return [
    ...[...made.reverse(), 0].map((task): StepRequest => ({ ...kill, pid: nameOf(task) })),
    { name: "wait", op: Op.WAIT, pid: init, a: nameOf(0), size: 0 },
  ];
}

function readAnswers(
  kernel: NativeKernel,
  sequences: readonly CallSequence[],
  acts: readonly StepRequest[],
  payload: Buffer,
): readonly (readonly StepAnswer[])[] {
  let [at, i] = [0, 0];
  const next = (): StepAnswer => {
    const { name } = acts[i++] as StepRequest;
    const reply = readReply(payload, at);
    at += replyLayout.size + reply.payload.length;
    const memory = reply.payload.length === 0 ? nothing : reply.payload;
    if (reply.status === Status.OK) return { ret: reply.ret, memory };
    return { ret: 0, memory, error: problemOf(kernel, reply, 0, name) };
  };
  return sequences.map((sequence) => {
    next();
    const answers = sequence.map(next);
    for (let left = endOf(sequence, kernel.init.pid).length; left > 0; left--) next();
    return answers;
  });
}
