// SPDX-License-Identifier: MIT
// What recorded calls used of a delegation, and proof that less is enough for them.
import { axisNames, type DelegationMasks, parseTokenMasks } from "@bpf-token/delegation";
import {
  type Attempt,
  RecordedCallReader,
  type RecordedCalls,
  RecordingParser,
  replayCalls,
  type TracedCall,
  type TracedFile,
  type TraceEvent,
} from "@bpf-token/diagnose";
import { masksOfCalls } from "../policy/recorded.js";
import { masksKey, masksOf } from "./access.js";

/** What the recorded processes of a row did with its delegation. */
export interface Narrowing {
  /** How many different calls passed a token. */
  readonly calls: number;
  /** The part of the delegation that these calls need; empty masks without such a call. */
  readonly used: DelegationMasks;
  /**
   * Whether the model answers each recorded call alike with `used` only. `undefined` without a call to
   * make again.
   */
  readonly proven: boolean | undefined;
}

/** What the processes of a row were seen to use. */
export interface Use extends Narrowing {
  /** For how long they were followed. */
  readonly seconds: number;
  /** How many of its processes were followed. */
  readonly traced: number;
}

const nothing: DelegationMasks = { cmds: 0n, maps: 0n, progs: 0n, attachs: 0n };

/**
 * Computes what recordings of some processes need of a delegation, and replays them on the model with
 * that part only.
 *
 * @param recordings - the text of one recording for each process.
 * @param masks - the delegation that the processes have.
 * @throws RecordingError if a recording is malformed.
 */
export function narrow(recordings: readonly string[], masks: DelegationMasks): Narrowing {
  const passing = recordings.map(callsIn).filter(({ calls }) => calls.some(({ token }) => token));
  const all = passing
    .map(masksOfCalls)
    .reduce((sum, one) => join(sum, one, (a, b) => a | b), nothing);
  const part = join(all, masks, (a, b) => a & b);
  const calls = passing.flatMap((one) => one.calls.filter(({ token }) => token)).length;
  return {
    calls,
    used: part,
    proven: calls === 0 ? undefined : isEnough(recordings, masks, part),
  };
}

function callsIn(recording: string): RecordedCalls {
  const reader = new RecordedCallReader();
  reader.push(recording);
  return reader.finish();
}

/** Whether the model answers as the kernel did, also if everything with some masks has smaller ones. */
export function isEnough(
  recordings: readonly string[],
  masks: DelegationMasks,
  part: DelegationMasks,
): boolean {
  return recordings.every((recording) => {
    const events = eventsIn(recording);
    const before = answersTo(events);
    const after = answersTo(events.map((one) => withMasks(one, masks, part)));
    return before.isTrue && before.text === after.text;
  });
}

function eventsIn(recording: string): readonly TraceEvent[] {
  const parser = new RecordingParser();
  return recording.split("\n").flatMap((line) => parser.parse(line) ?? []);
}

/** The model's answers with the tokens that it ignores, and whether those to bpf() are the kernel's. */
function answersTo(events: readonly TraceEvent[]): {
  readonly text: string;
  readonly isTrue: boolean;
} {
  const answers: string[] = [];
  let isTrue = true;
  const onAnswer = (attempt: Attempt, { name, result }: TracedCall): void => {
    const answer = attempt.how === "answered" ? attempt.answer : undefined;
    // Numbers of new descriptors do not matter.
    const ret = answer === undefined ? undefined : Math.min(answer.ret, 0);
    if (name === "bpf" && ret !== Math.min(result, 0)) isTrue = false;
    const checks = answer?.decisions.map(({ check }) => check) ?? [];
    answers.push([attempt.how, ret, ...checks].join(" "));
  };
  replayCalls(events, { onAnswer });
  return { text: answers.join("\n"), isTrue };
}

function withMasks(event: TraceEvent, masks: DelegationMasks, part: DelegationMasks): TraceEvent {
  switch (event.type) {
    case "process": {
      const bpffs = event.facts.bpffs.map((one) =>
        masksKey(masksOf(one)) === masksKey(masks) ? { ...one, delegates: options(part) } : one,
      );
      return { ...event, facts: { ...event.facts, bpffs } };
    }
    case "file":
      return { ...event, file: tokenWith(event.file, masks, part) };
    case "call":
      return event.file === undefined
        ? event
        : { ...event, file: tokenWith(event.file, masks, part) };
    default:
      return event;
  }
}

/** The file of a token with other masks. Other files stay. */
function tokenWith(file: TracedFile, masks: DelegationMasks, part: DelegationMasks): TracedFile {
  const own = file.kind === "token" ? parseTokenMasks(file.fdinfo ?? "") : undefined;
  if (own === undefined || masksKey(own) !== masksKey(masks)) return file;
  const lines = axisNames.map((axis) => `allowed_${axis}:\t${hex(part[axis])}\n`);
  return { ...file, fdinfo: lines.join("") };
}

const options = (masks: DelegationMasks): Readonly<Record<string, string>> =>
  Object.fromEntries(
    axisNames
      .filter((axis) => masks[axis] !== 0n)
      .map((axis) => [`delegate_${axis}`, hex(masks[axis])]),
  );

const hex = (mask: bigint): string => `0x${mask.toString(16)}`;

const join = (
  a: DelegationMasks,
  b: DelegationMasks,
  of: (a: bigint, b: bigint) => bigint,
): DelegationMasks => ({
  ...{ cmds: of(a.cmds, b.cmds), maps: of(a.maps, b.maps) },
  ...{ progs: of(a.progs, b.progs), attachs: of(a.attachs, b.attachs) },
});
