// SPDX-License-Identifier: MIT
import type { FlatCall, NamespaceKind } from "@bpf-token/syscall";
import { readReply, writeRequest } from "./connection.js";
import { Limit, Op, replyLayout, requestLayout, Status } from "./generated/protocol.js";
import { callSize, writeCall } from "./marshal.js";
import type { NativeKernel } from "./native-kernel.js";
import { namespaceNumber } from "./native-task.js";
import { problemOf } from "./problem.js";

/**
 * A step of a play. Tasks are numbers below 64: 0 is there from the start, a child of
 * {@link NativeKernel.init}, the others are made by `fork`.
 */
export type PlayStep = { readonly by: number } & (
  | { readonly op: "call"; readonly call: FlatCall }
  | { readonly op: "fork"; readonly child: number }
  | { readonly op: "exec" }
  | { readonly op: "exit"; readonly status: number }
  | { readonly op: "wait"; readonly child: number }
  | { readonly op: "send"; readonly fd: number; readonly to: number }
  | { readonly op: "open-namespace"; readonly kind: NamespaceKind; readonly of: number }
  | { readonly op: "settle" }
);

/** Steps that need no answer of each other: every descriptor in them is known beforehand. */
export type Play = readonly PlayStep[];

/** What came of a step. */
export interface PlayAnswer {
  /** The kernel's number. */
  readonly ret: number;
  /** Of a call: what the kernel may have written, segment behind segment. Addresses are its own. */
  readonly memory: Uint8Array;
  /** Why there is no answer: what the call of a task would have thrown. */
  readonly error?: Error;
}

/** A request of a play. */
interface Act {
  /** For messages. */
  readonly name: string;
  readonly op: number;
  readonly pid: number;
  readonly a?: number;
  readonly b?: number;
  readonly call?: FlatCall;
  /** Bytes behind the header. */
  readonly size: number;
}

const MAX_MS = 0xffff_ffff;
const nothing = new Uint8Array();

/** @internal See {@link NativeKernel.play}. */
export function sendPlays(
  kernel: NativeKernel,
  plays: readonly Play[],
): () => readonly (readonly PlayAnswer[])[] {
  const { deadlineMs, line } = kernel;
  const first = kernel.init.pid;
  const acts = plays.flatMap((play) => [begin(first), ...play.map(actOf), ...endOf(play, first)]);
  const size = acts.reduce((sum, act) => sum + requestLayout.size + act.size, 0);
  if (size > Limit.PAYLOAD) throw new RangeError("plays of one trip have at most 32 MiB of memory");
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
      throw new Error(`the executor did not understand a play (status ${reply.status})`);
    }
    return readAnswers(kernel, plays, acts, Buffer.from(reply.payload));
  };
}

const nameOf = (task: number): number => Limit.NAME_BASE + task;

function begin(pid: number): Act {
  return { name: "fork", op: Op.FORK, pid, b: nameOf(0), size: 0 };
}

function actOf(step: PlayStep): Act {
  const pid = nameOf(step.by);
  switch (step.op) {
    case "call": {
      const { call } = step;
      return { name: call.entry.name, op: Op.SYSCALL, pid, call, size: callSize(call) };
    }
    case "fork":
      if (step.child >= Limit.NAMES)
        throw new RangeError(`a play has at most ${Limit.NAMES} tasks`);
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

/** Everybody is killed, those that were made last first; what its parent does not reap, the executor does. */
function endOf(play: Play, init: number): readonly Act[] {
  const made = play.flatMap((step) => (step.op === "fork" ? [step.child] : []));
  const kill = { name: "kill", op: Op.KILL, size: 0 };
  return [
    ...[...made.reverse(), 0].map((task): Act => ({ ...kill, pid: nameOf(task) })),
    { name: "wait", op: Op.WAIT, pid: init, a: nameOf(0), size: 0 },
  ];
}

function readAnswers(
  kernel: NativeKernel,
  plays: readonly Play[],
  acts: readonly Act[],
  payload: Buffer,
): readonly (readonly PlayAnswer[])[] {
  let [at, i] = [0, 0];
  const next = (): PlayAnswer => {
    const { name } = acts[i++] as Act;
    const reply = readReply(payload, at);
    at += replyLayout.size + reply.payload.length;
    const memory = reply.payload.length === 0 ? nothing : reply.payload;
    if (reply.status === Status.OK) return { ret: reply.ret, memory };
    return { ret: 0, memory, error: problemOf(kernel, reply, 0, name) };
  };
  return plays.map((play) => {
    next();
    const answers = play.map(next);
    for (let left = endOf(play, kernel.init.pid).length; left > 0; left--) next();
    return answers;
  });
}
