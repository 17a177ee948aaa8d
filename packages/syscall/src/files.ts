// SPDX-License-Identifier: MIT
import { AT, O } from "@bpf-token/uapi";
import { check } from "./bpf-error.js";
import type { Task } from "./kernel.js";
import { type FdLike, fdOf, OwnedFd } from "./owned-fd.js";
import { raw } from "./raw.js";

const CHUNK = 4096;
const utf8 = /* @__PURE__ */ new TextEncoder();

/**
 * Reads a whole text file on behalf of a task: openat(2), read(2) until the end of the file,
 * close(2).
 *
 * @throws BpfError if the kernel refuses a call.
 * @example
 * ```ts
 * const status = readFile(task, "/proc/self/uid_map");
 * ```
 */
export function readFile(task: Task, path: string): string {
  const fd = OwnedFd.adopt(
    task,
    raw.openat(task, AT.FDCWD, path, O.RDONLY | O.CLOEXEC, 0),
    "file",
    {
      syscall: "openat",
      cmd: path,
    },
  );
  try {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(CHUNK);
    let text = "";
    for (;;) {
      const call = { syscall: "read", cmd: path };
      const n = check(task, call, raw.read(task, fd.fd, buffer, buffer.length));
      if (n === 0) return text + decoder.decode();
      text += decoder.decode(buffer.subarray(0, n), { stream: true });
    }
  } finally {
    fd.close();
  }
}

/**
 * Writes text to an existing file with a single write(2), which files of procfs require.
 *
 * @returns the number of bytes written.
 * @throws BpfError if the kernel refuses a call.
 * @example
 * ```ts
 * writeFile(app, "/proc/self/setgroups", "deny");
 * ```
 */
export function writeFile(task: Task, path: string, text: string): number {
  const fd = OwnedFd.adopt(
    task,
    raw.openat(task, AT.FDCWD, path, O.WRONLY | O.CLOEXEC, 0),
    "file",
    {
      syscall: "openat",
      cmd: path,
    },
  );
  try {
    const bytes = utf8.encode(text);
    return check(
      task,
      { syscall: "write", cmd: path },
      raw.write(task, fd.fd, bytes, bytes.length),
    );
  } finally {
    fd.close();
  }
}

/**
 * Reads `/proc/self/fdinfo/FD` of a task. For a token it contains the four delegate masks.
 *
 * @throws BpfError if the kernel refuses a call.
 * @example
 * ```ts
 * console.log(fdinfo(app, token)); // pos: 0 … allowed_cmds: 0x1 …
 * ```
 */
export function fdinfo(task: Task, fd: FdLike): string {
  return readFile(task, `/proc/self/fdinfo/${fdOf(fd, task, "fdinfo: fd")}`);
}

/**
 * Reads `/proc/self/mounts` of a task. For a BPF filesystem it contains the delegate options.
 *
 * @throws BpfError if the kernel refuses a call.
 * @example
 * ```ts
 * const bpf = mounts(app).split("\n").filter((line) => line.includes(" bpf "));
 * ```
 */
export function mounts(task: Task): string {
  return readFile(task, "/proc/self/mounts");
}
