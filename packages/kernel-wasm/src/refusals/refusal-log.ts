// SPDX-License-Identifier: GPL-2.0-only
import type { DecisionStep, Refusal } from "@bpf-token/syscall";
import { checkTable, errnoName, fixFor, type KernelRelease } from "@bpf-token/uapi";
import { refusalEntry, refusalLog } from "../generated/abi.js";
import type { Machine } from "../module/machine.js";
import { evidenceWords, missingRight } from "./evidence.js";

/** Index of the first entry, size of an entry, and offsets of its fields, in words. */
const HEAD = refusalLog.entry / 4;
const ENTRY = refusalEntry.bytes / 4;
const AT = {
  check: refusalEntry.check / 4,
  err: refusalEntry.err / 4,
  needed: refusalEntry.needed / 4,
  present: refusalEntry.present / 4,
};

/** The log that the core recorded during one call, in its memory layout. */
export type RawLog = Uint32Array;

const NOTHING: RawLog = new Uint32Array();

/** Copies the log of the last call. An empty log costs no copy. */
export function copyLog({ words, log }: Machine): RawLog {
  const count = Math.min(words[log] ?? 0, refusalLog.entryLength);
  return count === 0 ? NOTHING : words.slice(log + HEAD, log + HEAD + count * ENTRY);
}

/** Clears the log before an operation that is not a system call. */
export function clearLog({ words, log }: Machine): void {
  words[log] = 0;
}

interface Step {
  readonly err: number;
  readonly step: DecisionStep;
}

function u64(log: RawLog, at: number): bigint {
  return BigInt(log[at] ?? 0) | (BigInt(log[at + 1] ?? 0) << 32n);
}

function readStep(log: RawLog, at: number, release: KernelRelease): Step | undefined {
  const info = checkTable()[log[at + AT.check] ?? 0];
  if (info === undefined) return undefined;
  const err = (log[at + AT.err] ?? 0) | 0;
  const errno = errnoName(err);
  const [needed, present] = [u64(log, at + AT.needed), u64(log, at + AT.present)];
  const missing = missingRight(info, needed, present);
  const fix = fixFor(info.id);
  const step: DecisionStep = {
    check: info.id,
    ...(err === 0 || errno === undefined ? {} : { errno }),
    where: `${info.file}:${info.func}`,
    sentence: info.sentence,
    ...evidenceWords(info.evidence, release, needed, present),
    ...(missing === undefined ? {} : { missing }),
    ...(fix === undefined ? {} : { fix }),
  };
  return { err, step };
}

/** The last decoded log: callers usually query both the decisions and the refusal of a call. */
let last:
  | undefined
  | { readonly log: RawLog; readonly release: KernelRelease; readonly steps: readonly Step[] };

/** Decodes a log. The cache is safe because a copied log never changes. */
function readSteps(log: RawLog, release: KernelRelease): readonly Step[] {
  if (log.length === 0) return [];
  if (last?.log !== log || last.release !== release) {
    last = { log, release, steps: stepsOf(log, release) };
  }
  return last.steps;
}

function stepsOf(log: RawLog, release: KernelRelease): readonly Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < log.length; at += ENTRY) {
    const step = readStep(log, at, release);
    if (step !== undefined) steps.push(step);
  }
  return steps;
}

/** Returns every decision of a call, in order. */
export function decisionsOf(log: RawLog, release: KernelRelease): readonly DecisionStep[] {
  return readSteps(log, release).map(({ step }) => step);
}

/**
 * Returns the decision that made a call answer `ret`, with all decisions before it; undefined if
 * the log has none.
 */
export function refusalOf(log: RawLog, ret: number, release: KernelRelease): Refusal | undefined {
  if (ret >= 0) return undefined;
  const steps = readSteps(log, release);
  const at = steps.findLastIndex(({ err }) => err === ret);
  const refusing = steps[at];
  if (refusing === undefined) return undefined;
  const chain = steps.slice(0, at + 1).map(({ step }) => step);
  const cause = chain.find(({ errno }) => errno === undefined) ?? refusing.step;
  return { ...refusing.step, certainty: "observed", cause, chain };
}
