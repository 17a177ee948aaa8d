// SPDX-License-Identifier: MIT
import { type Kernel, releaseOf } from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";
import { createRows } from "./create.js";
import { MatrixFixture } from "./fixture.js";
import { type CallRunner, cells, type Row, runOneByOne, runQuestions } from "./question.js";
import { attachTypes, questions } from "./questions.js";

export { callers, matrixCapabilities, SUBSETS, tokenUses } from "./fixture.js";
export type { Call, CallDescription, CallRunner, Row } from "./question.js";
export { attachTypes } from "./questions.js";

/** What one kernel answered. */
export interface Matrix {
  readonly release: KernelRelease;
  /** kernel.unprivileged_bpf_disabled while it was asked. */
  readonly sysctl: number;
  readonly rows: readonly Row[];
  /** How many calls that were. */
  readonly asked: number;
}

/** Which part of the matrix is asked for. */
export interface MatrixOptions {
  /** The attach types that programs are loaded for; default all. */
  readonly attach?: readonly number[];
  /** What a kernel can do faster than call by call; default one by one. */
  readonly runCalls?: CallRunner;
}

/**
 * Asks a kernel who may make what: MAP_CREATE of each type, PROG_LOAD of each type for each attach
 * type, BTF_LOAD, BTF_GET_FD_BY_ID and TOKEN_CREATE, by every subset of the capabilities that count,
 * in the first user namespace and in one of its own, with no token, with the one that suffices and
 * with one that lacks one bit.
 *
 * @throws BpfError where what is needed for asking cannot be made.
 */
export function runMatrix(kernel: Kernel, options: MatrixOptions = {}): Matrix {
  const { runCalls = runOneByOne } = options;
  const created = createRows(kernel, runCalls);
  const fixture = new MatrixFixture(kernel);
  const asked = questions(fixture, options.attach ?? attachTypes);
  const rows = runQuestions(fixture, asked, runCalls);
  fixture.end();
  return {
    release: releaseOf(kernel),
    sysctl: kernel.readSysctl("kernel.unprivileged_bpf_disabled"),
    rows: [...created.rows, ...rows],
    asked: created.asked + asked.reduce((sum, question) => sum + cells(question), 0),
  };
}
