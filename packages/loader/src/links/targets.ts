// SPDX-License-Identifier: MIT
import { type CallInfo, check, type FdLike, fdOf, raw } from "@bpf-token/syscall";
import { AT, O } from "@bpf-token/uapi";
import type { Program } from "../objects/program.js";
import { AttachError } from "./error.js";

/** Opens attach targets for one LINK_CREATE; the link keeps its own reference. */
export class Targets {
  readonly #program: Program;
  readonly #opened: number[] = [];

  constructor(program: Program) {
    this.#program = program;
  }

  /** Returns the fd for a target that is given as an fd or as a path. */
  open(what: string, given: string | FdLike | undefined): number {
    if (given === undefined) wants(this.#program, `${what}: a path or a file descriptor`);
    const { task, name } = this.#program;
    if (typeof given !== "string") return fdOf(given, task, what);
    const fd = raw.openat(task, AT.FDCWD, given, O.RDONLY | O.CLOEXEC, 0);
    if (fd < 0) throw AttachError.unopened(name, given, fd);
    this.#opened.push(fd);
    return fd;
  }

  /** Takes over a file descriptor that a call returned. */
  adopt(call: CallInfo, ret: number): number {
    const fd = check(this.#program.task, call, ret);
    this.#opened.push(fd);
    return fd;
  }

  close(): void {
    for (const fd of this.#opened) raw.close(this.#program.task, fd);
  }
}

/** @throws AttachError always. */
export function wants(program: { readonly name: string }, what: string): never {
  throw new AttachError(program.name, `set ${what}`);
}
