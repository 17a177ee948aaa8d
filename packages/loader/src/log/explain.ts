// SPDX-License-Identifier: MIT
import {
  CORE_POISON,
  type CoreRelocation,
  decodeLineInfo,
  KFUNC_POISON,
  linkProgram,
  type ObjectSpec,
} from "@bpf-token/object";
import type { LoadError } from "../load/errors.js";
import type { DiagnosisPlace, VerifierDiagnosis } from "./diagnosis.js";
import {
  readVerifierLog,
  type SourceLine,
  type VerifierLog,
  type VerifierStep,
} from "./verifier-log.js";

/** Options of {@link explainLog}. */
export interface ExplainOptions {
  /** The number of last instructions to show. Default 10. */
  readonly steps?: number;
}

/**
 * Parses the verifier's log of a program that was not loaded, and adds source lines.
 *
 * @param error - thrown by {@link Collection.load}.
 * @param object - the object that was loaded.
 * @returns `undefined` without a log, that is, if the kernel refused the call before verification.
 * @example
 * ```ts
 * const log = verifierLogOf(error, object);
 * if (log !== undefined) console.error(explainLog(log, object));
 * ```
 */
export function verifierLogOf(error: LoadError, object: ObjectSpec): VerifierLog | undefined {
  if (error.phase !== "program" || error.log === "") return undefined;
  const program = object.programs.find(({ name }) => name === error.subject);
  const info = program && linkProgram(object, program).lineInfo;
  const lines =
    info === undefined || object.btf === undefined ? [] : decodeLineInfo(info, object.btf);
  return readVerifierLog(error.log, lines);
}

/**
 * Formats a verifier log for people: the reason, the place, and the last instructions below their
 * source lines; on Linux 7.3 and later also the kernel's explanation, what led to the error, and a
 * suggestion. The complete log is in {@link VerifierLog.whole}.
 *
 * @param object - the object, for hints about missing types and functions.
 * @example
 * ```ts
 * console.error(explainLog(log, object, { steps: 5 }));
 * ```
 */
export function explainLog(
  log: VerifierLog,
  object?: ObjectSpec,
  { steps = 10 }: ExplainOptions = {},
): string {
  const shown = steps <= 0 ? [] : log.steps.slice(-steps);
  const last = log.steps.at(-1);
  const hint = poisoned(log.message, object);
  const { diagnosis } = log;
  const rows = [
    log.message || "the verifier gives no reason",
    ...(hint === undefined ? [] : [hint]),
    ...(diagnosis === undefined ? [] : explainDiagnosis(diagnosis)),
    ...(last === undefined || diagnosis?.at !== undefined ? [] : place(last)),
    ...(shown.length === 0
      ? []
      : [`the last ${shown.length} of ${log.steps.length} instructions:`]),
    ...underTheirLines(shown),
    ...(log.summary === "" ? [] : [log.summary]),
  ];
  return rows.join("\n");
}

/** The kernel's own explanation, without the source and instructions around each place. */
function explainDiagnosis(diagnosis: VerifierDiagnosis): readonly string[] {
  const { category, problem, reason, at, causes, omitted, lock, suggestion } = diagnosis;
  const path = causes.flatMap((cause) => placeRows(cause));
  const held = lock === undefined ? [] : placeRows(lock);
  return [
    problem === "" ? category : `${category}: ${problem}`,
    ...(reason === "" ? [] : [`  ${reason}`]),
    ...(at === undefined ? [] : placeRows(at)),
    ...(held.length === 0 ? [] : ["the lock that the program holds:", ...held]),
    ...(path.length + omitted.length === 0 ? [] : ["what led to it:", ...path]),
    ...omitted.map((remark) => `  (${remark})`),
    ...(suggestion === "" ? [] : [`suggestion: ${suggestion}`]),
  ];
}

function placeRows({ insn, instruction, source, text }: DiagnosisPlace): readonly string[] {
  const rows = source === undefined ? [] : [`  at ${named(source)}`];
  if (insn !== undefined) {
    const words = instruction === "" ? "" : `: ${instruction}`;
    rows.push(`  instruction ${insn}${words}`);
  }
  if (text !== "") rows.push(`    ${text}`);
  return rows;
}

function place({ insn, text, source }: VerifierStep): readonly string[] {
  const at = source === undefined ? [] : [`  at ${named(source)}`];
  return [...at, `  instruction ${insn}: ${text}`];
}

function named({ file, line, text }: SourceLine): string {
  if (file === "") return text;
  return text === "" ? `${file}:${line}` : `${file}:${line}: ${text}`;
}

/** Groups instructions below their source lines. */
function underTheirLines(steps: readonly VerifierStep[]): readonly string[] {
  let before = "";
  return steps.flatMap(({ insn, text, state, source }) => {
    const head = source === undefined ? "" : named(source);
    const fresh = head !== "" && head !== before;
    before = head;
    const row = `    ${insn}: ${text}${state === "" ? "" : `    ; ${state}`}`;
    return fresh ? [`  ${head}`, row] : [row];
  });
}

/** Explains the invalid helper ids that the loader puts in place of missing types and functions. */
function poisoned(message: string, object: ObjectSpec | undefined): string | undefined {
  const number = Number(/invalid func unknown#(\d+)/.exec(message)?.[1] ?? Number.NaN);
  if (number === CORE_POISON) {
    const asked = [...new Set(object?.coreRelocations.map((one) => typeOf(one, object)) ?? [])];
    const types = asked.length === 0 ? "" : ` The program uses CO-RE for: ${asked.join(", ")}.`;
    return `The kernel's BTF does not have what the program needs here (CO-RE).${types}`;
  }
  const kfuncs = object?.externs.filter((one) => one.kind === "ksym" && one.function) ?? [];
  const extern = kfuncs[number - KFUNC_POISON];
  if (number < KFUNC_POISON || Number.isNaN(number)) return undefined;
  const name = extern === undefined ? "that the program calls here" : extern.name;
  return `The kernel does not have the function ${name}.`;
}

function typeOf({ typeId }: CoreRelocation, { btf }: ObjectSpec): string {
  return btf?.name(typeId) || `type ${typeId}`;
}
