// SPDX-License-Identifier: MIT
import { nearest } from "@bpf-token/uapi/names";
import type { LintExample, LintFinding } from "../../../lint/index.js";
import type { Context } from "../../command.js";
import { block } from "../../text/block.js";
import { proseWidth } from "../../text/paint.js";
import { Exit, type ExitCode, UsageError } from "../../usage.js";

/** Whether a word can only be the id of a finding of `lint`. */
export const isLintId = (word: string): boolean => /^lint\.\w+$/.test(word);

/** `bpf-token explain lint.X`: what a finding means, with a wrong and a right example. */
export async function explainLint(id: string, context: Context): Promise<ExitCode> {
  const { lintFindings } = await import("../../../lint/index.js");
  const finding = lintFindings.find((one) => one.id === id);
  if (finding === undefined) {
    throw noFinding(
      id,
      lintFindings.map((one) => one.id),
    );
  }
  if (context.json) context.printJson("explain-lint", jsonOf(finding));
  else for (const line of linesOf(finding, context)) context.line(line);
  return Exit.FINE;
}

/** The error for the id of no finding. */
export function noFinding(id: string, known: readonly string[]): UsageError {
  const near = nearest(id, known);
  const guess = near === undefined ? "" : `; did you mean '${near}'?`;
  return new UsageError(`explain: there is no file and no finding '${id}'${guess}`);
}

function jsonOf({ id, severity, confidence, persona, ...rest }: LintFinding): object {
  const { sentence: cause, bad: wrong, good: right } = rest;
  return { id, severity, confidence, persona, cause, wrong, right };
}

function linesOf(finding: LintFinding, { paint, out }: Context): readonly string[] {
  const width = proseWidth(out);
  const { id, severity, confidence, persona, sentence, bad, good } = finding;
  const who = persona === "auditor" ? "; only --persona auditor prints it" : "";
  return [
    paint("bad", id),
    ...block("cause", [sentence], width),
    ...block("severity", [`${severity}, ${confidence}${who}`], width),
    ...example("wrong", bad),
    ...example("right", good),
  ];
}

/** Examples are not wrapped: people copy their lines. */
const example = (name: string, { file, text }: LintExample): readonly string[] => [
  `   ${`${name}:`.padEnd(10)}${file}`,
  ...text
    .trimEnd()
    .split("\n")
    .map((line) => `             ${line}`.trimEnd()),
];
