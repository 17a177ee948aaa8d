// SPDX-License-Identifier: MIT

import type { CallDifference } from "./call-difference.js";
import { type Applies, appliesTo, type KernelConfiguration } from "./configuration.js";
import { type CallPattern, matches } from "./pattern.js";

/** The comparisons of a model with real kernels: scenarios, permissions cell by cell, random calls. */
export type Comparison = "suite" | "matrix" | "fuzz";

/** What every entry of the registry has. */
export interface Known {
  /** Unlike that of any other entry. */
  readonly id: string;
  /** Why there is a difference, and nobody has to mend it. */
  readonly why: string;
  /** How that was found out. */
  readonly evidence: string;
}

/** Calls that a model and some real kernels do not answer alike. */
export interface KnownDifference extends Known {
  readonly applies: Applies;
  /** The comparisons that show it. It excuses nothing in the others. */
  readonly shownBy: readonly Comparison[];
  readonly where: readonly CallPattern[];
}

/** The known differences of one kernel in one comparison, and which of them were seen. */
export class KnownDifferences {
  readonly #entries: readonly KnownDifference[];
  readonly #certain: readonly KnownDifference[];
  readonly #seen = new Set<KnownDifference>();

  constructor(
    entries: readonly KnownDifference[],
    comparison: Comparison,
    kernel: KernelConfiguration,
  ) {
    const shown = entries.filter(({ shownBy }) => shownBy.includes(comparison));
    this.#entries = shown.filter(({ applies }) => appliesTo(applies, kernel) !== "no");
    this.#certain = shown.filter(({ applies }) => appliesTo(applies, kernel) === "yes");
  }

  /** The entry that describes a difference. */
  find(difference: CallDifference): KnownDifference | undefined {
    const entry = this.#entries.find(({ where }) => where.some((one) => matches(one, difference)));
    if (entry !== undefined) this.#seen.add(entry);
    return entry;
  }

  /** The entries that are about this kernel for certain, and that no difference needed. */
  idle(): readonly KnownDifference[] {
    return this.#certain.filter((entry) => !this.#seen.has(entry));
  }
}
