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
    const near = nearest(
      id,
      lintFindings.map((one) => one.id),
    );
    const guess = near === undefined ? "" : `; did you mean '${near}'?`;
    throw new UsageError(`explain: there is no file and no finding '${id}'${guess}`);
  }
  if (context.json) context.printJson("explain-lint", jsonOf(finding));
  else for (const line of linesOf(finding, context)) context.line(line);
  return Exit.FINE;
}

function jsonOf({
  severity,
  confidence,
  persona,
  sentence,
  bad,
  good,
  ...rest
}: LintFinding): object {
  return {
    ...{ id: rest.id, severity, confidence, persona, cause: sentence, wrong: bad, right: good },
  };
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
