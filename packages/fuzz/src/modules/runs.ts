// SPDX-License-Identifier: MIT
// Run a machine and return a crash as a value instead of throwing it.
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

/** The result of a sequence, and the reason of a crash. */
export interface RunResult extends SequenceResult {
  readonly crash?: string;
}

const NOTHING: SequenceResult = {
  fingerprint: 0n,
  calls: 0n,
  hooks: 0n,
  references: 0n,
  setupCalls: 0,
  stepCalls: 0,
  tasks: 0,
  tokens: 0,
  uses: 0,
  leaked: 0,
  leftInodes: 0,
};

function unlessCrash<T>(work: () => T, otherwise: (crash: string) => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SequenceCrash)) throw error;
    return otherwise(error.message);
  }
}

/** Boots and runs a setup prefix. */
export function setUp(machine: SequenceMachine, prefix: Uint8Array): SetupState {
  const work = (): SetupState => {
    machine.restore(machine.booted);
    const read = machine.runSetup(prefix);
    return { read, image: machine.save() };
  };
  return unlessCrash(work, (crash) => ({ read: 0, image: machine.booted, crash }));
}

/** Runs the steps of an input after the setup. */
export function continueFrom(machine: SequenceMachine, input: Uint8Array): RunResult {
  return unlessCrash<RunResult>(
    () => machine.runSteps(input),
    (crash) => ({ ...NOTHING, crash }),
  );
}

/** Boots and runs one input. If its setup prefix is too short, the missing bytes are 0. */
export function runWhole(machine: SequenceMachine, input: Uint8Array): RunResult {
  const work = (): RunResult => {
    machine.restore(machine.booted);
    machine.runSetup(input);
    return machine.runSteps(input);
  };
  return unlessCrash(work, (crash) => ({ ...NOTHING, crash }));
}
