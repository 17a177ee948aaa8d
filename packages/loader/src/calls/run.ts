// SPDX-License-Identifier: MIT
import type { Btf } from "@bpf-token/object";
import {
  getCapabilities,
  hasCommonAttrs,
  NotModelledError,
  raw,
  refused,
  releaseOf,
  type Task,
} from "@bpf-token/syscall";
import {
  attrLayout,
  BPF_COMMON,
  BpfCmd,
  type BpfCmdName,
  Errno,
  type Mem,
  PR,
} from "@bpf-token/uapi";
import { openForReading, readBytes } from "./files.js";
import { kernelBtfOf } from "./kernel-btf.js";
import type { Answer, BpfStep, Step, Steps } from "./steps.js";
import { addressesOf, KALLSYMS } from "./symbols.js";

/** Values that the caller supplies instead of reading them from the kernel. */
export interface Known {
  /** BTF of the kernel. */
  readonly kernelBtf?: Btf;
}

/** Commands that can take seconds, because the kernel verifies a program or BTF. */
const slow: ReadonlySet<BpfCmdName> = new Set(["PROG_LOAD", "BTF_LOAD"]);

/** Executes the steps one after the other. */
export function runSteps<T>(task: Task, steps: Steps<T>, known: Known = {}): T {
  let next = steps.next();
  while (next.done !== true) {
    let answer: Answer;
    try {
      answer = perform(task, next.value, known);
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(answer);
  }
  return next.value;
}

/** Executes the steps; slow commands run on another thread if the task supports that. */
export async function runStepsAsync<T>(task: Task, steps: Steps<T>, known: Known = {}): Promise<T> {
  let next = steps.next();
  while (next.done !== true) {
    let answer: Answer;
    try {
      answer = await performAsync(task, next.value, known);
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(answer);
  }
  return next.value;
}

/** Encodes a command's attributes for the release of the task's kernel. */
function encode(task: Task, { cmd, attr }: BpfStep): Mem {
  return attrLayout(cmd, releaseOf(task.kernel)).encode(attr);
}

function call(task: Task, { cmd, log }: BpfStep, mem: Mem): number {
  const { length } = mem.bytes;
  if (log === undefined) return raw.bpf(task, BpfCmd[cmd], mem, length);
  const common = log.commonAttrs();
  return raw.bpf(task, BpfCmd[cmd] | BPF_COMMON.ATTRS, mem, length, common, common.bytes.length);
}

function perform(task: Task, step: Step, known: Known): Answer {
  switch (step.do) {
    case "bpf": {
      const mem = encode(task, step);
      const ret = call(task, step, mem);
      step.after = mem.bytes;
      return ret;
    }
    case "open":
      return openForReading(task, step.path, step.directory);
    case "close":
      return raw.close(task, step.fd);
    case "read":
      return readIfModelled(task, step.path);
    case "kernelBtf":
      return known.kernelBtf ?? kernelBtfOf(task);
    case "symbols":
      return addressesOf(task.kernel, step.names, () => readIfModelled(task, KALLSYMS));
    case "commonAttrs":
      return hasCommonAttrs(task);
    case "capabilities":
      return capabilitiesOf(task);
    case "hasFilter":
      return hasFilter(task);
    case "explain":
      return refused(task, step.call, step.errno);
  }
}

async function performAsync(task: Task, step: Step, known: Known): Promise<Answer> {
  if (step.do !== "bpf" || !slow.has(step.cmd) || task.bpfAsync === undefined) {
    return perform(task, step, known);
  }
  const mem = encode(task, step);
  const ret = await task.bpfAsync(BpfCmd[step.cmd], mem, mem.bytes.length);
  step.after = mem.bytes;
  return ret;
}

/** Reads a file; treats an unmodelled file as missing. */
function readIfModelled(task: Task, path: string): Uint8Array | number {
  try {
    return readBytes(task, path);
  } catch (error) {
    if (error instanceof NotModelledError) return -Errno.ENOENT;
    throw error;
  }
}

const FILTER_MODE = 2;

/** Calls prctl(2), or reads procfs in a task that may not call it. */
function hasFilter(task: Task): boolean {
  try {
    return raw.prctl(task, PR.GET_SECCOMP, 0, 0, 0, 0) === FILTER_MODE;
  } catch (error) {
    if (!(error instanceof NotModelledError)) throw error;
  }
  return /^Seccomp:\s*2$/m.test(statusOf(task));
}

/** The text of /proc/self/status; empty if the task has none. */
function statusOf(task: Task): string {
  const status = readIfModelled(task, "/proc/self/status");
  return typeof status === "number" ? "" : new TextDecoder().decode(status);
}

/** Calls capget(2), or reads procfs in a task that may not call it. */
function capabilitiesOf(task: Task): bigint | undefined {
  try {
    return getCapabilities(task).effective;
  } catch (error) {
    if (!(error instanceof NotModelledError)) throw error;
  }
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(statusOf(task))?.[1];
  return mask === undefined ? undefined : BigInt(`0x${mask}`);
}
