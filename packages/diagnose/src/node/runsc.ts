// SPDX-License-Identifier: MIT
import { closeSync, fstatSync, openSync, readFileSync, readlinkSync } from "node:fs";
import type { RunscFact } from "../facts.js";
import { optional } from "./proc-files.js";

/** Node has no name for these: a handle of a file that is not opened, and is closed by execve(). */
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
/** The PID namespace of the host: its inode number is fixed (PROC_PID_INIT_INO of the kernel). */
const HOST_PIDS = "pid:[4026531836]";

/**
 * Reads what shows whether a process is one of gVisor's sandbox. Undefined if its file is not named
 * `runsc`. Reads no inode of a container, whose file system may never answer.
 *
 * @param fromHost - whether the reader is in the initial user namespace.
 */
export function readRunsc(proc: string, pid: number, fromHost: boolean): RunscFact | undefined {
  const file = optional(() => openSync(`${proc}/${pid}/exe`, O_PATH | O_CLOEXEC));
  if (file === undefined) return undefined;
  try {
    const name = optional(() => readlinkSync(`/proc/self/fd/${file}`)) ?? "";
    if (!/\/runsc(?: \(deleted\))?$/.test(name)) return undefined;
    return {
      ofHost: fromHost && isOnHost(proc, file) && isOfRoot(file),
      ownMounts: hasOwnMounts(proc, pid),
    };
  } finally {
    closeSync(file);
  }
}

/** The open handle keeps the mount, so no other one gets its id meanwhile. */
function isOnHost(proc: string, file: number): boolean {
  const text = optional(() => readFileSync(`/proc/self/fdinfo/${file}`, "utf8")) ?? "";
  const id = /^mnt_id:\t(\d+)$/m.exec(text)?.[1];
  if (id === undefined) return false;
  const line = new RegExp(`^${id} `, "m");
  return hostIds(proc).some((process) =>
    line.test(optional(() => readFileSync(`${proc}/${process}/mountinfo`, "utf8")) ?? ""),
  );
}

/** The reader, and process 1 unless it is that of a container. */
const hostIds = (proc: string): readonly string[] =>
  optional(() => readlinkSync(`${proc}/1/ns/pid`)) === HOST_PIDS ? ["self", "1"] : ["self"];

/** Whether only root can change a file. */
function isOfRoot(file: number): boolean {
  const found = optional(() => fstatSync(file));
  return found !== undefined && found.uid === 0 && (found.mode & 0o22) === 0;
}

function hasOwnMounts(proc: string, pid: number): boolean {
  const mountsOf = (process: string): string | undefined =>
    optional(() => readlinkSync(`${proc}/${process}/ns/mnt`));
  const own = mountsOf(String(pid));
  return own !== undefined && hostIds(proc).every((process) => mountsOf(process) !== own);
}
