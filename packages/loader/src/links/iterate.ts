// SPDX-License-Identifier: MIT
import { bpf, check, OwnedFd, raw } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import type { Link } from "./link.js";

const PIECE = 1 << 16;

/**
 * Runs an iterator once, and reads what it writes. Since Linux 5.8.
 *
 * @param link - of a program of `SEC("iter/…")`.
 * @yields pieces as the kernel hands them out; where lines end has nothing to do with it.
 * @throws BpfError if the kernel refuses.
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
      // The iterator has worked through a great deal that it writes nothing of, and is to go on.
      if (n === -Errno.EAGAIN) continue;
      check(task, { syscall: "read" }, n);
      if (n === 0) return;
      yield buffer.subarray(0, n);
    }
  } finally {
    iterator.close();
  }
}

/** Runs an iterator once, and answers all of its text. */
export function readIterator(link: Link): string {
  const decoder = new TextDecoder();
  let text = "";
  for (const piece of iterate(link)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}
