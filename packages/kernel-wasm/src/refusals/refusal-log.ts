// SPDX-License-Identifier: GPL-2.0-only
import type { DecisionStep, Refusal } from "@bpf-token/syscall";
import { checkTable, errnoName, type KernelRelease } from "@bpf-token/uapi";
import { refusalEntry, refusalLog } from "../generated/abi.js";
import type { Machine } from "../module/machine.js";
import { evidenceWords } from "./evidence.js";

/** The first entry, the bytes of one and its fields, in words. */
const HEAD = refusalLog.entry / 4;
const ENTRY = refusalEntry.bytes / 4;
const AT = {
  check: refusalEntry.check / 4,
  err: refusalEntry.err / 4,
  needed: refusalEntry.needed / 4,
  present: refusalEntry.present / 4,
};

/** What the core recorded during one call, as it lies in memory. */
export type RawLog = Uint32Array;

const NOTHING: RawLog = new Uint32Array();

/** Copies the record of the last call; cheap where there is none. */
export function copyLog({ words, log }: Machine): RawLog {
  const count = Math.min(words[log] ?? 0, refusalLog.entryLength);
  return count === 0 ? NOTHING : words.slice(log + HEAD, log + HEAD + count * ENTRY);
}

/** Forgets the record, before an operation that is no system call. */
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
  const words = evidenceWords(
    info.evidence,
    release,
    u64(log, at + AT.needed),
    u64(log, at + AT.present),
  );
  const step: DecisionStep = {
    check: info.id,
    ...(err === 0 || errno === undefined ? {} : { errno }),
    where: `${info.file}:${info.func}`,
    sentence: info.sentence,
    ...words,
  };
  return { err, step };
}

/** What was read last: who wants the decisions of a call mostly wants the refusal as well. */
let last:
  | undefined
  | { readonly log: RawLog; readonly release: KernelRelease; readonly steps: readonly Step[] };

/** A copy of the record does not change. */
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

/** Every decision of a call, in order. */
export function decisionsOf(log: RawLog, release: KernelRelease): readonly DecisionStep[] {
  return readSteps(log, release).map(({ step }) => step);
}

/** The decision that made a call answer `ret`, with what led to it; undefined if none did. */
export function refusalOf(log: RawLog, ret: number, release: KernelRelease): Refusal | undefined {
  if (ret >= 0) return undefined;
  const steps = readSteps(log, release);
  const at = steps.findLastIndex(({ err }) => err === ret);
  const refusing = steps[at];
  if (refusing === undefined) return undefined;
  const chain = steps.slice(0, at + 1).map(({ step }) => step);
  return { ...refusing.step, certainty: "observed", chain };
}
