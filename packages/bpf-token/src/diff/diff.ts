// SPDX-License-Identifier: MIT
import { compare, type Scenario, type Trace } from "@bpf-token/scenario";
import { reasonFor } from "./expected.js";
import type { Difference, DiffReport, DiffSubject, ModelRun } from "./types.js";

/**
 * Lets subjects live through a scenario, and compares each with the first.
 *
 * Whether a difference is expected is computed: the models of the two releases must differ at that
 * step as the two subjects do. Between subjects of one release none is.
 */
export function diff(
  scenario: Scenario,
  subjects: readonly DiffSubject[],
  model: ModelRun,
): DiffReport {
  const traces = subjects.map((subject) => subject.run(scenario));
  const [first, ...others] = subjects;
  const a = traces[0];
  if (first === undefined || a === undefined) throw new TypeError("nothing to compare");
  const differences = others.flatMap((other, i): Difference[] => {
    const b = traces[i + 1] as Trace;
    const pair = [first, other] as const;
    const found: Difference[] = [];
    for (const divergence of compare(a, b)) {
      const reason = reasonFor(divergence, scenario, pair, [a, b], model);
      // What no rule is named for follows from what was otherwise before: another number, say.
      const rules = reason.expected && reason.rules.length === 0 ? found.at(-1)?.rules : undefined;
      found.push({ ...divergence, other: other.name, ...reason, ...(rules && { rules }) });
    }
    return found;
  });
  const places = subjects.map((subject) => subject.places?.(scenario) ?? new Map<number, string>());
  const unexpected = differences.some((one) => !one.expected);
  return { scenario, traces, places, differences, unexpected };
}

/** What was compared between two subjects, and what both have in common, in words. */
export function sharing(a: DiffSubject, b: DiffSubject): string {
  const around = "the bpf() entry, capabilities, namespaces, the mount API, descriptors";
  if (a.own === "kernel" || b.own === "kernel") {
    const both = a.own === b.own;
    return both
      ? "compared: two real kernels; shared: the program that makes the calls"
      : "compared: everything that a call reaches; shared: nothing but the calls";
  }
  const files = [a.own, b.own].flatMap((own) => (typeof own === "string" ? [] : own));
  if (files.length === 0) return "compared: two releases of the model; shared: its code";
  const names = [...new Set(files)].map((path) => path.split("/").at(-1) ?? path).sort();
  const rest = names.includes("inode.c") ? around : `BPF FS, ${around}`;
  return `compared: ${names.join(", ")}; shared: ${rest}`;
}
