// SPDX-License-Identifier: MIT
import { helpersOf, linkProgram, type ObjectSpec, type ProgramSpec } from "@bpf-token/object";
import { HelperId, MapType } from "@bpf-token/uapi";

/** The kernel creates these maps only with BTF of their key and value. */
export const typedMaps: ReadonlySet<number> = new Set([
  ...[MapType.SK_STORAGE, MapType.INODE_STORAGE, MapType.TASK_STORAGE, MapType.CGRP_STORAGE],
]);

/** These helpers work on fields that the kernel finds through the BTF of a map. */
export const fieldHelpers: ReadonlySet<number> = new Set([
  ...[HelperId.spin_lock, HelperId.timer_init, HelperId.kptr_xchg],
]);

/**
 * Returns what fails if the BTF of the object is not loaded.
 *
 * @returns `undefined` if the object can be loaded without types.
 */
export function withoutTypes(
  object: ObjectSpec,
  programs: readonly ProgramSpec[],
): string | undefined {
  if (object.structOps.length > 0) return "struct_ops needs the BTF of the object";
  const map = object.maps.find(({ type }) => typedMaps.has(type));
  if (map !== undefined) return `map ${map.name} needs its types: EINVAL`;
  for (const program of programs) {
    const { insns } = linkProgram(object, program);
    if (helpersOf(insns).some((id) => fieldHelpers.has(id))) {
      return `program ${program.name} uses fields of maps that need types: EINVAL`;
    }
    if (hasCallback(insns)) return `program ${program.name} has a callback: EINVAL`;
  }
  return undefined;
}

const LOAD_64 = 0x18;
/** BPF_PSEUDO_FUNC: the instruction loads the address of a function. */
const PSEUDO_FUNC = 4;
const INSN = 8;

function hasCallback(insns: Uint8Array): boolean {
  for (let at = 0; at + INSN <= insns.length; at += INSN) {
    if (insns[at] !== LOAD_64) continue;
    if ((insns[at + 1] ?? 0) >> 4 === PSEUDO_FUNC) return true;
    at += INSN;
  }
  return false;
}
