// SPDX-License-Identifier: MIT
// The package in a browser, which cannot reach a real kernel. All exports exist, so programs for
// Node and browsers can be bundled. Opening a kernel throws, and probing one returns the reason.
import { GuestUnavailableError, NativeUnavailableError } from "./errors.js";
import type { GuestSupport } from "./guest/guest-kernel.js";
import { GUESTS_VARIABLE, type GuestName, guestNames } from "./guest/names.js";
import { MAX_BYTES, MAX_OPERATIONS } from "./inference/recorder.js";
import type { NativeSupport } from "./probe.js";

export {
  GUESTS_VARIABLE,
  GuestUnavailableError,
  guestNames,
  MAX_BYTES,
  MAX_OPERATIONS,
  NativeUnavailableError,
};

const WHY = "it needs Node on Linux, and this is a browser. Fix: use createKernel(), the model";

function unavailable(): never {
  throw new NativeUnavailableError(WHY);
}

/** The classes of this package cannot be constructed in a browser. */
class Unavailable {
  constructor() {
    unavailable();
  }
}

export class CurrentTask extends Unavailable {}
export class DelegateError extends Unavailable {}
export class GuestKernel extends Unavailable {}
export class NativeKernel extends Unavailable {}
export class NativeTask extends Unavailable {}
export class ProcessKernel extends Unavailable {}
export class ProgramEndedError extends Unavailable {}

export const attempt: () => never = unavailable;
export const attemptToken: () => never = unavailable;
export const currentTask: () => never = unavailable;
export const describeMachine: () => never = unavailable;
export const describeProcess: () => never = unavailable;
export const guestsFolder: () => never = unavailable;
export const readGuestBtf: () => never = unavailable;
export const openNativeKernel: () => never = unavailable;
export const packCpio: () => never = unavailable;
export const probeTypes: () => never = unavailable;

export const nativeProgram: () => never = unavailable;

export const FIRST_DIRECTORY_FD = 10;
export const openJoinedKernel: () => never = unavailable;

/** Rejects, as `record()` does where the recorder is not built. */
export async function record(): Promise<never> {
  return unavailable();
}

/** Rejects, as `runProgram()` does where the interceptor is not built. */
export async function runProgram(): Promise<never> {
  return unavailable();
}

/** Rejects, as `runDelegated()` does on an unsupported host. */
export async function runDelegated(): Promise<never> {
  return unavailable();
}

/** Throws, as `openGuestKernel()` does if a guest cannot start. */
export function openGuestKernel({ guest }: { guest: GuestName }): never {
  throw new GuestUnavailableError(guest, WHY);
}

/** Returns why there is no hook. */
export function findHook(): { readonly why: string } {
  return { why: WHY };
}

/** Returns why no guest can start. */
export function probeGuest(): GuestSupport {
  return { ok: false, why: WHY };
}

/** Returns why the running kernel cannot be opened. */
export function probeNative(): NativeSupport {
  return { ok: false, release: "", why: WHY, tokens: false, tokenInfo: false };
}
