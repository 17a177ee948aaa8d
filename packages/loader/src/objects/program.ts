// SPDX-License-Identifier: MIT
import type { ProgramSpec } from "@bpf-token/object";
import { bpf, check, OwnedFd, type Task } from "@bpf-token/syscall";

import { infoOf, type ProgramInfo } from "./info.js";
import { type TestInput, type TestResult, testRun } from "./test-run.js";

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
   * Runs the program once, or often, on a packet or a context that is given. Since Linux 4.12, and not
   * for every type of program.
   *
   * @throws BpfError if the kernel refuses; with a token it does: this needs what loading needs, in the
   *   first user namespace.
   */
  testRun(input: TestInput = {}): TestResult {
    return testRun(this.task, this.fd.fd, input);
  }

  /** Gives the program a name in a BPF FS, which keeps it when all descriptors are closed. */
  pin(path: string): void {
    const ret = bpf(this.task, "OBJ_PIN", { pathname: path, bpf_fd: this.fd.fd });
    check(this.task, { syscall: "bpf", cmd: "BPF_OBJ_PIN" }, ret);
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
