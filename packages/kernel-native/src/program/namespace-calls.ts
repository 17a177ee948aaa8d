// SPDX-License-Identifier: MIT
import { raw, releaseOf } from "@bpf-token/syscall";
import { Errno, releaseCode } from "@bpf-token/uapi";
import { viewOf } from "./attr.js";
import type { CallMaker } from "./call-maker.js";
import { type Args, NR } from "./numbers.js";
import { HOST, type Outcome, value } from "./outcome.js";
import type { ProgramProcess } from "./processes.js";

/** CLONE_NEWUSER and CLONE_NEWNS. */
export const NAMESPACES = 0x1002_0000n;

/** PR_SET_DUMPABLE, with 0 or 1. */
const SET_DUMPABLE = 4;
/** The options of prctl(2) about privileges, which the other kernel has. */
const ofPrivileges: ReadonlySet<number> = new Set([
  ...[3, SET_DUMPABLE], // PR_GET_DUMPABLE: who owns the files of /proc/PID
  ...[7, 8], // PR_GET_KEEPCAPS, PR_SET_KEEPCAPS
  ...[23, 24], // PR_CAPBSET_READ, PR_CAPBSET_DROP
  ...[27, 28], // PR_GET_SECUREBITS, PR_SET_SECUREBITS
  ...[38, 39], // PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS
  47, // PR_CAP_AMBIENT
]);

/** Whether the other kernel answers prctl(2). */
export function isOfPrivileges([first = 0n, second = 0n]: Args): boolean {
  const option = Number(BigInt.asUintN(32, first));
  // The host refuses other values, and changes nothing.
  return ofPrivileges.has(option) && (option !== SET_DUMPABLE || second <= 1n);
}

/** CLONE_NEWUSER. */
const NEWUSER = 0x1000_0000n;

/** Calls that create processes with namespaces, or change mounts or the root directory. */
export function answerNamespaces(
  maker: CallMaker,
  process: ProgramProcess,
  nr: number,
  args: Args,
): Outcome | undefined {
  const [first = 0n] = args;
  switch (nr) {
    case NR.clone:
      return clone(maker, process, first);
    case NR.clone3: {
      const bytes = process.memory.read(first, 8);
      return clone(maker, process, bytes.length === 8 ? viewOf(bytes).getBigUint64(0, true) : 0n);
    }
    case NR.pivot_root:
      return ofMounts(maker, process, "pivot_root()");
    case NR.open_tree_attr:
      return openTree(maker, process, args);
    case NR.mount_setattr:
      return ofMounts(maker, process, "mount_setattr()");
    default:
      return undefined;
  }
}

/**
 * The host creates the process, with namespaces that decide nothing: the other kernel has those of
 * the program, in a task that the new process gets with its first call.
 */
function clone(maker: CallMaker, process: ProgramProcess, flags: bigint): Outcome {
  if ((flags & NAMESPACES) === 0n) return HOST;
  const task = process.task.fork();
  const ret = raw.unshare(task, Number(flags & NAMESPACES));
  if (ret < 0 || (flags & NEWUSER) === 0n) task.close();
  if (ret < 0) return value(ret);
  if ((flags & NEWUSER) === 0n)
    throw maker.missing("clone() with a new mount namespace in the same user namespace");
  process.cloned?.close();
  process.cloned = task;
  return HOST;
}

/** open_tree_attr(2), since Linux 6.15; undefined without attributes, because then it is open_tree(2). */
function openTree(maker: CallMaker, process: ProgramProcess, args: Args): Outcome | undefined {
  const [, , , attributes = 0n, size = 0n] = args;
  if (releaseCode(releaseOf(maker.kernel)) < 6015) return value(-Errno.ENOSYS);
  if (attributes === 0n && size === 0n) return undefined;
  return ofMounts(maker, process, "open_tree_attr() with attributes");
}

/** A call that only a process that may mount can make, and that no kernel but the host's has here. */
function ofMounts(maker: CallMaker, { task }: ProgramProcess, name: string): Outcome {
  const fd = raw.fsopen(task, "bpf", 0);
  if (fd === -Errno.EPERM) return value(fd);
  if (fd >= 0) raw.close(task, fd);
  throw maker.missing(name);
}
