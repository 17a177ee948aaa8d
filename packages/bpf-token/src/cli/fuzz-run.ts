// SPDX-License-Identifier: MIT
// What runs of machines and of real kernels have in common.

import { findingText, mostCrashes, type SmallFinding, type Tally } from "@bpf-token/fuzz";
import { type CoverageSum, FuzzFolder, type FuzzReport } from "@bpf-token/fuzz/node";
import type { DiffSubject } from "@bpf-token/scenario";
import { sharing } from "../diff/sharing.js";
import type { Context } from "./command.js";
import type { FuzzRequest } from "./fuzz-options.js";
import { progressLine } from "./fuzz-text.js";

/** What makes sequences and compares kernels by them. */
export interface BlockFuzzer<Finding> {
  readonly tally: Tally;
  /** How often in a row a kernel has crashed, where it can. */
  readonly crashes?: number;
  runBlock(): Finding | undefined;
}

/** How often progress is told. */
const PULSE = { terminal: 1_000, log: 15_000 };

/** Writes a finding where it is kept; the name of its file. */
export function saveFinding(
  { json, line, paint }: Context,
  request: FuzzRequest,
  folder: FuzzFolder | undefined,
  small: SmallFinding,
): string {
  const where = request.corpus ?? "fuzz-findings";
  const text = findingText(small, commandLine(request));
  const name = (folder ?? new FuzzFolder(where)).addFinding(small.input, text);
  if (!json) {
    line(`${paint("bad", "DIFFERS")}  ${small.what}`);
    line(`  ${where}/${name}`);
    if (!small.shown) line("  only the bytes in it show it, not the scenario alone");
  }
  return name;
}

/** Runs block by block to the goal, tells how it goes, and hands out what is found. */
export async function* blocks<Finding>(
  context: Context,
  fuzzer: BlockFuzzer<Finding>,
  allCoverage: () => Promise<readonly CoverageSum[]>,
  { goal, mostFindings }: FuzzRequest,
  findings: readonly string[],
): AsyncGenerator<Finding, void> {
  const { stderr } = context.io;
  const live = stderr.isTTY === true;
  const start = performance.now();
  let told = start;
  const done = (): number =>
    Math.max(
      fuzzer.tally.sequences / goal.sequences,
      fuzzer.tally.steps / goal.steps,
      (performance.now() - start) / goal.time,
    );
  while (done() < 1 && findings.length < mostFindings) {
    const finding = fuzzer.runBlock();
    if (finding !== undefined) yield finding;
    if ((fuzzer.crashes ?? 0) >= mostCrashes) {
      stderr.write(`bpf-token: fuzz: stopped: ${mostCrashes} stories in a row ended in a crash\n`);
      break;
    }
    const now = performance.now();
    if (now - told < (live ? PULSE.terminal : PULSE.log)) continue;
    told = now;
    const spent = (now - start) / 1000;
    const left = done() > 0 ? spent / done() - spent : undefined;
    const coverage = await allCoverage();
    const line = progressLine(fuzzer.tally, spent, coverage, findings.length, left);
    stderr.write(live ? `\r\u001b[K${line}` : `${line}\n`);
    // A turn of the event loop: text goes out, and ^C comes in.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (live) stderr.write("\r\u001b[K");
}

/** How far the same run came before. */
export function resumable(
  folder: FuzzFolder | undefined,
  { seed, shard }: FuzzRequest,
  subjects: readonly string[],
): FuzzReport | undefined {
  const report = folder?.report(shard);
  return report?.seed === seed && report.subjects.join() === subjects.join() ? report : undefined;
}

export function tellStart(
  { line, paint }: Context,
  { seed, shard }: FuzzRequest,
  subjects: readonly DiffSubject[],
  before: FuzzReport | undefined,
): void {
  const [first, ...others] = subjects;
  if (first === undefined) return;
  for (const other of others) {
    line(paint("strong", `${first.name} : ${other.name}`));
    line(`  ${sharing(first, other)}`);
  }
  const part = shard.count === 1 ? "" : `, shard ${shard.index + 1} of ${shard.count}`;
  const on = before === undefined ? "" : `, from block ${before.block} on`;
  line(`seed ${seed}${part}${on}`);
}

function commandLine({ subjects, seed, shard }: FuzzRequest): string {
  const part = shard.count === 1 ? "" : ` --shard ${shard.index + 1}/${shard.count}`;
  return `bpf-token fuzz --subjects ${subjects.join(",")} --seed ${seed}${part}`;
}
