// SPDX-License-Identifier: MIT
import { type Kernel, releaseOf } from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";
import { createRows } from "./create.js";
import { MatrixFixture } from "./fixture.js";
import { type CallRunner, cells, type Row, runOneByOne, runQuestions } from "./question.js";
import { attachTypes, questions } from "./questions.js";

export { intBtf, laterMapTypes, type MapTypeCase, mapTypes } from "../proofs/map-types.js";
export { callers, matrixCapabilities, SUBSETS, tokenUses } from "./fixture.js";
export {
  type Call,
  type CallDescription,
  type CallRunner,
  type Row,
  runOneByOne,
} from "./question.js";
export { attachTypes } from "./questions.js";

/** The answers of one kernel. */
export interface Matrix {
  readonly release: KernelRelease;
  /** The value of kernel.unprivileged_bpf_disabled during the calls. */
  readonly sysctl: number;
  readonly rows: readonly Row[];
  /** The number of calls. */
  readonly asked: number;
}

/** Options that select a part of the matrix. */
export interface MatrixOptions {
  /** The attach types for which programs are loaded; default: all. */
  readonly attach?: readonly number[];
  /** A faster way to make many calls; default: one by one. */
  readonly runCalls?: CallRunner;
}

/**
 * Finds out which capabilities a kernel requires: for MAP_CREATE of each type, PROG_LOAD of each type and
 * attach type, BTF_LOAD, BTF_GET_FD_BY_ID and TOKEN_CREATE. Callers have every subset of capabilities, in the
 * initial user namespace and in a container, with no token, a sufficient one, and one that lacks one bit.
 *
 * @throws BpfError if the setup fails.
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
