// SPDX-License-Identifier: MIT
import { raw, type Task } from "@bpf-token/syscall";
import { AT, O } from "@bpf-token/uapi";

const FIRST = 4096;
const LARGEST = 1 << 20;

/** Opens a file or directory for reading. Returns a file descriptor, or `-errno`. */
export function openForReading(task: Task, path: string, directory: boolean): number {
  const flags = O.RDONLY | O.CLOEXEC | (directory ? O.DIRECTORY : 0);
  return raw.openat(task, AT.FDCWD, path, flags, 0);
}

/**
 * Reads a file through a task. Returns its bytes, or `-errno`. The buffers grow, because most files
 * are short but kernel BTF has megabytes.
 */
export function readBytes(task: Task, path: string): Uint8Array | number {
  const fd = openForReading(task, path, false);
  if (fd < 0) return fd;
  try {
    const parts: Uint8Array[] = [];
    for (let size = FIRST; ; ) {
      const buffer = new Uint8Array(size);
      const n = raw.read(task, fd, buffer, size);
      if (n < 0) return n;
      if (n === 0) return joined(parts);
      parts.push(buffer.subarray(0, n));
      // Files in procfs are returned page by page, regardless of the buffer size.
      if (n === size) size = Math.min(4 * size, LARGEST);
    }
  } finally {
    raw.close(task, fd);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
