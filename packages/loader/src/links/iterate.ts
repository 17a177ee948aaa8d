// SPDX-License-Identifier: MIT
import { bpf, check, OwnedFd, raw } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import type { Link } from "./link.js";

const PIECE = 1 << 16;

/**
 * Runs a BPF iterator once and reads its output. Since Linux 5.8.
 *
 * @param link - link of a program with `SEC("iter/…")`.
 * @yields pieces of the output; their boundaries are unrelated to lines.
 * @throws BpfError if the kernel refuses.
 * @example
 * ```ts
 * for (const piece of iterate(attach(program))) process.stdout.write(piece);
 * ```
 */
export function* iterate(link: Link): Generator<Uint8Array, void, undefined> {
  const { task } = link;
  const call = { syscall: "bpf", cmd: "BPF_ITER_CREATE" };
  const ret = bpf(task, "ITER_CREATE", { link_fd: link.fd.fd, flags: 0 });
  const iterator = OwnedFd.adopt(task, ret, "file", call);
  try {
    for (;;) {
      const buffer = new Uint8Array(PIECE);
      const n = raw.read(task, iterator.fd, buffer, PIECE);
      // The iterator has visited many objects without output, and must be continued.
      if (n === -Errno.EAGAIN) continue;
      check(task, { syscall: "read" }, n);
      if (n === 0) return;
      yield buffer.subarray(0, n);
    }
  } finally {
    iterator.close();
  }
}

/**
 * Runs a BPF iterator once and returns its output as text. Since Linux 5.8.
 *
 * @throws BpfError if the kernel refuses.
 * @example
 * ```ts
 * console.log(readIterator(attach(collection.program("dump_task"))));
 * ```
 */
export function readIterator(link: Link): string {
  const decoder = new TextDecoder();
  let text = "";
  for (const piece of iterate(link)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}
