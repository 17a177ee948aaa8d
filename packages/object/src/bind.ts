// SPDX-License-Identifier: MIT
import { Insn } from "@bpf-token/uapi";
import type { LinkedProgram } from "./link.js";
import { CALL, INSN, setImm, setSource } from "./programs/functions.js";
import type { ExternSpec, Relocation } from "./spec.js";

/** What a kernel has for an extern. */
export type ExternValue =
  /**
   * A variable or function of known type, and the BTF that has it: for calls its place in `fd_array`, else
   * its descriptor. Both are 0 for that of vmlinux.
   */
  | { readonly typeId: number; readonly place: number; readonly fd: number }
  /** A symbol of which only the address is known. */
  | { readonly address: bigint };

/** What is filled into a program for one kernel. */
export interface Bindings {
  /** The descriptor of a map, by its name in the object. */
  map(name: string): number;
  /**
   * What the kernel has of that name; `undefined` if nothing, which only weak externs may be.
   * Not asked for options of the configuration: those are in the map `.kconfig`.
   */
  extern(name: string): ExternValue | undefined;
}

/** The helper that stands for the first function that is missing; the number goes up with externs. */
export const KFUNC_POISON = 2_002_000_000;

/** The instructions of a program as `bpf(PROG_LOAD)` takes them. */
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
