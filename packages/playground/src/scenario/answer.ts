// SPDX-License-Identifier: MIT
// Runs a scenario on the model of one release, or compares two.
import { createKernel } from "@bpf-token/kernel-wasm";
import {
  compare,
  formatScenario,
  readScenario,
  run,
  type ScenarioProblem,
  type Trace,
  type TraceEvent,
} from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";

/** A scenario as text, and the releases that run it. */
export interface ScenarioQuestion {
  readonly text: string;
  readonly release: KernelRelease;
  /** The release to compare with. */
  readonly other?: KernelRelease | undefined;
}

/** What one call of the trace shows. */
export interface CallRow {
  readonly step: number;
  readonly line?: number | undefined;
  readonly task: string;
  readonly text: string;
  readonly answer: string;
  readonly say?: string | undefined;
  /** Whether the expectation of the step was met; undefined if it has none. */
  readonly met?: boolean | undefined;
  readonly expected?: string | undefined;
  /** The decisions of the kernel: check and sentence. */
  readonly decisions: readonly {
    readonly check: string;
    readonly sentence: string;
    readonly silent: boolean;
  }[];
  /** The memory that the kernel wrote, and the text that the step read. */
  readonly memory: readonly string[];
}

/** The trace of a scenario, or the problems of its text. */
export type ScenarioAnswer =
  | { readonly kind: "problems"; readonly problems: readonly ScenarioProblem[] }
  | {
      readonly kind: "trace";
      readonly name: string;
      readonly outcome: string;
      readonly reason?: string | undefined;
      readonly calls: readonly CallRow[];
      /** The differences to the other release; undefined if none was named. */
      readonly differences?: readonly string[] | undefined;
      /** The scenario in the canonical form of the package. */
      readonly yaml: string;
    };

/**
 * Runs a scenario, and a second time if there is another release.
 *
 * @example
 * ```ts
 * scenarioAnswer({ text, release: "6.12", other: "6.15" });
 * ```
 */
export function scenarioAnswer({ text, release, other }: ScenarioQuestion): ScenarioAnswer {
  const { scenario, problems } = readScenario(text);
  if (scenario === undefined || problems.length > 0) return { kind: "problems", problems };
  const trace = runOn(release, (kernel) => run(kernel, scenario));
  const second = other === undefined ? undefined : runOn(other, (kernel) => run(kernel, scenario));
  return {
    kind: "trace",
    name: scenario.name,
    outcome: trace.outcome,
    reason: trace.reason,
    calls: trace.events.filter(({ cleanup }) => cleanup !== true).map(callRow),
    differences: second && compare(trace, second).map(({ message }) => message),
    yaml: formatScenario(scenario),
  };
}

function runOn(
  release: KernelRelease,
  use: (kernel: ReturnType<typeof createKernel>) => Trace,
): Trace {
  const kernel = createKernel({ release });
  try {
    return use(kernel);
  } finally {
    kernel.close();
  }
}

function callRow(event: TraceEvent): CallRow {
  const { step, line, task, text, say, verdict, decisions = [], memory = [], output } = event;
  return {
    ...{ step, line, task, text, say },
    answer: answerText(event),
    met: verdict?.met,
    expected: verdict?.met === false ? (verdict.why ?? verdict.expected) : undefined,
    decisions: decisions.map(({ check, sentence, errno }) => ({
      ...{ check, sentence },
      silent: errno === undefined,
    })),
    memory: [
      ...memory.map(({ name, hex, fields }) => `${name}: ${fields ? fieldText(fields) : hex}`),
      ...(output === undefined ? [] : [output.trimEnd()]),
    ],
  };
}

function answerText({ outcome, errno, result, reason }: TraceEvent): string {
  if (outcome !== "answered") return reason === undefined ? outcome : `${outcome}: ${reason}`;
  return errno ?? String(result);
}

function fieldText(fields: Readonly<Record<string, number | string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}
