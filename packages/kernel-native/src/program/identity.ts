// SPDX-License-Identifier: MIT
import { hostname } from "node:os";
import type { Kernel, Task } from "@bpf-token/syscall";
import { Errno, syscallByName } from "@bpf-token/uapi";
import { NR } from "./numbers.js";
import { type Outcome, value } from "./outcome.js";
import type { ProgramProcess } from "./processes.js";

/** Answers uname(2): the release of the kernel, and the host's name and machine. */
export function answerUname(kernel: Kernel, { memory }: ProgramProcess, address: bigint): Outcome {
  const FIELD = 65;
  const { release, backend } = kernel;
  const bytes = new Uint8Array(6 * FIELD);
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  const full = /^\d+\.\d+$/.test(release) ? `${release}.0` : release;
  const fields = ["Linux", hostname(), full, `#1 SMP bpf-token ${backend}`, machine, "(none)"];
  fields.forEach((field, i) => {
    new TextEncoder().encodeInto(field, bytes.subarray(i * FIELD, (i + 1) * FIELD - 1));
  });
  return value(memory.write(address, bytes) ? 0 : -Errno.EFAULT);
}

/** The user or group id that a call returns. */
export function identity(task: Task, nr: number): number {
  const ids = [new Uint8Array(4), new Uint8Array(4), new Uint8Array(4)] as const;
  const ofUser = nr === NR.getuid || nr === NR.geteuid;
  task.syscall(syscallByName[ofUser ? "getresuid" : "getresgid"].nr, ...ids);
  const [real, effective] = ids;
  const bytes = nr === NR.getuid || nr === NR.getgid ? real : effective;
  return new DataView(bytes.buffer).getUint32(0, true);
}
