// SPDX-License-Identifier: GPL-2.0-only

/** Something that real kernels do and the model, on purpose, does not. */
export interface LeftOut {
  /** Rules of docs/spec that are not carried out because of it; empty where no rule tells of it. */
  readonly rules: readonly string[];
  /** What it is, in a few words. */
  readonly what: string;
  /** Why it is left out, and what the model answers instead. */
  readonly reason: string;
}

/** What the model leaves out on purpose. */
export const leftOut: readonly LeftOut[] = [];
