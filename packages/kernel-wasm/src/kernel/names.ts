// SPDX-License-Identifier: GPL-2.0-only
// Names of the numbers in the ABI of the core: the index in a list is the number.
import type { FaultKind, FdKind, LsmHook, SysctlName } from "@bpf-token/syscall";
import {
  faultOrder,
  fdKinds as fdOrder,
  hookOrder,
  liveKinds,
  sysctlOrder,
} from "../generated/abi.js";
import { unknownWord } from "../words.js";

export { type FaultKind, faultKinds, type LsmHook, lsmHooks } from "@bpf-token/syscall";
export { liveKinds };

/** A kind of object that {@link WasmKernel.live} counts. */
export type LiveKind = (typeof liveKinds)[number];

export const fdNames: readonly FdKind[] = fdOrder;
export const faultNames: readonly FaultKind[] = faultOrder;
export const hookNames: readonly LsmHook[] = hookOrder;
export const sysctlNames: readonly SysctlName[] = sysctlOrder;

/**
 * Returns the core's number of a word.
 *
 * @throws RangeError for a word that is not in the list.
 */
export function indexOf<W extends string>(what: string, words: readonly W[], word: W): number {
  const index = words.indexOf(word);
  if (index < 0) throw new RangeError(unknownWord(what, word, words));
  return index;
}
