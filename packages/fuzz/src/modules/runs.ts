// SPDX-License-Identifier: MIT
// Runs of a machine that report a crash as a value.
import {
  type Image,
  SequenceCrash,
  type SequenceMachine,
  type SequenceResult,
} from "../machine/machine.js";

/** A machine after a setup prefix. */
export interface SetupState {
  readonly read: number;
  readonly image: Image;
  readonly crash?: string;
}

/** The result of a sequence, and why it crashed if it did. */
export interface RunResult extends SequenceResult {
  readonly crash?: string;
}

const NOTHING: SequenceResult = {
  fingerprint: 0n,
  calls: 0n,
  setupCalls: 0,
  stepCalls: 0,
  tasks: 0,
  tokens: 0,
  uses: 0,
  leaked: 0,
};

function unlessCrash<T>(work: () => T, otherwise: (crash: string) => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SequenceCrash)) throw error;
    return otherwise(error.message);
  }
}

/** Runs a setup prefix from boot on. */
export function setUp(machine: SequenceMachine, prefix: Uint8Array): SetupState {
  const work = (): SetupState => {
    machine.restore(machine.booted);
    const read = machine.runSetup(prefix);
    return { read, image: machine.save() };
  };
  return unlessCrash(work, (crash) => ({ read: 0, image: machine.booted, crash }));
}

/** Runs the steps of an input on a machine whose setup is done. */
export function continueFrom(machine: SequenceMachine, input: Uint8Array): RunResult {
  return unlessCrash<RunResult>(
    () => machine.runSteps(input),
    (crash) => ({ ...NOTHING, crash }),
  );
}

/** Runs one input from boot on. Its setup prefix may be cut short: missing bytes are 0. */
export function runWhole(machine: SequenceMachine, input: Uint8Array): RunResult {
  const work = (): RunResult => {
    machine.restore(machine.booted);
    machine.runSetup(input);
    return machine.runSteps(input);
  };
  return unlessCrash(work, (crash) => ({ ...NOTHING, crash }));
}
