// SPDX-License-Identifier: MIT
import { type DiffSubject, diff } from "@bpf-token/scenario";
import { htmlReport } from "../../diff/html.js";
import { junitReport } from "../../diff/junit.js";
import { modelRuns } from "../../diff/model-runs.js";
import { decidedBy } from "../../diff/places.js";
import { KernelPool } from "../../subjects/pool.js";
import type { Subject } from "../../subjects/subject.js";
import type { Command, Context } from "../command.js";
import { writeOutputFile } from "../input/files.js";
import { assertDistinct, chooseComparable } from "../input/kernels.js";
import { readScenarios } from "../input/scenarios.js";
import { listenForInterrupt, printInterrupted } from "../interrupt.js";
import {
  type FileReport,
  isSkipped,
  isUndecided,
  printDiff,
  printSubjects,
  printSum,
} from "../text/diff-text.js";
import { Exit, InconclusiveError, UsageError } from "../usage.js";

/** `bpf-token diff`: runs the same scenarios on several kernels and compares each step. */
export const diffCommand: Command = {
  usage: `usage: bpf-token diff FILE… --subjects A,B[,C…] [--json] [--junit F]
                      [--html F] [--c F]

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
  --c FILE           write a C program that shows the first difference between
                     two subjects on a real kernel, for one scenario

exit codes: 0 no unexpected difference, 1 at least one, 2 usage, 3 a subject is
            not available, or did not answer a call, or every scenario was
            skipped, or only the input bytes of a finding of 'fuzz' show it, 130
            SIGINT or SIGTERM ended it after some scenarios

examples:
  bpf-token diff scenarios/*.yaml --subjects model@6.12,model@6.18
  bpf-token diff scenario.yaml --subjects model@6.12,upstream:6.12,guest:6.12
  bpf-token diff scenario.yaml --subjects native,model --html report.html
`,
  options: {
    subjects: { type: "string" },
    junit: { type: "string" },
    html: { type: "string" },
    c: { type: "string" },
    verbose: { type: "boolean", short: "v" },
  },
  run: async (context) => {
    const { files, values } = context.parsed;
    if (files.length === 0) throw new UsageError("diff: FILE is missing");
    const scenarios = await readScenarios(files);
    const { onlyBytesReproduce } = await import("@bpf-token/fuzz/node");
    if (values.c !== undefined && files.length > 1) {
      throw new UsageError("diff: --c needs exactly one FILE");
    }
    const { subjects, choices, close } = await openSubjects(context);
    const model = modelRuns();
    if (!context.json) printSubjects(context, subjects);
    const reports: FileReport[] = [];
    const interrupt = listenForInterrupt();
    try {
      for (const { file, scenario } of scenarios) {
        if (interrupt.came()) break;
        const compared = await interrupt.unlessInterrupted(() => diff(scenario, subjects, model));
        if (compared === undefined) break;
        const bytesIn = onlyBytesReproduce(file);
        const report = { file, ...compared, ...(bytesIn !== undefined && { bytesIn }) };
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
    const [only] = reports;
    if (values.c !== undefined && only !== undefined) {
      await writeProgram(String(values.c), only, subjects, choices);
    }
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

interface Opened {
  readonly subjects: readonly DiffSubject[];
  /** The kernels of the subjects, in the same order. */
  readonly choices: readonly Subject[];
  close(): void;
}

/** Writes the C program of `--c`. */
async function writeProgram(
  file: string,
  report: FileReport,
  subjects: readonly DiffSubject[],
  choices: readonly Subject[],
): Promise<void> {
  const { ReproducerRefused, reproducerOf } = await import("../../reproducer/index.js");
  const [first, second] = choices.map((choice, i) => ({
    name: subjects[i]?.name ?? "",
    open: () => choice.open(true),
  }));
  if (first === undefined || second === undefined || choices.length > 2) {
    throw new UsageError("diff: --c needs exactly two subjects");
  }
  let text: string;
  try {
    text = reproducerOf(report, [first, second]);
  } catch (error) {
    if (!(error instanceof ReproducerRefused)) throw error;
    throw new InconclusiveError(`diff: no C program: ${error.message}`);
  }
  await writeOutputFile(file, text);
}

async function openSubjects(context: Context): Promise<Opened> {
  const names = String(context.parsed.values.subjects ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length < 2) {
    throw new UsageError("diff: --subjects needs at least two kernels, e.g. model@6.12,model@6.18");
  }
  const pools: KernelPool[] = [];
  const subjects: DiffSubject[] = [];
  const choices: Subject[] = [];
  for (const name of names) {
    const choice = await chooseComparable(name, context);
    const kernels = new KernelPool(choice);
    pools.push(kernels);
    choices.push(choice);
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
  return { subjects, choices, close: () => closeAll(pools) };
}

function closeAll(pools: readonly KernelPool[]): void {
  for (const pool of pools) pool.close();
}

function plain(reports: readonly FileReport[], subjects: readonly DiffSubject[]): object {
  return {
    subjects: subjects.map(({ name, release, own }) => ({ name, release, own })),
    scenarios: reports.map(
      ({ file, scenario, traces, places, differences, unexpected, bytesIn }) => {
        const placesByStep = places.map((steps) => Object.fromEntries(steps));
        const own = {
          file,
          name: scenario.name,
          unexpected,
          ...(bytesIn !== undefined && { bytesIn }),
        };
        return { ...own, differences, traces, places: placesByStep };
      },
    ),
  };
}

async function save(file: unknown, text: () => string): Promise<void> {
  if (file !== undefined) await writeOutputFile(String(file), text());
}

function exitOf(reports: readonly FileReport[]): Exit {
  if (reports.some(({ unexpected }) => unexpected)) return Exit.FINDINGS;
  const known = reports.every(({ traces }) => traces.every(({ outcome }) => outcome !== "unknown"));
  const decided = !reports.every(isSkipped) && !reports.some(isUndecided);
  return known && decided ? Exit.FINE : Exit.CANNOT_TELL;
}
