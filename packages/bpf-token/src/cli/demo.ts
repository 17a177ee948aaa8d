// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseScenario, run, type TraceEvent } from "@bpf-token/scenario";
import { chooseKernel } from "./kernels.js";
import { proseWidth } from "./paint.js";
import type { Command, Context } from "./program.js";
import { type Telling, tellHead, tellStep } from "./tell.js";
import { CannotTellError, Exit, kernelOptions, UsageError } from "./usage.js";

const story = new URL("../../scenarios/story.yaml", import.meta.url);

const silentKernel =
  "This kernel does not say why it refuses; 'bpf-token demo' on the model does.\n";

/** `bpf-token demo`: tells the story of the token. */
export const demo: Command = {
  summary: "tells the story of the BPF token, step by step, with the reason for every refusal",
  usage: `usage: bpf-token demo [--backend model|native] [--release R] [--calls] [--json] [--no-color]

Root of the machine delegates a part of bpf() to a container; the container makes a token, uses it,
and is refused where it should be. Each step says who does what and what the kernel answered, and
for a refusal which check said no, what it wanted and what it saw.

  --backend model    the model of the kernel, anywhere (default)
  --backend native   the running kernel: Linux 6.9 or newer, as root
  --release R        the release that the model follows, default 6.18
  --calls            every system call, those of set-up sequences too

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
    return tellStory(context);
  },
};

async function tellStory(context: Context): Promise<Exit> {
  const choice = await chooseKernel(context.parsed);
  const scenario = parseScenario(await readFile(story, "utf8"), { file: fileURLToPath(story) });
  const how: Telling = {
    paint: context.paint,
    width: proseWidth(context.out),
    calls: context.parsed.values.calls === true,
  };
  const kernel = choice.open();
  try {
    if (!context.json) {
      for (const line of tellHead(scenario, choice.title, how)) context.line(line);
      if (!kernel.features.refusals) context.line(silentKernel);
    }
    const teller = new Teller(context, how);
    const trace = run(kernel, scenario, { onStep: (event) => teller.hear(event) });
    if (context.json) {
      context.line(JSON.stringify(trace, null, 2));
    } else {
      teller.finish();
    }
    if (trace.outcome === "skipped") throw new CannotTellError(`the story ${trace.reason}`);
    if (!context.json) context.line(conclusion(trace.events, trace.outcome, context));
    if (trace.outcome === "unknown") throw new CannotTellError(trace.reason ?? "no answer");
    return trace.outcome === "passed" ? Exit.FINE : Exit.FINDINGS;
  } finally {
    kernel.close();
  }
}

function conclusion(events: readonly TraceEvent[], outcome: string, context: Context): string {
  const refused = events.filter((e) => e.errno !== undefined && e.verdict?.met === true).length;
  const end =
    outcome === "passed"
      ? context.paint("good", "every answer as expected")
      : context.paint("bad", "not every answer was as expected");
  return `${events.length} calls, ${refused} of them refused, ${end}.`;
}

/** Gathers the events of a step and tells them when the next one begins. */
class Teller {
  readonly #context: Context;
  readonly #how: Telling;
  #step: TraceEvent[] = [];

  constructor(context: Context, how: Telling) {
    this.#context = context;
    this.#how = how;
  }

  hear(event: TraceEvent): void {
    if (this.#step[0] !== undefined && this.#step[0].step !== event.step) this.finish();
    this.#step.push(event);
  }

  finish(): void {
    if (!this.#context.json) {
      for (const line of tellStep(this.#step, this.#how)) this.#context.line(line);
    }
    this.#step = [];
  }
}
