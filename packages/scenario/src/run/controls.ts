// SPDX-License-Identifier: MIT
// The steps `lsm` and `fail`, which only some kernels support.
import {
  type FaultKind,
  faultKinds,
  type Kernel,
  type KernelFeatures,
  type LsmAnswer,
  type LsmControl,
  type LsmHook,
  NotModelledError,
} from "@bpf-token/syscall";
import type { Scenario, Step } from "../language/model.js";

/** The feature that a step of this name needs. */
const needed: Readonly<Record<string, keyof KernelFeatures>> = { lsm: "lsm", fail: "faults" };

/** Sets the answer of each security hook that a step `lsm` names. */
export function setAnswers(kernel: Kernel, step: Step["args"]): void {
  const lsm = controlOf(kernel);
  for (const [hook, answer] of Object.entries(step))
    lsm.answer(hook as LsmHook, answer as LsmAnswer);
}

/** Makes the n-th next request of a kind fail; 0 disables this. */
export function failNth(kernel: Kernel, kind: string, n: number): void {
  if (kernel.failNth === undefined) throw new NotModelledError(kernel.backend, "faults on request");
  kernel.failNth(kind as FaultKind, n);
}

function controlOf(kernel: Kernel): LsmControl {
  if (kernel.lsm === undefined) {
    throw new NotModelledError(kernel.backend, "answers of security hooks");
  }
  return kernel.lsm;
}

/** Returns the features that the scenario's steps without their own `needs` require. */
export function featuresOf({ steps }: Scenario): readonly (keyof KernelFeatures)[] {
  const all = steps.flatMap(({ call, needs }) => (needs === undefined ? (needed[call] ?? []) : []));
  return [...new Set(all)];
}

/** Resets hooks and faults at the end of a run. */
export function undoControls(kernel: Kernel, { steps }: Scenario): void {
  const hooks = steps.flatMap(({ call, args }) => (call === "lsm" ? Object.keys(args) : []));
  for (const hook of new Set(hooks)) kernel.lsm?.answer(hook as LsmHook, 0);
  if (!steps.some(({ call }) => call === "fail")) return;
  for (const kind of faultKinds) kernel.failNth?.(kind, 0);
}
