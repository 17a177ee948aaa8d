// SPDX-License-Identifier: MIT

import type { CallDifference } from "./call-difference.js";
import { type Applies, appliesTo, type KernelConfiguration } from "./configuration.js";
import { type CallPattern, matches } from "./pattern.js";

/** Comparisons of a model with real kernels: the scenario suite, the permission matrix, fuzzing. */
export type Comparison = "suite" | "matrix" | "fuzz";

/** The fields of every entry of the registry. */
export interface Known {
  /** A unique id. */
  readonly id: string;
  /** The reason for the difference, and so why it needs no fix. */
  readonly why: string;
  /** The evidence for the reason. */
  readonly evidence: string;
}

/** Calls that a model and some real kernels answer differently. */
export interface KnownDifference extends Known {
  readonly applies: Applies;
  /** The comparisons in which the entry excuses differences. */
  readonly shownBy: readonly Comparison[];
  readonly where: readonly CallPattern[];
}

/**
 * The known differences of one kernel in one comparison. Records which of them occurred.
 *
 * @example
 * ```ts
 * const known = new KnownDifferences(knownDifferences, "suite", configurationOf(kernel));
 * console.log(known.find(difference)?.why);
 * ```
 */
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

  /** Returns the entry that describes a difference. */
  find(difference: CallDifference): KnownDifference | undefined {
    const entry = this.#entries.find(({ where }) => where.some((one) => matches(one, difference)));
    if (entry !== undefined) this.#seen.add(entry);
    return entry;
  }

  /** The entries that certainly apply to this kernel but described no difference. */
  idle(): readonly KnownDifference[] {
    return this.#certain.filter((entry) => !this.#seen.has(entry));
  }
}
