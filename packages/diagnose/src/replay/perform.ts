// SPDX-License-Identifier: MIT
import type { DecisionStep, Refusal } from "@bpf-token/syscall";
import { BAD_ADDRESS, type Ptr, type SyscallArg } from "@bpf-token/uapi";
import type { TracedCall } from "../evidence/traced-call.js";
import type { ModelProcess, Processes } from "./processes.js";

/** The model's answer to a traced call. */
export interface ModelAnswer {
  readonly ret: number;
  readonly refusal: Refusal | undefined;
  readonly decisions: readonly DecisionStep[];
}

/**
 * Makes a traced call on the model.
 *
 * @returns undefined if the model does not answer this call: it only follows the effect.
 * @throws MissingFileError, and NotModelledError of the model.
 */
export type Perform = (
  call: TracedCall,
  process: ModelProcess,
  state: CallState,
) => ModelAnswer | undefined;

/** What the calls of all processes share. */
export interface CallState {
  readonly processes: Processes;
  /** The device of the BPF filesystem that is mounted at a path. */
  readonly mounts: Map<string, string>;
  /** Descriptors on their way through sockets, held by the first task. */
  readonly sent: (readonly (number | undefined)[])[];
}

/** A number; 0 for anything else. */
export const number = (arg: SyscallArg | undefined): number =>
  typeof arg === "number" || typeof arg === "bigint" ? Number(arg) : 0;
/** A string; empty for anything else. */
export const text = (arg: SyscallArg | undefined): string => (typeof arg === "string" ? arg : "");

/** A pointer; an address without memory faults, as it did in the traced process. */
export function pointer(arg: SyscallArg | undefined): Ptr {
  if (typeof arg === "number" || typeof arg === "bigint")
    return Number(arg) === 0 ? null : BAD_ADDRESS;
  return arg ?? null;
}

/** The answer of the last call of a task. */
export function answer({ task }: ModelProcess, ret: number): ModelAnswer {
  return { ret, refusal: ret < 0 ? task.refusal() : undefined, decisions: task.decisions() };
}
