// SPDX-License-Identifier: MIT
import type { Task } from "@bpf-token/syscall";
import type { SyscallArg } from "@bpf-token/uapi";
import type { StandIn } from "./processes.js";

/** What becomes of a call of the program. */
export type Outcome =
  /** The host makes the call. */
  | { readonly kind: "host" }
  | { readonly kind: "value"; readonly value: number }
  /** The call opened a file in the task of the other kernel. */
  | {
      readonly kind: "file";
      readonly modelFd: number;
      readonly cloexec: boolean;
      readonly standIn: Omit<StandIn, "fd" | "memory">;
      /** Contents of a map that the program may mmap(). */
      readonly contents?: Uint8Array | undefined;
    }
  /** The call opens a text, which the program reads. */
  | { readonly kind: "text"; readonly text: Uint8Array; readonly cloexec: boolean };

/** A call of the program that the other kernel answered. */
export interface AnsweredCall {
  /** The process that made the call, on this machine. */
  readonly pid: number;
  /** Its task. Until the next call, it has the reason of a refusal and the decisions before it. */
  readonly task: Task;
  /** The name of the system call. An older call has the name of the newer one in its place. */
  readonly name: string;
  /** The arguments, with the program's own file descriptors. */
  readonly args: readonly SyscallArg[];
  /** The return value: ≥ 0, or `-errno`. A file descriptor is the task's number of it. */
  readonly result: number;
}

export const HOST: Outcome = { kind: "host" };

export function value(ret: number): Outcome {
  return { kind: "value", value: ret };
}
