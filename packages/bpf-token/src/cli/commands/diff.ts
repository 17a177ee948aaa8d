// SPDX-License-Identifier: MIT
import { type DiffSubject, diff } from "@bpf-token/scenario";
import { htmlReport } from "../../diff/html.js";
import { junitReport } from "../../diff/junit.js";
import { modelRuns } from "../../diff/model-runs.js";
import { decidedBy } from "../../diff/places.js";
import { KernelPool } from "../../subjects/pool.js";
import type { Command, Context } from "../command.js";
import { writeOutputFile } from "../input/files.js";
import { assertDistinct, chooseComparable } from "../input/kernels.js";
import { readScenarios } from "../input/scenarios.js";
import { listenForInterrupt, printInterrupted } from "../interrupt.js";
import {
  type FileReport,
  isSkipped,
  printDiff,
  printSubjects,
  printSum,
} from "../text/diff-text.js";
import { Exit, UsageError } from "../usage.js";

/** `bpf-token diff`: runs the same scenarios on several kernels and compares each step. */
export const diffCommand: Command = {
  summary: "compares what several kernels answer, step by step",
  usage: `usage: bpf-token diff FILE… --subjects A,B[,C…] [--json] [--junit F]
                      [--html F]

Runs each scenario on each subject. Compares every answer, every text and the
memory that a call writes with the first subject. It sees no reference counts
and no leaks; 'bpf-token fuzz' compares those. A difference is expected if the
models of the two releases differ in the same way; the report then names the
rules. Next to a refusal, the report names the model's check or the line of
upstream source.

  --subjects A,B     kernels to compare with the first one: model, model@6.12,
                     upstream:N, native, guest:6.18, guest:uml, bpf:6.12
                     ('bpf-token run --help' describes them)
  --verbose, -v      also print expected differences, call by call
  --json             print the whole report as JSON
  --junit FILE       write a report for CI: one test per scenario and subject
  --html FILE        write a report as one HTML page that needs no network

exit codes: 0 no unexpected difference, 1 at least one, 2 usage, 3 a subject is
            not available, or did not answer a call, or every scenario was
            skipped, 130 SIGINT or SIGTERM ended it after some scenarios

examples:
  bpf-token diff scenarios/*.yaml --subjects model@6.12,model@6.18
  bpf-token diff scenario.yaml --subjects model@6.12,upstream:6.12,guest:6.12
  bpf-token diff scenario.yaml --subjects native,model --html report.html
`,
  options: {
    subjects: { type: "string" },
    junit: { type: "string" },
    html: { type: "string" },
    verbose: { type: "boolean", short: "v" },
  },
  run: async (context) => {
    const { files, values } = context.parsed;
    if (files.length === 0) throw new UsageError("diff: FILE is missing");
    const scenarios = await readScenarios(files);
    const { subjects, close } = await openSubjects(context);
    const model = modelRuns();
    if (!context.json) printSubjects(context, subjects);
    const reports: FileReport[] = [];
    const interrupt = listenForInterrupt();
    try {
      for (const { file, scenario } of scenarios) {
        if (interrupt.came()) break;
        const compared = await interrupt.unlessInterrupted(() => diff(scenario, subjects, model));
        if (compared === undefined) break;
        const report = { file, ...compared };
        reports.push(report);
        if (!context.json) printDiff(context, report, subjects);
        // One turn of the event loop flushes the output.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      interrupt.stop();
      close();
    }
    const interrupted = reports.length < scenarios.length;
    await save(values.junit, () => junitReport(reports, subjects));
    await save(values.html, () => htmlReport(reports, subjects));
    if (context.json) {
      const report = plain(reports, subjects);
      context.printJson("diff", { ...report, ...(interrupted && { interrupted }) });
    } else {
      if (interrupted) printInterrupted(context, reports.length, scenarios.length);
      printSum(context, reports);
    }
    const exit = exitOf(reports);
    return interrupted && exit !== Exit.FINDINGS ? Exit.INTERRUPTED : exit;
  },
};

async function openSubjects(
  context: Context,
): Promise<{ subjects: readonly DiffSubject[]; close: () => void }> {
  const names = String(context.parsed.values.subjects ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length < 2) {
    throw new UsageError("diff: --subjects needs at least two kernels, e.g. model@6.12,model@6.18");
  }
  const pools: KernelPool[] = [];
  const subjects: DiffSubject[] = [];
  for (const name of names) {
    const choice = await chooseComparable(name, context);
    const kernels = new KernelPool(choice);
    pools.push(kernels);
    const { backend, release, own, exits } = choice;
    subjects.push({
      name: own === "kernel" ? backend : `${backend}@${release}`,
      release,
      own,
      ...(exits && { places: (scenario) => decidedBy(exits, scenario) }),
      run: (scenario) => kernels.run(scenario),
    });
  }
  assertDistinct("diff", subjects);
  return { subjects, close: () => closeAll(pools) };
}

function closeAll(pools: readonly KernelPool[]): void {
  for (const pool of pools) pool.close();
}

function plain(reports: readonly FileReport[], subjects: readonly DiffSubject[]): object {
  return {
    subjects: subjects.map(({ name, release, own }) => ({ name, release, own })),
    scenarios: reports.map(({ file, scenario, traces, places, differences, unexpected }) => {
      const placesByStep = places.map((steps) => Object.fromEntries(steps));
      return { file, name: scenario.name, unexpected, differences, traces, places: placesByStep };
    }),
  };
}

async function save(file: unknown, text: () => string): Promise<void> {
  if (file !== undefined) await writeOutputFile(String(file), text());
}

function exitOf(reports: readonly FileReport[]): Exit {
  if (reports.some(({ unexpected }) => unexpected)) return Exit.FINDINGS;
  const known = reports.every(({ traces }) => traces.every(({ outcome }) => outcome !== "unknown"));
  return known && !reports.every(isSkipped) ? Exit.FINE : Exit.CANNOT_TELL;
}
