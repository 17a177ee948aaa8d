// SPDX-License-Identifier: MIT
import { AT, type SyscallEntry } from "@bpf-token/uapi";
import type { CallMaker, KernelPlace } from "./call-maker.js";
import { type Args, CWD, int } from "./numbers.js";
import { HOST, type Outcome } from "./outcome.js";
import type { PathCalls } from "./path-calls.js";
import { textAt } from "./paths.js";
import type { ProgramProcess } from "./processes.js";

/** Whether a call is one on extended attributes. */
export const isXattr = ({ name }: SyscallEntry): boolean => name.endsWith("xattr");

const ACL = "system.posix_acl_";
/** A name that no kernel knows: a BPF filesystem has no access lists, and answers for their names as for this. */
const UNKNOWN = "system.none";

/** Answers a call on extended attributes, of a path or a file. */
export function answerXattr(
  maker: CallMaker,
  paths: PathCalls,
  process: ProgramProcess,
  entry: SyscallEntry,
  args: Args,
): Outcome {
  const [file = 0n, name = 0n] = args;
  const names: KernelPlace[] = [];
  const reads = /get|remove/.test(entry.name);
  if (reads && textAt(process, name).startsWith(ACL)) names.push({ at: 1, path: UNKNOWN });
  if (entry.name.startsWith("f")) {
    const isOurs = maker.processes.file(process, int(file)) !== undefined;
    return isOurs ? maker.make(process, entry, args, names) : HOST;
  }
  const found = paths.ofKernel(process, CWD, file);
  if (found === undefined) return HOST;
  const { dirfd, path } = found;
  const from = dirfd === AT.FDCWD ? path : `/proc/self/fd/${dirfd}/${path}`;
  return maker.make(process, entry, args, [{ at: 0, path: from }, ...names]);
}
