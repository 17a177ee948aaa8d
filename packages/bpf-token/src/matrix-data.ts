// SPDX-License-Identifier: MIT

/** What the generated file holds. */
export interface MatrixData {
  /** Real kernels that gave the same answers, but for what the reasons say. */
  readonly compared: readonly ComparedKernel[];
  /** Distinct answers of a row: `init none: EPERM=0055 ok=ffaa; init right: …`. */
  readonly answers: readonly string[];
  /**
   * By row: `[SPEC, OPEN, CLOSED]`, with the releases as bits, oldest first, in which the spec holds
   * where everybody may call bpf(2) (the sysctl is 0), and where not everybody may. A spec is the
   * number of the answers, for programs `NUMBER@ATTACH-TYPES` once or more.
   */
  readonly rows: Readonly<Record<string, readonly (readonly [string, number, number])[]>>;
}

/** A real kernel that was asked all of it. */
export interface ComparedKernel {
  readonly name: string;
  readonly release: string;
  readonly sysctls: readonly number[];
  readonly cells: number;
  readonly reasons: readonly { readonly why: string; readonly rows: number }[];
}
