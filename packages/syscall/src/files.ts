// SPDX-License-Identifier: MIT
import { AT, O } from "@bpf-token/uapi";
import { check } from "./bpf-error.js";
import type { Task } from "./kernel.js";
import { type FdLike, fdOf, OwnedFd } from "./owned-fd.js";
import { raw } from "./raw.js";

const CHUNK = 4096;
const utf8 = /* @__PURE__ */ new TextEncoder();

/**
 * Reads a whole text file through a task: openat(2), read(2) to the end, close(2).
 *
 * @throws BpfError if a call is refused.
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
 * Writes text to an existing file in one write(2), as the files of procfs want it.
 *
 * @returns the number of bytes written.
 * @throws BpfError if a call is refused.
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
 * The text of `/proc/self/fdinfo/FD`: for a token its four masks.
 *
 * @throws BpfError if it cannot be read.
 */
export function fdinfo(task: Task, fd: FdLike): string {
  return readFile(task, `/proc/self/fdinfo/${fdOf(fd)}`);
}

/**
 * The text of `/proc/self/mounts`: for a BPF FS its delegation options.
 *
 * @throws BpfError if it cannot be read.
 */
export function mounts(task: Task): string {
  return readFile(task, "/proc/self/mounts");
}
