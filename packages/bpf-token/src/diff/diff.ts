// SPDX-License-Identifier: MIT
import { compare, type Divergence, type Scenario, type Trace } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import { type Reason, reasonFor } from "./expected.js";

/** A kernel that is compared. */
export interface DiffSubject {
  /** As it is called: `model@6.12`, `upstream:mine@6.12`, `native`. */
  readonly name: string;
  /** The release whose behaviour it should have. */
  readonly release: KernelRelease;
  /** What of it is not shared with the model; see {@link sharing}. */
  readonly own: SubjectOwn;
  /** Lives through a scenario, from a fresh start. */
  run(scenario: Scenario): Trace;
  /**
   * Where in the kernel's own text each step was decided, by step from 0, where that can be told; see
   * {@link decidedBy}.
   */
  places?(scenario: Scenario): ReadonlyMap<number, string>;
}

/** Whose code answers: the model's, a real kernel's, or the kernel's own files within the model. */
export type SubjectOwn = "model" | "kernel" | readonly string[];

/** A difference between the first subject and another one. */
export interface Difference extends Divergence, Reason {
  /** The other one's name; the first is always the first. */
  readonly other: string;
}

/** What came of comparing one scenario. */
export interface DiffReport {
  /** What they lived through. */
  readonly scenario: Scenario;
  /** What each subject did, in their order. */
  readonly traces: readonly Trace[];
  /** Of each subject, where in the kernel's own text a step was decided, by step from 0. */
  readonly places: readonly ReadonlyMap<number, string>[];
  /** Every difference to the first subject, in order. */
  readonly differences: readonly Difference[];
  /** Whether one of them is not explained by the releases of the two. */
  readonly unexpected: boolean;
}

/** Runs a scenario on the model of a release. */
export type ModelRun = (scenario: Scenario, release: KernelRelease) => Trace;

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
