// SPDX-License-Identifier: MIT
import { compare, type Trace } from "@bpf-token/scenario";
import {
  callDifference,
  type KnownDifference,
  type KnownDifferences,
} from "@bpf-token/scenario/known";
import { renumbered } from "./renumbered.js";

/** What two runs of a scenario differ in. */
export interface ComparedRuns {
  /** Messages about differences that no entry of the registry describes. */
  readonly unexpected: readonly string[];
  /** The entries that describe the others, each once. */
  readonly known: readonly KnownDifference[];
}

/**
 * Compares a run on the model with one on a real kernel.
 *
 * A known difference may change the numbers of all descriptors that follow, so they are then compared
 * by which of them are the same. Without a known difference the numbers count.
 */
export function compareRuns(model: Trace, kernel: Trace, known: KnownDifferences): ComparedRuns {
  const exact = compare(model, kernel).map(({ message }) => message);
  if (exact.length === 0) return { unexpected: [], known: [] };
  const found = compare(model, kernel, { fds: "renamed" })
    .filter((divergence) => !renumbered(divergence))
    .map((divergence) => {
      const difference = callDifference(divergence, model, kernel);
      return { divergence, entry: difference && known.find(difference) };
    });
  const entries = found.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  if (entries.length === 0) return { unexpected: exact, known: [] };
  const unexpected = found.filter(({ entry }) => entry === undefined);
  return {
    unexpected: unexpected.map(({ divergence }) => divergence.message),
    known: [...new Set(entries)],
  };
}
