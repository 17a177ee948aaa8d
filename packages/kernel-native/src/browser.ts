// SPDX-License-Identifier: MIT
// The package in a browser, which cannot reach a real kernel. All names are there, so that a program
// for Node and browsers can be bundled; what opens a kernel throws, what probes one says why not.
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

const WHY = "it needs Node on Linux, and this is a browser; createKernel() gives a model anywhere";

function unavailable(): never {
  throw new NativeUnavailableError(WHY);
}

/** No class of this package has objects in a browser. */
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

export const attempt: () => never = unavailable;
export const attemptToken: () => never = unavailable;
export const currentTask: () => never = unavailable;
export const describeMachine: () => never = unavailable;
export const describeProcess: () => never = unavailable;
export const guestsFolder: () => never = unavailable;
export const openNativeKernel: () => never = unavailable;
export const packCpio: () => never = unavailable;
export const probeTypes: () => never = unavailable;

/** Rejects, as `runDelegated()` does where this machine cannot. */
export async function runDelegated(): Promise<never> {
  return unavailable();
}

/** Throws, as `openGuestKernel()` does where a guest cannot start. */
export function openGuestKernel({ guest }: { guest: GuestName }): never {
  throw new GuestUnavailableError(guest, WHY);
}

/** Says why no guest can start. */
export function probeGuest(): GuestSupport {
  return { ok: false, why: WHY };
}

/** Says why there is no running kernel. */
export function probeNative(): NativeSupport {
  return { ok: false, release: "", why: WHY, tokens: false, tokenInfo: false };
}
