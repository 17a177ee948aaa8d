// SPDX-License-Identifier: MIT

import type { FileCoverage, MeasuredFile } from "@bpf-token/fuzz";
import type { Scenario } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import type { FoundSource } from "@bpf-token/upstream/node";
import type { Command, Context } from "../../command.js";
import { readScenarios } from "../../input/scenarios.js";
import { listing } from "./listing.js";
import { Exit, type ExitCode, InconclusiveError, UsageError } from "../../usage.js";

const HELP = "bpf-token coverage --help";

/** `bpf-token coverage`: lists the lines of upstream source that scenarios and sequences run. */
export const coverage: Command = {
  usage: `usage: bpf-token coverage SOURCE [FILE…] [--sequences N] [--corpus DIR]

Compiles token.c and inode.c of SOURCE (see 'bpf-token upstream --help') with
coverage counters, runs the scenarios and random sequences, and prints a
listing: how often each line ran, and which conditions were never true or never
false. SOURCE is read again on each run; no copy of it is kept.

  --sequences N      number of random sequences, as 'bpf-token fuzz' generates
                     them; default 20000
  --corpus DIR       also run the inputs that 'bpf-token fuzz' saved in DIR
  --seed S           seed of the sequences; default 1
  --as RELEASE       release to compile for, if the source does not state it
  --all              list every line, not only those near a missed one
  --json             print the result as JSON

exit codes: 0 every line and branch was reached, 1 at least one was not,
            2 usage, or a file cannot be read, 3 SOURCE cannot be compiled or
            run

examples:
  bpf-token coverage /usr/src/linux-source-6.12.tar.xz scenarios/*.yaml
  bpf-token coverage my-token.c --as 6.18 --sequences 100000 --all
`,
  options: {
    sequences: { type: "string" },
    corpus: { type: "string" },
    seed: { type: "string" },
    as: { type: "string" },
    all: { type: "boolean" },
  },
  run: async (context) => {
    const [place, ...files] = context.parsed.files;
    if (place === undefined) throw new UsageError("coverage: SOURCE is missing", HELP);
    const scenarios = (await readScenarios(files)).map(({ scenario }) => scenario);
    const [
      { CompileError, CompilerError, SourceError },
      { KernelCrashed, ModuleError },
      { releaseFor },
      { findSource },
    ] = await Promise.all([
      import("@bpf-token/upstream"),
      import("@bpf-token/kernel-wasm"),
      import("../upstream.js"),
      import("@bpf-token/upstream/node"),
    ]);
    try {
      const found = await findSource(place);
      const release = await releaseFor(context, found);
      return printCoverage(context, await measure(context, found, release, scenarios));
    } catch (error) {
      if (error instanceof SourceError) throw new UsageError(`coverage: ${error.message}`, "");
      const known = [CompilerError, CompileError, KernelCrashed, ModuleError];
      if (known.some((kind) => error instanceof kind)) {
        const [message = "", ...more] = (error as Error).message.split("\n");
        throw new InconclusiveError(`coverage: ${message}`, [], more);
      }
      throw error;
    }
  },
};

async function measure(
  { parsed: { values }, io }: Context,
  { files }: FoundSource,
  release: KernelRelease,
  scenarios: readonly Scenario[],
): Promise<readonly MeasuredFile[]> {
  const [{ measureCoverage }, { FuzzFolder }, { defaultCompiler }] = await Promise.all([
    import("@bpf-token/fuzz"),
    import("@bpf-token/fuzz/node"),
    import("@bpf-token/upstream/node"),
  ]);
  return measureCoverage({
    files,
    release,
    compiler: await defaultCompiler(),
    scenarios,
    sequences: whole("--sequences", values.sequences) ?? 20_000,
    seed: whole("--seed", values.seed) ?? 1,
    inputs: values.corpus === undefined ? [] : new FuzzFolder(String(values.corpus)).inputs(),
    onEnded: (message) => io.stderr.line(`bpf-token: coverage: ${message}`),
  });
}

function whole(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new UsageError(`coverage: ${option} needs a whole number, not '${String(value)}'`, HELP);
}

function printCoverage(context: Context, rows: readonly MeasuredFile[]): ExitCode {
  if (context.json) {
    context.printJson("coverage", { files: rows.map(({ coverage: of }) => plain(of)) });
  } else {
    for (const row of rows) {
      for (const line of listing(row, context.parsed.values.all === true, context.paint)) {
        context.line(line);
      }
    }
  }
  return rows.every(({ coverage: of }) => isWhole(of)) ? Exit.FINE : Exit.FINDINGS;
}

function plain({ path, lines, branches }: FileCoverage): object {
  return { path, lines: Object.fromEntries(lines), branches };
}

function isWhole({ lines, branches }: FileCoverage): boolean {
  return (
    [...lines.values()].every((n) => n > 0) &&
    branches.every(({ taken, notTaken }) => taken > 0 && notTaken > 0)
  );
}
