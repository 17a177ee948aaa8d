// SPDX-License-Identifier: MIT

import { concat } from "./btf/editor.js";
import type { InfoRecords } from "./btf/ext.js";
import { INSN, setImm } from "./programs/functions.js";
import type { FunctionSpec, ObjectSpec, ProgramSpec, Relocation } from "./spec.js";

/** A program and all functions that it calls, in sequence. Returned by {@link linkProgram}. */
export interface LinkedProgram {
  /** The instructions, eight bytes each. */
  readonly insns: Uint8Array;
  /** What {@link bindProgram} still has to fill in. Calls within the program are resolved. */
  readonly relocations: readonly Relocation[];
  /** func_info of all functions; offsets count instructions of the program. */
  readonly funcInfo?: InfoRecords;
  /** line_info of all functions; offsets count instructions of the program. */
  readonly lineInfo?: InfoRecords;
  /** Indices into `ObjectSpec.functions`, in the order of their instructions. */
  readonly functions: readonly number[];
}

/**
 * Joins a program and the functions that it calls: each function once, in the order of the first
 * call.
 *
 * @example
 * ```ts
 * const linked = linkProgram(object, object.programs[0]);
 * linked.insns.length / 8; // number of instructions
 * ```
 */
export function linkProgram(object: ObjectSpec, program: ProgramSpec): LinkedProgram {
  const order = programFunctions(object, program);
  const starts = new Map<number, number>();
  let end = 0;
  for (const index of order) {
    starts.set(index, end);
    end += functionAt(object, index).insns.length / INSN;
  }
  const parts = order.map((index) => functionAt(object, index));
  const insns = concat(parts.map((part) => part.insns));
  const view = new DataView(insns.buffer);
  const relocations: Relocation[] = [];
  for (const index of order) {
    for (const relocation of functionAt(object, index).relocations) {
      const insn = (starts.get(index) ?? 0) + relocation.insn;
      if (relocation.kind === "call" || relocation.kind === "address") {
        setImm(view, insn, (starts.get(relocation.function) ?? 0) - insn - 1);
      } else relocations.push({ ...relocation, insn });
    }
  }
  const funcInfo = joined(parts, (part) => part.funcInfo);
  const lineInfo = joined(parts, (part) => part.lineInfo);
  return {
    insns,
    relocations,
    ...(funcInfo === undefined ? {} : { funcInfo }),
    ...(lineInfo === undefined ? {} : { lineInfo }),
    functions: order,
  };
}

function functionAt(object: ObjectSpec, index: number): FunctionSpec {
  return object.functions[index] as FunctionSpec;
}

/**
 * Lists the functions of a program as indices into `ObjectSpec.functions`: the entry function and
 * all functions that it calls, in the order in which {@link linkProgram} joins them.
 *
 * @example
 * ```ts
 * const names = programFunctions(object, program).map((i) => object.functions[i].name);
 * ```
 */
export function programFunctions(object: ObjectSpec, program: ProgramSpec): readonly number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  // Depth first, without recursion: a chain of calls can be as long as the list of functions.
  const visit = (first: number): void => {
    const open = [first];
    while (open.length > 0) {
      const index = open.pop() as number;
      if (seen.has(index)) continue;
      seen.add(index);
      order.push(index);
      const { relocations } = functionAt(object, index);
      for (let i = relocations.length - 1; i >= 0; i--) {
        const relocation = relocations[i] as Relocation;
        if ("function" in relocation) open.push(relocation.function);
      }
    }
  };
  visit(program.function);
  if (program.exceptionCallback !== undefined) visit(program.exceptionCallback);
  return order;
}

/** Joins the records of all parts; `undefined` if the first part has none. */
function joined(
  parts: readonly FunctionSpec[],
  of: (part: FunctionSpec) => InfoRecords | undefined,
): InfoRecords | undefined {
  const first = parts[0] && of(parts[0]);
  if (first === undefined || parts.length === 1) return first;
  const moved: Uint8Array[] = [];
  let start = 0;
  for (const part of parts) {
    const records = of(part);
    if (records !== undefined) moved.push(movedBy(records, start));
    start += part.insns.length / INSN;
  }
  const bytes = concat(moved);
  return { recordSize: first.recordSize, count: bytes.length / first.recordSize, bytes };
}

function movedBy({ bytes, recordSize }: InfoRecords, insns: number): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (let at = 0; at < copy.length; at += recordSize) {
    view.setUint32(at, view.getUint32(at, true) + insns, true);
  }
  return copy;
}
