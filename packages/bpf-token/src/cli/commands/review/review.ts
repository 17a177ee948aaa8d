// SPDX-License-Identifier: MIT
import type { Command, Context } from "../../command.js";
import { writeOutputFile } from "../../input/files.js";
import { milliseconds } from "../../input/fuzz-request.js";
import { Exit, type ExitCode, FindingError, InconclusiveError, UsageError } from "../../usage.js";
import { buildBoth } from "./build.js";
import { reviewText } from "./report.js";
import { runRules } from "./rules.js";
import { runSequences, type SequenceRun } from "./sequences.js";

const HELP = "bpf-token review --help";
/** Milliseconds of the random sequences. */
const DEFAULT_TIME = 60_000;

/** `bpf-token review`: tests a patch of kernel/bpf before and after, and prints a report. */
export const review: Command = {
  usage: `usage: bpf-token review PATCH --base SOURCE [--suite DIR] [--time T]

Applies a patch to kernel/bpf/token.c and inode.c of SOURCE, and compiles both
versions together with the model. Lists the functions that the patch changes,
and the rules of the specification in which they decide. Runs the scenarios of
these rules and random sequences on both versions, and prints a report in
Markdown that you can paste into a mail.

PATCH is a patch of git or 'diff -u', a mail, or a mailbox with a series.

  --base SOURCE      what the patch applies to: a release such as 6.12, whose
                     source 'npm run guest -- source' or Debian's package
                     installed; a kernel tree, DIR@REVISION or an archive
  --as RELEASE       release to compile for, if SOURCE does not state it
  --suite DIR        scenarios; default is the suite of a checkout of bpf-token
  --time T           time of the random sequences, half of it with answers of a
                     security module and faults; default 60s
  --name N           names the modules N-before and N-after; default is review
  --findings DIR     folder of the findings; default is fuzz-findings
  --output FILE      write the report to FILE
  --compiler C       path of a clang, or 'yowasp' for the one from npm
  --json             print the result as JSON

exit codes: 0 no answer changed, 1 an answer changed, or the patched source does
            not compile, 2 usage, or the patch does not apply, 3 a compiler is
            missing, or nothing was compared

examples:
  bpf-token review fix.patch --base ~/linux@v6.18
  bpf-token review series.mbox --base 6.12 --time 10m --output review.md
`,
  options: {
    base: { type: "string" },
    as: { type: "string" },
    suite: { type: "string" },
    time: { type: "string" },
    name: { type: "string" },
    findings: { type: "string" },
    output: { type: "string" },
    compiler: { type: "string" },
  },
  run: async (context) => {
    const [patch, second] = context.parsed.files;
    if (patch === undefined) throw new UsageError("review: PATCH is missing", HELP);
    if (second !== undefined) {
      const how = `put a series into one file: cat ${patch} ${second} >series.mbox`;
      throw new UsageError(`review: takes one PATCH, '${second}' is a second one; ${how}`, HELP);
    }
    const { CompileError, CompilerError, SourceError } = await import("@bpf-token/upstream");
    try {
      return await reviewPatch(context, patch);
    } catch (error) {
      if (error instanceof SourceError) {
        throw new UsageError(`review: ${error.message}`, "", error.hunk);
      }
      if (error instanceof CompilerError) throw new InconclusiveError(`review: ${error.message}`);
      if (error instanceof RangeError) throw new UsageError(`review: ${error.message}`, HELP);
      if (!(error instanceof CompileError)) throw error;
      const [message = "", ...more] = error.message.split("\n");
      throw new FindingError(`review: ${message}`, more);
    }
  },
};

async function reviewPatch(context: Context, patch: string): Promise<ExitCode> {
  const { values } = context.parsed;
  const time = values.time === undefined ? DEFAULT_TIME : milliseconds("review", values.time);
  const built = await buildBoth(context, patch);
  const rules = await runRules(context, built);
  const sequences: SequenceRun[] = [];
  for (const confined of [false, true]) {
    sequences.push(await runSequences(context, built, { time: time / 2, confined }));
  }
  const text = reviewText({ built, rules, sequences });
  if (values.output !== undefined) await writeOutputFile(String(values.output), text);
  if (context.json) context.printJson("review", plain(built, rules, sequences));
  else if (values.output === undefined) context.out.lines(text);
  const changed =
    rules.differing.length > 0 || sequences.some(({ findings }) => findings.length > 0);
  if (changed) return Exit.FINDINGS;
  return sequences.every(({ sequences: n }) => n > 0) ? Exit.FINE : Exit.CANNOT_TELL;
}

function plain(
  { release, functions, outside, untested, names }: Awaited<ReturnType<typeof buildBoth>>,
  { rules, suite, run, differing }: Awaited<ReturnType<typeof runRules>>,
  sequences: readonly SequenceRun[],
): object {
  const scenarios = differing.map(({ file, report }) => ({
    file,
    differences: report.differences,
  }));
  return {
    release,
    subjects: names,
    functions,
    outside,
    untested,
    rules,
    suite,
    run,
    scenarios,
    sequences,
  };
}
