// SPDX-License-Identifier: MIT
import type { ProgramSpec } from "@bpf-token/object";
import { bpf, check, OwnedFd, type Task } from "@bpf-token/syscall";

import { infoOf, type ProgramInfo } from "./info.js";
import { type TestInput, type TestResult, testRun } from "./test-run.js";

/**
 * A loaded program. You get it from {@link Collection.program}.
 *
 * @example
 * ```ts
 * const { retval } = collection.program("count").testRun({ data: packet });
 * ```
 */
export class Program implements Disposable {
  /** The definition in the object. */
  readonly spec: ProgramSpec;
  /** The file descriptor of the program. */
  readonly fd: OwnedFd<"prog">;

  /** @internal Use {@link Collection.program}. */
  constructor(spec: ProgramSpec, fd: OwnedFd<"prog">) {
    this.spec = spec;
    this.fd = fd;
  }

  /** The program's name. */
  get name(): string {
    return this.spec.name;
  }

  /** The task that owns the file descriptor. */
  get task(): Task {
    return this.fd.task;
  }

  /**
   * Runs the program once or several times on a given packet or context. Since Linux 4.12, for some
   * program types.
   *
   * @throws BpfError if the kernel refuses. A token does not help: the call needs the capabilities
   *   for loading in the initial user namespace.
   */
  testRun(input: TestInput = {}): TestResult {
    return testRun(this.task, this.fd.fd, this.spec.type, input);
  }

  /** Pins the program to a path in a BPF filesystem, so that it outlives its file descriptors. */
  pin(path: string): void {
    const ret = bpf(this.task, "OBJ_PIN", { pathname: path, bpf_fd: this.fd.fd });
    check(this.task, { syscall: "bpf", cmd: "BPF_OBJ_PIN" }, ret);
  }

  /**
   * Asks the kernel about the program.
   *
   * @throws BpfError if the kernel refuses.
   */
  info(): ProgramInfo {
    return infoOf(this.task, this.fd, "bpf_prog_info");
  }

  /** Closes the file descriptor; an attached program stays loaded. */
  close(): void {
    this.fd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Wraps the program fd that a call returned. */
export function adoptProgram(task: Task, spec: ProgramSpec, fd: number): Program {
  return new Program(spec, OwnedFd.adopt(task, fd, "prog", { syscall: "bpf" }));
}
