// SPDX-License-Identifier: MIT
import { errnoName } from "@bpf-token/uapi";

/** A program cannot be attached so: something was not said, or the kernel has no link for it. */
export class AttachError extends Error {
  override readonly name = "AttachError" as const;
  /** The program's name. */
  readonly program: string;
  /** What is missing, in one line. */
  readonly reason: string;

  constructor(program: string, reason: string) {
    super(`cannot attach program ${program}: ${reason}`);
    this.program = program;
    this.reason = reason;
  }

  /** @internal What it is to be attached to cannot be opened. */
  static unopened(program: string, path: string, ret: number): AttachError {
    return new AttachError(program, `cannot open '${path}': ${errnoName(ret) ?? ret}`);
  }
}
