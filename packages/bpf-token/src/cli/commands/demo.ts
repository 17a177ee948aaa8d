// SPDX-License-Identifier: MIT
import type { Scenario, Trace, TraceEvent } from "@bpf-token/scenario";
import { run } from "@bpf-token/scenario/runner";
import { demoScenario } from "../../generated/demo-scenario.js";
import { wrap } from "../../text/wrap.js";
import type { Command, Context } from "../command.js";
import { chooseKernel } from "../input/kernels.js";
import { proseWidth } from "../text/paint.js";
import { formatHead, formatStep, namesWidth, type TraceFormat } from "../text/trace-text.js";
import { Exit, InconclusiveError, kernelOptions, UsageError } from "../usage.js";

const silentKernel =
  "A real kernel does not say why it refuses. The reasons here are inferred: the same calls are made on the model, and where it answers otherwise, that is told instead.";

/** What is left of the story when it is over. */
const lessons = [
  "A token is made from the root of a BPF FS, and only in the user namespace that owns it. What it allows was written there by root of the machine.",
  "A token does not replace CAP_BPF: it says in which user namespace capabilities are asked for.",
  "What a token does not allow is put aside without a word. The EPERM that follows is that of a call without a token: compare the four masks first.",
  "The attach type counts as well: a program that names none is mostly taken for type 0, cgroup_inet_ingress.",
];

/** `bpf-token demo`: tells the story of the token. */
export const demo: Command = {
  summary: "tells the story of the BPF token, with the reason for every refusal",
  usage: `usage: bpf-token demo [--backend model|native] [--release R]
                      [--calls] [--json] [--no-color]

Root of the machine delegates a part of bpf() to a container; the container
makes a token, uses it, and is refused where it should be. Each step says who
does what and what the kernel answered, and for a refusal which check said no,
what it wanted and what it saw.

  --backend model    the model of the kernel, anywhere (default)
  --backend native   the running kernel: Linux 6.9 or newer, as root
  --release R        the release that the model follows, default 6.18
  --calls            every system call, those of set-up sequences too
  --json             the trace as JSON

examples:
  bpf-token demo
  bpf-token demo --backend native
  bpf-token demo --json | jq '.events[] | select(.errno)'
`,
  options: { ...kernelOptions, calls: { type: "boolean" } },
  run: async (context) => {
    if (context.parsed.files.length > 0) {
      throw new UsageError("demo takes no files; 'bpf-token run FILE' runs a scenario of yours");
    }
    return runDemo(context);
  },
};

async function runDemo(context: Context): Promise<Exit> {
  const choice = await chooseKernel(context);
  const scenario = JSON.parse(demoScenario) as Scenario;
  const how: TraceFormat = {
    paint: context.paint,
    width: proseWidth(context.out),
    calls: context.parsed.values.calls === true,
    names: namesWidth(scenario),
  };
  const kernel = choice.open();
  try {
    if (!context.json) {
      for (const line of formatHead(scenario, choice.title, how)) context.line(line);
      if (!kernel.features.refusals) {
        for (const line of [...wrap(silentKernel, how.width), ""]) context.line(line);
      }
    }
    const printer = new StepPrinter(context, how);
    const trace = run(kernel, scenario, { onStep: (event) => printer.add(event) });
    if (context.json) {
      context.printJson("demo", trace);
      return exits[trace.outcome];
    }
    printer.finish();
    if (trace.outcome === "skipped") throw new InconclusiveError(`the demo ${trace.reason}`);
    if (trace.outcome === "passed") for (const line of formatLessons(how)) context.line(line);
    for (const line of formatConclusion(trace, how)) context.line(line);
    if (trace.outcome === "unknown") throw new InconclusiveError(trace.reason ?? "no answer");
    return exits[trace.outcome];
  } finally {
    kernel.close();
  }
}

function formatLessons(how: TraceFormat): readonly string[] {
  const points = lessons.flatMap((lesson) =>
    wrap(lesson, how.width - 4).map((line, i) => (i === 0 ? `  - ${line}` : `    ${line}`)),
  );
  return [how.paint("strong", "What to remember"), "", ...points, ""];
}

function formatConclusion(trace: Trace, how: TraceFormat): readonly string[] {
  const refused = trace.events.filter((e) => e.errno !== undefined && e.verdict?.met === true);
  const [role, end] = ends[trace.outcome];
  const counts = `${trace.events.length} calls, ${refused.length} of them refused: `;
  const fits = counts.length + end.length <= how.width;
  return fits ? [counts + how.paint(role, end)] : [counts.trimEnd(), how.paint(role, end)];
}

const exits = {
  passed: Exit.FINE,
  failed: Exit.FINDINGS,
  skipped: Exit.CANNOT_TELL,
  unknown: Exit.CANNOT_TELL,
} as const;

const ends = {
  passed: ["good", "every answer as expected."],
  failed: ["bad", "not every answer was as expected."],
  skipped: ["warn", "not told."],
  unknown: ["warn", "not every answer could be had."],
} as const;

/** Collects the events of a step, and prints them when the next step begins. */
class StepPrinter {
  readonly #context: Context;
  readonly #how: TraceFormat;
  #step: TraceEvent[] = [];

  constructor(context: Context, how: TraceFormat) {
    this.#context = context;
    this.#how = how;
  }

  add(event: TraceEvent): void {
    if (this.#step[0] !== undefined && this.#step[0].step !== event.step) this.finish();
    this.#step.push(event);
  }

  finish(): void {
    if (!this.#context.json) {
      for (const line of formatStep(this.#step, this.#how)) this.#context.line(line);
    }
    this.#step = [];
  }
}
