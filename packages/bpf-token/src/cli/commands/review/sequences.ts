// SPDX-License-Identifier: MIT
import type { MinimizedFinding } from "@bpf-token/fuzz";
import type { Context } from "../../command.js";
import { shellWord } from "../../text/markdown.js";
import { findingFiles } from "../fuzz/finding-files.js";
import { openSubjects } from "../fuzz/open.js";
import type { BuiltPatch } from "./build.js";

/** Random sequences on both versions. */
export interface SequenceRun {
  /** Whether the sequences have no faults and no answers of a security module. */
  readonly confined: boolean;
  readonly sequences: number;
  readonly steps: number;
  readonly seconds: number;
  readonly findings: readonly SavedFinding[];
  /** Whether the run ended before its time, after the most findings. */
  readonly ended: boolean;
}

/** A finding and the folder that reproduces it. */
export interface SavedFinding
  extends Pick<MinimizedFinding, "kind" | "message" | "parting" | "reproduces"> {
  readonly folder: string;
  /** How many more findings have the same lines and the same difference. */
  readonly alike: number;
}

/** The most findings of one run; more of the same patch say little. */
const MOST = 5;

/** Runs random sequences for a time. */
export async function runSequences(
  context: Context,
  { names, patch, base }: BuiltPatch,
  { time, confined }: { readonly time: number; readonly confined: boolean },
): Promise<SequenceRun> {
  const [{ Fuzzer, runBlocks }, { FuzzFolder }] = await Promise.all([
    import("@bpf-token/fuzz"),
    import("@bpf-token/fuzz/node"),
  ]);
  const { open, subjects, close } = await openSubjects(names, context, confined);
  const where = String(context.parsed.values.findings ?? "fuzz-findings");
  const findings: SavedFinding[] = [];
  const start = performance.now();
  try {
    const fuzzer = new Fuzzer(open.comparison);
    const most = Number.POSITIVE_INFINITY;
    const goal = { sequences: most, steps: most, time, findings: MOST };
    for (const event of runBlocks(fuzzer, goal, most, 200)) {
      if (event.kind === "finding") {
        const { kind, message, reproduces, parting } = event.finding;
        const command = `bpf-token review ${shellWord(patch)} --base ${shellWord(base)}`;
        const files = await findingFiles(event.finding, command, subjects, confined);
        const folder = `${where}/${new FuzzFolder(where).addFinding(files)}`;
        findings.push({ kind, message, reproduces, folder, alike: 0, ...(parting && { parting }) });
      }
      // One turn of the event loop handles ^C.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { sequences, steps } = fuzzer.tally;
    const seconds = Math.round((performance.now() - start) / 100) / 10;
    const ended = findings.length >= MOST;
    return { confined, sequences, steps, seconds, findings: once(findings), ended };
  } finally {
    close();
  }
}

/** Counts findings of the same lines and the same difference once. */
function once(findings: readonly SavedFinding[]): readonly SavedFinding[] {
  const groups = new Map<string, SavedFinding>();
  for (const one of findings) {
    const [place] = one.parting?.places ?? [];
    const [difference] = one.parting?.differences ?? [];
    const key = JSON.stringify([one.kind, place?.function, place?.line, difference ?? one.folder]);
    const known = groups.get(key);
    groups.set(key, known === undefined ? one : { ...known, alike: known.alike + 1 });
  }
  return [...groups.values()];
}
