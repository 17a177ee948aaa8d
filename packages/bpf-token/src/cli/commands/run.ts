// SPDX-License-Identifier: MIT
import type { Trace, TraceEvent } from "@bpf-token/scenario";
import { formatRefusal, formatUnexplained } from "../../explain/refusal.js";
import { KernelPool } from "../../subjects/pool.js";
import type { Subject } from "../../subjects/subject.js";
import type { Command, Context } from "../command.js";
import { chooseKernel } from "../input/kernels.js";
import { readScenarios } from "../input/scenarios.js";
import { listenForInterrupt, printInterrupted } from "../interrupt.js";
import { proseWidth } from "../text/paint.js";
import { callLine, unmetText } from "../text/trace-text.js";
import { Exit, kernelOptions, UsageError } from "../usage.js";

/** `bpf-token run`: runs scenario files on a kernel. */
export const runScenarios: Command = {
  usage: `usage: bpf-token run FILE… [--subject KERNEL] [--verbose] [--json]
                     [--no-color]

Runs each scenario on a fresh kernel and compares each answer with the expected
one. docs/scenario.md describes the scenario format.

  --subject model        the model of the kernel, on any platform (default)
  --subject model@6.12   the model of that release; default is the newest
  --subject native       the running kernel: Linux 6.9 or newer, as root
  --subject guest:7.3    Debian's Linux 7.3 in a QEMU virtual machine; also
                         guest:6.12, 6.12-arm64, 6.18, 6.19, 7.0, 7.1, 7.2
  --subject guest:uml    Debian's User-mode Linux 6.12 in an ordinary process
  --subject bpf:7.3      Linux's own BPF subsystem in a WebAssembly module,
                         built by 'npm run kernel-bpf'; also bpf:6.12
  --subject upstream:N   upstream token.c, compiled by 'upstream build --name N'
  --backend B            same as --subject, for model and native only
  --release R            release of the model: any Linux release from 6.9, such
                         as 6.11 or 6.18.15-cloud; prints whose rules apply
  --verbose, -v          print every call, its answer and each refusal's reason
  --json                 print the traces as JSON, one for each file

A real kernel gives no reasons. bpf-token infers them by replaying the calls on
the model, and always reports any disagreement. For a guest that is newer than
the model, bpf-token infers no reasons.

exit codes: 0 all passed
            1 an answer was not as expected
            2 usage, or a file cannot be read or is not a scenario
            3 nothing unexpected, but an answer is unknown, or every scenario
              was skipped
            130 SIGINT or SIGTERM ended it after some of the scenarios

examples:
  bpf-token run scenario.yaml
  bpf-token run --backend native -v scenario.yaml
  bpf-token run --subject guest:6.12 scenario.yaml
  bpf-token run --release 6.12 --json scenarios/*.yaml
`,
  options: { ...kernelOptions, verbose: { type: "boolean", short: "v" } },
  run: async (context) => {
    const files = context.parsed.files;
    if (files.length === 0)
      throw new UsageError("run: FILE is missing, e.g. 'bpf-token run scenario.yaml'");
    const scenarios = await readScenarios(files);
    const choice = await chooseKernel(context);
    const traces: (Trace & { readonly file: string })[] = [];
    const kernels = new KernelPool(choice);
    const interrupt = listenForInterrupt();
    try {
      for (const { file, scenario } of scenarios) {
        if (interrupt.came()) break;
        const trace = await interrupt.unlessInterrupted(() => kernels.run(scenario));
        if (trace === undefined) break;
        if (!context.json) print(context, file, trace);
        traces.push({ file, ...trace });
        // One turn of the event loop reaps the executor's process and flushes the output.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      interrupt.stop();
      kernels.close();
    }
    const interrupted = traces.length < scenarios.length;
    if (context.json) context.printJson("run", { traces, ...(interrupted && { interrupted }) });
    else {
      if (interrupted) printInterrupted(context, traces.length, scenarios.length);
      context.line(summary(traces, choice));
    }
    const exit = exitOf(traces);
    return interrupted && exit !== Exit.FINDINGS ? Exit.INTERRUPTED : exit;
  },
};

const marks = {
  passed: ["good", "passed "],
  failed: ["bad", "FAILED "],
  skipped: ["warn", "skipped"],
  unknown: ["warn", "unknown"],
} as const;

function print(context: Context, file: string, trace: Trace): void {
  const { paint, line } = context;
  const [role, word] = marks[trace.outcome];
  const reason = trace.reason === undefined ? "" : paint("quiet", `  (${trace.reason})`);
  line(`${paint(role, word)}  ${file}  ${paint("quiet", trace.scenario)}${reason}`);
  const verbose = context.parsed.values.verbose === true;
  for (const event of trace.events) {
    const unanswered = event.outcome !== "answered" && event.outcome !== "skipped";
    const differs = event.unexplained?.divergence !== undefined;
    if (verbose || unanswered || differs || event.verdict?.met === false)
      printEvent(context, file, event);
  }
}

function printEvent(context: Context, file: string, event: TraceEvent): void {
  const { paint, line } = context;
  const place = event.line === undefined ? `step ${event.step + 1}` : `${file}:${event.line}`;
  line(`  ${paint("quiet", place)}  ${paint("who", event.task)}  ${callLine(event, paint)}`);
  const unmet = event.outcome === "answered" ? unmetText(event) : undefined;
  if (unmet !== undefined) line(`      ${paint("bad", unmet)}`);
  const width = proseWidth(context.out) - 6;
  const { refusal, unexplained } = event;
  if (refusal !== undefined) {
    for (const text of formatRefusal(refusal, { width, paint })) line(`      ${text}`);
  }
  if (unexplained !== undefined) {
    for (const text of formatUnexplained(unexplained, { width, paint })) line(`      ${text}`);
  }
}

function count(traces: readonly Trace[], outcome: Trace["outcome"]): number {
  return traces.filter((trace) => trace.outcome === outcome).length;
}

function summary(traces: readonly Trace[], choice: Subject): string {
  const parts = (["passed", "failed", "skipped", "unknown"] as const)
    .map((outcome) => [count(traces, outcome), outcome] as const)
    .filter(([n, outcome]) => n > 0 || outcome === "passed" || outcome === "failed")
    .map(([n, outcome]) => `${n} ${outcome}`);
  return `${parts.join(", ")} on ${choice.title}`;
}

function exitOf(traces: readonly Trace[]): Exit {
  if (count(traces, "failed") > 0) return Exit.FINDINGS;
  if (count(traces, "unknown") > 0 || count(traces, "passed") === 0) return Exit.CANNOT_TELL;
  return Exit.FINE;
}
