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
  "A real kernel gives no reasons. bpf-token infers them by replaying the calls on the model, and reports any disagreement.";

/** What the demo prints at its end. */
const lessons = [
  "A token is created from the root directory of a BPF filesystem, and only in the user namespace that owns it. The host sets what the token allows before it creates the filesystem.",
  "A token does not replace CAP_BPF. It selects the user namespace in which the kernel checks capabilities.",
  "If a token does not allow something, the kernel silently ignores the token. The EPERM that follows is that of a call without a token. Compare the four masks first.",
  "The attach type counts as well. Most programs that set none have type 0, which is cgroup_inet_ingress.",
];

/** `bpf-token demo`: runs the example scenario and explains every refusal. */
export const demo: Command = {
  usage: `usage: bpf-token demo [--backend model|native] [--release R]
                      [--calls] [--json] [--no-color]

The host delegates a part of bpf() to a container. The container creates a
token and uses it. Each step prints the caller, the call and the result. For a
refusal it also prints the check, the required and actual values, and the fix.

  --backend model    the model of the kernel, anywhere (default)
  --backend native   the running kernel: Linux 6.9 or newer, as root
  --release R        the release that the model follows; default: the newest
  --calls            print every system call, also those of setup sequences
  --json             print the trace as JSON

examples:
  bpf-token demo
  bpf-token demo --backend native
  bpf-token demo --json | jq '.events[] | select(.errno)'
`,
  options: { ...kernelOptions, calls: { type: "boolean" } },
  run: async (context) => {
    if (context.parsed.files.length > 0) {
      throw new UsageError("demo takes no files; 'bpf-token run FILE' runs your own scenario");
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
    if (trace.outcome === "unknown")
      throw new InconclusiveError(trace.reason ?? "the kernel gave no answer");
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
  skipped: ["warn", "the demo was skipped."],
  unknown: ["warn", "some answers are unknown."],
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
