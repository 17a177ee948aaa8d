// SPDX-License-Identifier: MIT
import { viewOf } from "./attr.js";
import type { CallMaker } from "./call-maker.js";
import { type Args, NR } from "./numbers.js";
import { HOST, type Outcome } from "./outcome.js";
import type { ProgramProcess } from "./processes.js";

/** CLONE_NEWUSER and CLONE_NEWNS. */
export const NAMESPACES = 0x1002_0000n;

/** The options of prctl(2) about capabilities, which the other kernel has. */
const ofCapabilities: ReadonlySet<number> = new Set([
  ...[7, 8], // PR_GET_KEEPCAPS, PR_SET_KEEPCAPS
  ...[23, 24], // PR_CAPBSET_READ, PR_CAPBSET_DROP
  ...[27, 28], // PR_GET_SECUREBITS, PR_SET_SECUREBITS
  ...[38, 39], // PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS
  47, // PR_CAP_AMBIENT
]);

/** Whether the other kernel answers prctl(2). */
export function isOfCapabilities(option: bigint | undefined): boolean {
  return ofCapabilities.has(Number(BigInt.asUintN(32, option ?? 0n)));
}

/** Calls that create processes with namespaces, or change the root directory. */
export function answerNamespaces(
  maker: CallMaker,
  { memory }: ProgramProcess,
  nr: number,
  [first = 0n]: Args,
): Outcome | undefined {
  switch (nr) {
    case NR.clone:
      if ((first & NAMESPACES) === 0n) return HOST;
      throw maker.missing("clone() with a new user or mount namespace");
    case NR.clone3: {
      const bytes = memory.read(first, 8);
      const flags = bytes.length === 8 ? viewOf(bytes).getBigUint64(0, true) : 0n;
      if ((flags & NAMESPACES) === 0n) return HOST;
      throw maker.missing("clone3() with a new user or mount namespace");
    }
    case NR.chroot:
      throw maker.missing("chroot()");
    case NR.pivot_root:
      throw maker.missing("pivot_root()");
    case NR.mount_setattr:
      throw maker.missing("mount_setattr()");
    default:
      return undefined;
  }
}
