// SPDX-License-Identifier: MIT
import type { FindingRecord, MinimizedFinding } from "@bpf-token/fuzz";
import { isReal, type SubjectRequest } from "@bpf-token/fuzz/node";
import { type DiffReport, diff, formatScenario } from "@bpf-token/scenario";
import { modelRuns } from "../../../diff/model-runs.js";
import { type FindingProgram, findingSummary } from "./finding-summary.js";

/** Returns the files of a finding's folder, by name. */
export async function findingFiles(
  finding: MinimizedFinding,
  command: string,
  subjects: readonly SubjectRequest[],
  confined: boolean = subjects.some(isReal),
): Promise<ReadonlyMap<string, Uint8Array | string>> {
  const [{ findingNames }, { loadSdk }] = await Promise.all([
    import("@bpf-token/fuzz"),
    import("@bpf-token/kernel-wasm/sdk"),
  ]);
  const { input, kind, subject, message, reproduces, scenario, parting } = finding;
  const record: FindingRecord = {
    format: 1,
    subjects: subjects.map(({ name }) => name),
    kind,
    subject,
    message,
    reproducedBy: reproduces ? "scenario" : "bytes",
    confined,
    generator: (await loadSdk()).id,
    command,
    ...(parting && { parting }),
  };
  const report = reproduces ? compared(finding, subjects) : undefined;
  const program = report && (await programOf(report, subject, subjects));
  return new Map<string, Uint8Array | string>([
    ...(program?.text === undefined ? [] : [[findingNames.program, program.text] as const]),
    [findingNames.input, input],
    [findingNames.record, `${JSON.stringify(record, null, 1)}\n`],
    [reproduces ? findingNames.scenario : findingNames.sequence, formatScenario(scenario)],
    [findingNames.summary, findingSummary(record, report, program)],
  ]);
}

async function programOf(
  report: DiffReport,
  subject: string,
  subjects: readonly SubjectRequest[],
): Promise<FindingProgram> {
  const { ReproducerRefused, reproducerOf } = await import("../../../reproducer/index.js");
  const [first, second] = subjects;
  const other = subjects.find(({ name }, i) => i > 0 && name === subject) ?? second;
  if (first === undefined || other === undefined) return {};
  try {
    return { text: reproducerOf(report, [first, other]) };
  } catch (error) {
    if (!(error instanceof ReproducerRefused)) throw error;
    return { refused: error.message };
  }
}

function compared({ scenario }: MinimizedFinding, subjects: readonly SubjectRequest[]): DiffReport {
  const kernels = subjects.map(({ scenarios }) => scenarios);
  return diff(scenario, kernels, modelRuns());
}
