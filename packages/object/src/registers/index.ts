// SPDX-License-Identifier: MIT
import { decodeLineInfo } from "../btf/ext.js";
import { linkProgram } from "../link.js";
import type { ObjectSpec, ProgramSpec } from "../spec.js";
import { Analysis, type Refusal } from "./analysis.js";
import { type Code, decodeLoaded, decodeProgram, type LoadedMaps } from "./code.js";

export { kernelFieldNames, type LoadedMaps } from "./code.js";

/** Something that the verifier refuses without CAP_PERFMON. See {@link perfmonUses}. */
export interface PerfmonUse {
  /** The instruction, counted from the first one of the linked program. */
  readonly insn: number;
  /** The function that has it. */
  readonly function: string;
  /** The source line, as `file.c:12`; empty without BTF. */
  readonly source: string;
  /** What it does: `r2 -= r1 subtracts a pointer from a pointer`. */
  readonly text: string;
  /**
   * Whether every path to the instruction does it. Otherwise the analysis only cannot exclude it:
   * the verifier knows more about ranges and about paths.
   */
  readonly sure: boolean;
  /** The first release that no longer refuses it; absent if all do. */
  readonly until?: string;
}

/**
 * Finds what the verifier refuses in a program without CAP_PERFMON, such as arithmetic of pointers to
 * packets, comparisons of pointers, and reads of the stack before it is written (rules VF-05 to VF-07).
 * It follows the kinds of values in registers and on the stack along all paths.
 *
 * @returns an empty list if the verifier refuses nothing. First those that are sure.
 * @example
 * ```ts
 * for (const { source, text, sure } of perfmonUses(object, object.programs[0])) {
 *   console.log(source, text, sure ? "" : "(assumed)");
 * }
 * ```
 */
export function perfmonUses(object: ObjectSpec, program: ProgramSpec): readonly PerfmonUse[] {
  const code = decodeProgram(object, program);
  const name = object.functions[program.function]?.name ?? program.name;
  const found = analyse(code);
  if (found.length === 0) return [];
  const { lineInfo } = linkProgram(object, program);
  const lines =
    lineInfo === undefined || code.btf === undefined ? [] : decodeLineInfo(lineInfo, code.btf);
  const starts = [...code.functions].reverse();
  return found.map(({ insn, ...what }) => {
    const index = starts.find(([start]) => start <= insn)?.[1];
    const line = lines.findLast(({ offset }) => offset <= insn);
    return {
      ...{ insn, ...what },
      function: index === undefined ? name : (object.functions[index]?.name ?? ""),
      source: line === undefined || line.line === 0 ? "" : `${line.file}:${line.line}`,
    };
  });
}

const TOO_LONG = "the program has more paths than this analysis follows";

const analyse = (code: Code): readonly Refusal[] =>
  new Analysis(code).run() ?? [{ insn: 0, text: TOO_LONG, sure: false }];

/**
 * Finds what {@link perfmonUses} finds, in the instructions of a PROG_LOAD call. These do not show which
 * maps they use, and which functions the verifier checks alone, so more is assumed.
 *
 * @param insns - eight bytes per instruction.
 * @param type - the program type.
 * @param maps - what is known of its maps. Default: nothing.
 * @example
 * ```ts
 * const [first] = loadedPerfmonUses(insns, ProgType.XDP);
 * ```
 */
export function loadedPerfmonUses(
  insns: Uint8Array,
  type: number,
  maps: LoadedMaps = { holdPointers: true, haveKernelFields: true },
): readonly PerfmonUse[] {
  const code = decodeLoaded(insns, type, maps);
  const found = analyse(code).map((use) => ({ ...use, function: "", source: "" }));
  if (found.length > 0 || code.functions.size === 1) return found;
  const [, at = 0] = code.functions.keys();
  const text = "begins a function, which the verifier may check alone";
  return [{ insn: at, function: "", source: "", text, sure: false }];
}
