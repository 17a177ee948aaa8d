// SPDX-License-Identifier: MIT

import { sum } from "@bpf-token/fuzz";
import { type CoverageSum, FuzzFolder, type FuzzReport } from "@bpf-token/fuzz/node";
import type { Context } from "./command.js";
import { HELP } from "./fuzz-options.js";
import { tellReport } from "./fuzz-text.js";
import { CannotTellError, Exit, type ExitCode, UsageError } from "./usage.js";

/** `bpf-token fuzz merge DIR…`: what the shards of a run came to together. */
export function fuzzMerge(context: Context): ExitCode {
  const [, ...folders] = context.parsed.files;
  if (folders.length === 0) throw new UsageError("fuzz merge: which folders?", HELP);
  const reports = folders.flatMap((folder) => new FuzzFolder(folder).reports());
  const [first] = reports;
  if (first === undefined) {
    throw new CannotTellError(`fuzz merge: no report in ${folders.join(", ")}`);
  }
  const other = reports.find((one) => runOf(one) !== runOf(first));
  if (other !== undefined) {
    throw new CannotTellError(
      `fuzz merge: ${runOf(first)} and ${runOf(other)} are not parts of one run`,
    );
  }
  const merged = {
    subjects: first.subjects,
    seed: first.seed,
    shards: reports.length,
    tally: sum(reports.map(({ tally }) => tally)),
    expected: reports.reduce((n, { expected }) => n + expected, 0),
    coverage: together(reports.map(({ coverage }) => coverage)),
    findings: [...new Set(reports.flatMap(({ findings }) => findings))],
  };
  const there = new Set(reports.map(({ shard }) => shard.index));
  const missing = Array.from({ length: first.shard.count }, (_, i) => i).filter(
    (i) => !there.has(i),
  );
  if (context.json) context.printJson("fuzz-merge", { ...merged, missing });
  else {
    context.line(`${merged.subjects.join(" : ")}, seed ${merged.seed}, ${there.size} shards`);
    tellReport(context, merged);
    for (const name of merged.findings) context.line(`  ${name}`);
    for (const i of missing)
      context.line(context.paint("bad", `shard ${i + 1} of ${first.shard.count} is missing`));
  }
  if (merged.findings.length > 0) return Exit.FINDINGS;
  return missing.length > 0 ? Exit.CANNOT_TELL : Exit.FINE;
}

function runOf({ subjects, seed, shard }: FuzzReport): string {
  return `${subjects.join(" : ")} seed ${seed} in ${shard.count}`;
}

/** What any of them reached. */
function together(all: readonly (readonly CoverageSum[])[]): readonly CoverageSum[] {
  const [first = []] = all;
  return first.map(({ path, branches, lines }, i) => ({
    path,
    branches: {
      reached: [...new Set(all.flatMap((one) => one[i]?.branches.reached ?? []))].sort(),
      all: branches.all,
    },
    lines: {
      reached: [...new Set(all.flatMap((one) => one[i]?.lines.reached ?? []))].sort(
        (a, b) => a - b,
      ),
      all: lines.all,
    },
  }));
}
