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
import {
  readVerifierLog,
  type SourceLine,
  type VerifierLog,
  type VerifierStep,
} from "./verifier-log.js";

/** How much of a log is shown. */
export interface ExplainOptions {
  /** How many of the last instructions. Default 10. */
  readonly steps?: number;
}

/**
 * What the verifier said of the program that was not loaded, with the lines of its source.
 *
 * @param error - of `Collection.load`.
 * @param object - what was to be loaded.
 * @returns `undefined` if there is no log: the kernel refused it before it was verified.
 */
export function verifierLogOf(error: LoadError, object: ObjectSpec): VerifierLog | undefined {
  if (error.log === "") return undefined;
  const program = object.programs.find(({ name }) => name === error.subject);
  const info = program && linkProgram(object, program).lineInfo;
  const lines =
    info === undefined || object.btf === undefined ? [] : decodeLineInfo(info, object.btf);
  return readVerifierLog(error.log, lines);
}

/**
 * A log as people read it: what is wrong, where, and how the verifier came there, the last
 * instructions under the lines that they are from. The whole is `VerifierLog.whole`.
 */
export function explainLog(
  log: VerifierLog,
  object?: ObjectSpec,
  { steps = 10 }: ExplainOptions = {},
): string {
  const shown = steps <= 0 ? [] : log.steps.slice(-steps);
  const last = log.steps.at(-1);
  const hint = poisoned(log.message, object);
  const rows = [
    log.message || "the verifier gives no reason",
    ...(hint === undefined ? [] : [hint]),
    ...(last === undefined ? [] : place(last)),
    ...(shown.length === 0
      ? []
      : [`the last ${shown.length} of ${log.steps.length} instructions:`]),
    ...underTheirLines(shown),
    ...(log.summary === "" ? [] : [log.summary]),
  ];
  return rows.join("\n");
}

function place({ insn, text, source }: VerifierStep): readonly string[] {
  const at = source === undefined ? [] : [`  at ${named(source)}`];
  return [...at, `  instruction ${insn}: ${text}`];
}

function named({ file, line, text }: SourceLine): string {
  return file === "" ? text : `${file}:${line}: ${text}`;
}

/** Instructions, each group below its line of source. */
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

/** What loaders put in the place of what the kernel does not have comes back as an unknown function. */
function poisoned(message: string, object: ObjectSpec | undefined): string | undefined {
  const number = Number(/invalid func unknown#(\d+)/.exec(message)?.[1] ?? Number.NaN);
  if (number === CORE_POISON) {
    const asked = [...new Set(object?.coreRelocations.map((one) => typeOf(one, object)) ?? [])];
    const types = asked.length === 0 ? "" : ` The program asks about: ${asked.join(", ")}.`;
    return `The kernel's types do not have what the program asks for here (CO-RE).${types}`;
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
