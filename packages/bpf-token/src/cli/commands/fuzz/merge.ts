// SPDX-License-Identifier: MIT
import type { MergedReport } from "@bpf-token/fuzz";
import type { Context } from "../../command.js";
import { HELP } from "../../input/fuzz-request.js";
import { printReport } from "../../text/fuzz-text.js";
import { Exit, type ExitCode, InconclusiveError, UsageError } from "../../usage.js";

/** `bpf-token fuzz merge DIR…`: adds up the reports of the shards of a run. */
export async function fuzzMerge(context: Context): Promise<ExitCode> {
  const [, ...folders] = context.parsed.files;
  if (folders.length === 0) throw new UsageError("fuzz merge: DIR is missing", HELP);
  const [{ mergeReports }, { FuzzFolder }] = await Promise.all([
    import("@bpf-token/fuzz"),
    import("@bpf-token/fuzz/node"),
  ]);
  const reports = folders.flatMap((folder) => new FuzzFolder(folder).reports());
  const [first] = reports;
  if (first === undefined) {
    throw new InconclusiveError(`fuzz merge: there is no report in ${folders.join(", ")}`);
  }
  let merged: MergedReport;
  try {
    merged = mergeReports(reports);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InconclusiveError(`fuzz merge: ${error.message}`);
  }
  if (context.json) context.printJson("fuzz-merge", merged);
  else printMerged(context, merged, first.shard.count);
  if (merged.findings.length > 0) return Exit.FINDINGS;
  return merged.missing.length > 0 || merged.tally.sequences === 0 ? Exit.CANNOT_TELL : Exit.FINE;
}

function printMerged(context: Context, merged: MergedReport, count: number): void {
  const { subjects, seed, shards, findings, missing } = merged;
  context.line(`${subjects.join(" : ")}, seed ${seed}, ${shards} shards`);
  printReport(context, merged);
  for (const name of findings) context.line(`  ${name}`);
  for (const i of missing) {
    context.line(context.paint("bad", `shard ${i + 1} of ${count} is missing`));
  }
}
