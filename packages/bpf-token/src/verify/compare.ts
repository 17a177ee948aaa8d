// SPDX-License-Identifier: MIT
import type { ProgramVerdict } from "./verify.js";

/** What two releases answer differently about the same program. */
export interface VerdictDifference {
  /** `verdict`: the verdicts or their errnos differ. `reason`: only the text of the refusal differs. */
  readonly what: "verdict" | "reason";
  /**
   * The first instruction at which the logs differ, as each log prints it; null if a log has ended
   * there. Null without the logs, or if the verifiers processed the same ones.
   */
  readonly instruction: { readonly lines: readonly [string | null, string | null] } | null;
  /** The messages that only the first log has, and those that only the second has. */
  readonly messages: readonly [readonly string[], readonly string[]];
  /** The capabilities that only the first kernel checked, and those that only the second checked. */
  readonly capabilities: readonly [readonly string[], readonly string[]];
}

const INSTRUCTION = /^(\d+: \([0-9a-f]{2}\) .*)/;
/** Source lines, states, and what each run counts or measures. */
const NO_MESSAGE =
  /^(;|\d+: R|R\d+=|from |arg#\d+ reference type|processed |verification time|stack depth|\s*$)/;

/**
 * Compares the verdicts of two releases on one program.
 *
 * @param logs - the logs of both with every instruction, from `wholeLog`.
 * @returns null if the releases agree. The counts of instructions and states may differ.
 * @example
 * ```ts
 * const options = { programs: ["count"] };
 * const [older] = verifyObject(createBpfKernel(readBpfKernel("6.12")), object, options);
 * const [newer] = verifyObject(createBpfKernel(readBpfKernel("7.3")), object, options);
 * if (older && newer) console.log(compareVerdicts(older, newer)?.what); // verdict
 * ```
 */
export function compareVerdicts(
  first: ProgramVerdict,
  second: ProgramVerdict,
  logs: readonly [string, string] = ["", ""],
): VerdictDifference | null {
  const isSame = first.verdict === second.verdict && first.code === second.code;
  const messages = onlyIn(messagesOf(first), messagesOf(second));
  if (isSame && messages.every((lines) => lines.length === 0)) return null;
  return {
    what: isSame ? "reason" : "verdict",
    instruction: firstDifferent(...logs),
    messages,
    capabilities: onlyIn(namesOf(first), namesOf(second)),
  };
}

const namesOf = ({ capabilities }: ProgramVerdict): readonly string[] =>
  capabilities.map(({ name }) => name);

/** The errors of a refusal: the log of an accepted program has none. */
function messagesOf({ verdict, reason, log }: ProgramVerdict): readonly string[] {
  if (verdict === "accepted") return [];
  const lines = log.split("\n").filter((line) => !INSTRUCTION.test(line) && !NO_MESSAGE.test(line));
  return [...new Set(lines.length > 0 ? lines : [reason])];
}

function onlyIn(
  first: readonly string[],
  second: readonly string[],
): readonly [readonly string[], readonly string[]] {
  return [
    first.filter((one) => !second.includes(one)),
    second.filter((one) => !first.includes(one)),
  ];
}

/** The instructions without the states after them, whose format depends on the release. */
function instructionsOf(log: string): readonly string[] {
  return log.split("\n").flatMap((line) => {
    const text = INSTRUCTION.exec(line)?.[1];
    return text === undefined ? [] : [(text.split(";", 1)[0] ?? "").trimEnd()];
  });
}

function firstDifferent(first: string, second: string): VerdictDifference["instruction"] {
  const [one, two] = [instructionsOf(first), instructionsOf(second)];
  if (one.length === 0 || two.length === 0) return null;
  const end = Math.max(one.length, two.length);
  for (let i = 0; i < end; i++)
    if (one[i] !== two[i]) return { lines: [one[i] ?? null, two[i] ?? null] };
  return null;
}
