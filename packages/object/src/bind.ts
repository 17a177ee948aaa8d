// SPDX-License-Identifier: MIT
import { Insn } from "@bpf-token/uapi";
import type { LinkedProgram } from "./link.js";
import { CALL, INSN, setImm, setSource } from "./programs/functions.js";
import type { ExternSpec, Relocation } from "./spec.js";

/** What a kernel provides for an extern. Returned by {@link Bindings}. */
export type ExternValue =
  /**
   * A variable or function whose type is known, and the BTF that contains it. `place` is the index
   * of that BTF in `fd_array` (for calls), `fd` its file descriptor. Both are 0 for vmlinux.
   */
  | { readonly typeId: number; readonly place: number; readonly fd: number }
  /** A symbol for which only the address is known. */
  | { readonly address: bigint };

/** Looks up what {@link bindProgram} inserts into a program for one kernel. */
export interface Bindings {
  /** Returns the fd of a map, by its name in the object. */
  map(name: string): number;
  /**
   * Returns what the kernel provides under a name, or `undefined` if it has nothing; only weak
   * externs may be missing. Not called for kernel config options: those are in the map `.kconfig`.
   */
  extern(name: string): ExternValue | undefined;
}

/**
 * Base of the invalid helper ids that replace calls of missing kernel functions; the index of the
 * extern is added. The verifier prints the number, which identifies the missing function.
 *
 * @example
 * ```ts
 * const missing = object.externs[helperId - KFUNC_POISON]?.name;
 * ```
 */
export const KFUNC_POISON = 2_002_000_000;

/**
 * Inserts fds, type ids and addresses into a program.
 *
 * @param program - from {@link linkProgram}.
 * @param externs - `ObjectSpec.externs` of the same object.
 * @returns the instructions for `bpf(PROG_LOAD)`; `program` is unchanged.
 * @example
 * ```ts
 * const insns = bindProgram(linked, object.externs, {
 *   map: (name) => fds[name],
 *   extern: () => undefined,
 * });
 * ```
 */
export function bindProgram(
  program: LinkedProgram,
  externs: readonly ExternSpec[],
  bindings: Bindings,
): Uint8Array {
  const insns = program.insns.slice();
  const view = new DataView(insns.buffer);
  const places = new Map(externs.map((extern, index) => [extern.name, { extern, index }]));
  for (const relocation of program.relocations) {
    if (relocation.kind === "map" || relocation.kind === "map-value") {
      setImm(view, relocation.insn, bindings.map(relocation.map));
    } else if (relocation.kind === "extern" || relocation.kind === "extern-call") {
      const place = places.get(relocation.extern);
      if (place !== undefined) bindExtern(view, relocation, place, bindings);
    }
  }
  return insns;
}

interface Place {
  readonly extern: ExternSpec;
  readonly index: number;
}

function bindExtern(
  view: DataView,
  { insn, kind }: Relocation,
  { extern, index }: Place,
  bindings: Bindings,
): void {
  if (extern.kind === "kconfig") {
    setSource(view, insn, Insn.PSEUDO_MAP_VALUE);
    setImm(view, insn, bindings.map(".kconfig"));
    setImm(view, insn + 1, extern.offset);
    return;
  }
  const value = bindings.extern(extern.name);
  if (kind === "extern-call") bindCall(view, insn, value, index);
  else if (value !== undefined && "typeId" in value) {
    setSource(view, insn, Insn.PSEUDO_BTF_ID);
    setImm(view, insn, value.typeId);
    setImm(view, insn + 1, value.fd);
  } else {
    const address = value?.address ?? 0n;
    setImm(view, insn, Number(BigInt.asIntN(32, address)));
    setImm(view, insn + 1, Number(BigInt.asIntN(32, address >> 32n)));
  }
}

function bindCall(
  view: DataView,
  insn: number,
  value: ExternValue | undefined,
  index: number,
): void {
  if (value !== undefined && "typeId" in value) {
    setSource(view, insn, Insn.PSEUDO_KFUNC_CALL);
    setImm(view, insn, value.typeId);
    view.setInt16(insn * INSN + 2, value.place, true);
    return;
  }
  view.setUint8(insn * INSN, CALL);
  view.setUint8(insn * INSN + 1, 0);
  view.setInt16(insn * INSN + 2, 0, true);
  setImm(view, insn, KFUNC_POISON + index);
}
