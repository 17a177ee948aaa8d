// SPDX-License-Identifier: MIT

/**
 * Real Linux kernels with the `Kernel` interface of `@bpf-token/syscall`: the running kernel and
 * guests, both through executor processes.
 *
 * @packageDocumentation
 */
export type { BatchAnswer, BatchStep } from "./batch.js";
export {
  type DelegatedRun,
  type DelegatedState,
  DelegateError,
  type Found,
  findHook,
  runDelegated,
} from "./delegate.js";
export { GuestUnavailableError, NativeUnavailableError } from "./errors.js";
export {
  GuestKernel,
  type GuestOptions,
  type GuestSupport,
  openGuestKernel,
  probeGuest,
} from "./guest/guest-kernel.js";
export { readGuestBtf } from "./guest/image-btf.js";
export { guestsFolder } from "./guest/images.js";
export { type ArchiveEntry, packCpio } from "./guest/initramfs.js";
export type { GuestLsm } from "./guest/lsm.js";
export { GUESTS_VARIABLE, type GuestName, guestNames } from "./guest/names.js";
export type { ModelConfig, ModelFactory } from "./inference/inference.js";
export { MAX_BYTES, MAX_OPERATIONS } from "./inference/recorder.js";
export { FIRST_DIRECTORY_FD, type JoinOptions, openJoinedKernel } from "./join.js";
export {
  NativeKernel,
  type NativeLimits,
  type NativeOptions,
  openNativeKernel,
} from "./native-kernel.js";
export { NativeTask } from "./native-task.js";
export { type HostEnvironment, type NativeSupport, probeNative } from "./probe.js";
export {
  CurrentTask,
  currentTask,
  type MappingOptions,
  type PreparedBpf,
} from "./process/current-task.js";
export { ProcessKernel } from "./process/process-kernel.js";
export {
  type AnsweredCall,
  ProgramEndedError,
  type ProgramPlace,
  type ProgramRun,
  type ProgramThread,
  runProgram,
} from "./program.js";
export { type NativeProgram, nativeProgram, type Recording, record } from "./record.js";
export { type Attempt, attempt, attemptToken, type TokenAttempt } from "./support/attempts.js";
export {
  describeMachine,
  describeProcess,
  type MachineSupport,
  type ProcessSupport,
  type VisibleBpffs,
} from "./support/machine.js";
export { probeTypes, type TypeSupport, type Verdict } from "./support/types.js";
export type { SweepCall, SweepOptions } from "./sweep.js";
