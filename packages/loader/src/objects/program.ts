// SPDX-License-Identifier: MIT
import type { ProgramSpec } from "@bpf-token/object";
import { OwnedFd, type Task } from "@bpf-token/syscall";

import { infoOf, type ProgramInfo } from "./info.js";

/** A program that a kernel has loaded. */
export class Program implements Disposable {
  /** What it is made of. */
  readonly spec: ProgramSpec;
  /** Its descriptor. */
  readonly fd: OwnedFd<"prog">;

  /** @internal Programs come out of collections. */
  constructor(spec: ProgramSpec, fd: OwnedFd<"prog">) {
    this.spec = spec;
    this.fd = fd;
  }

  /** Its name. */
  get name(): string {
    return this.spec.name;
  }

  /** The task whose descriptor it is. */
  get task(): Task {
    return this.fd.task;
  }

  /**
   * What the kernel tells of it.
   *
   * @throws BpfError if it is refused.
   */
  info(): ProgramInfo {
    return infoOf(this.task, this.fd, "bpf_prog_info");
  }

  /** Closes the descriptor; what is attached keeps the program alive. */
  close(): void {
    this.fd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The program behind a descriptor that a call has answered. */
export function adoptProgram(task: Task, spec: ProgramSpec, fd: number): Program {
  return new Program(spec, OwnedFd.adopt(task, fd, "prog", { syscall: "bpf" }));
}
