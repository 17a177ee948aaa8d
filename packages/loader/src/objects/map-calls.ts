// SPDX-License-Identifier: MIT
import {
  bpf,
  type CallInfo,
  NotModelledError,
  raw,
  refused,
  releaseOf,
  type Task,
} from "@bpf-token/syscall";
import { type AttrByCmd, attrLayout, BpfCmd, type BpfCmdName, Errno } from "@bpf-token/uapi";

/** Commands on map elements. */
type ElementCmd = BpfCmdName & `MAP_${string}`;

const callOf = (cmd: BpfCmdName): CallInfo => ({ syscall: "bpf", cmd: `BPF_${cmd}` });

/**
 * Executes a command on one element.
 *
 * @returns true on success; false if the element does not exist.
 * @throws BpfError for any other error.
 */
export function element<C extends ElementCmd>(
  task: Task,
  cmd: C,
  attr: Partial<AttrByCmd[C]>,
): boolean {
  const ret = bpf(task, cmd, attr);
  if (ret >= 0) return true;
  if (ret === -Errno.ENOENT) return false;
  throw refused(task, callOf(cmd), -ret);
}

/** Commands on many elements. */
type BatchCmd = "MAP_LOOKUP_BATCH" | "MAP_UPDATE_BATCH" | "MAP_DELETE_BATCH";

/** The result of a command on many elements. */
export interface BatchAnswer {
  /** 0, or `-errno`. */
  readonly ret: number;
  /** The number of elements that were processed. */
  readonly count: number;
}

/** Errors that mean "not supported for this map type"; 524 is the kernel-internal ENOTSUPP. */
const unable: ReadonlySet<number> = new Set([-Errno.EINVAL, -524, -Errno.EOPNOTSUPP]);

/**
 * Executes a command on many elements. Since Linux 5.6.
 *
 * @returns `undefined` if the kernel does not support it for this map type.
 */
export function batch<C extends BatchCmd>(
  task: Task,
  cmd: C,
  attr: Partial<AttrByCmd[C]>,
): BatchAnswer | undefined {
  const layout = attrLayout(cmd, releaseOf(task.kernel));
  const mem = layout.encode(attr);
  const ret = attempt(() => raw.bpf(task, BpfCmd[cmd], mem, mem.bytes.length));
  if (ret === undefined || unable.has(ret)) return undefined;
  const { count } = layout.decode(mem.bytes) as { readonly count: number };
  return { ret, count };
}

function attempt(call: () => number): number | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof NotModelledError) return undefined;
    throw error;
  }
}

/** @throws BpfError always. */
export function refuse(task: Task, cmd: BpfCmdName, ret: number): never {
  throw refused(task, callOf(cmd), -ret);
}
