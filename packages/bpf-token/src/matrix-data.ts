// SPDX-License-Identifier: MIT

/** The contents of the generated file. */
export interface MatrixData {
  /** Real kernels that gave the same answers, except for the rows that `reasons` lists. */
  readonly compared: readonly ComparedKernel[];
  /** Distinct answers of a row: `init none: EPERM=0055 ok=ffaa; init right: …`. */
  readonly answers: readonly string[];
  /**
   * By row: `[SPEC, OPEN, CLOSED]`. A spec is an index into `answers`; for programs, one or more
   * `INDEX@ATTACH-TYPES`. OPEN and CLOSED are masks of the releases, oldest first, in which the spec
   * holds: OPEN with kernel.unprivileged_bpf_disabled 0, CLOSED with 1 or 2.
   */
  readonly rows: Readonly<Record<string, readonly (readonly [string, number, number])[]>>;
}

/** A real kernel that ran every call of the matrix. */
export interface ComparedKernel {
  readonly name: string;
  readonly release: string;
  /** The day of the comparison: `2026-11-27`. */
  readonly date: string;
  readonly sysctls: readonly number[];
  readonly cells: number;
  readonly reasons: readonly { readonly why: string; readonly rows: number }[];
}
