// SPDX-License-Identifier: MIT
import { compare, type Trace } from "@bpf-token/scenario";
import {
  callDifference,
  type KnownDifference,
  type KnownDifferences,
} from "@bpf-token/scenario/known";
import { renumbered } from "./renumbered.js";

/** The differences between two runs of a scenario. */
export interface ComparedRuns {
  /** Messages of differences that no entry of the registry describes. */
  readonly unexpected: readonly string[];
  /** The entries that describe the other differences, each once. */
  readonly known: readonly KnownDifference[];
}

/**
 * Compares a run on the model with one on a real kernel.
 *
 * A known difference may change the numbers of later file descriptors. In that case, file descriptors are
 * renamed before the comparison; otherwise their numbers must be equal.
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

/** How a scenario ended on a real kernel, compared with the model of its release. */
export interface Outcome {
  readonly how: "agree" | "differ" | "skipped" | "unexpected";
  /** Why it differs or was skipped; what is unexpected. */
  readonly why: readonly string[];
}

/**
 * Judges a run on a real kernel by the run of the same scenario on the model.
 *
 * @example
 * ```ts
 * const { how } = outcomeOf(run(model, scenario), run(kernel, scenario), known);
 * ```
 */
export function outcomeOf(model: Trace, kernel: Trace, known: KnownDifferences): Outcome {
  const unmodelled = kernel.events.find(({ outcome }) => outcome === "not-modelled");
  if (unmodelled !== undefined) return { how: "skipped", why: [unmodelled.reason ?? "no reason"] };
  if (kernel.outcome === "skipped") return { how: "skipped", why: [kernel.reason ?? "no reason"] };
  const compared = compareRuns(model, kernel, known);
  if (compared.unexpected.length > 0) return { how: "unexpected", why: compared.unexpected };
  const why = compared.known.map((entry) => entry.why);
  return { how: why.length === 0 ? "agree" : "differ", why };
}
