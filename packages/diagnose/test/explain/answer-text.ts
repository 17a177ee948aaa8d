// SPDX-License-Identifier: MIT
import { type Candidate, causeText, type Explanation } from "../../src/index.ts";

/** A cause in one line: confidence, id, the lines, how often, and its own texts if they are not the usual ones. */
function candidateText({ id, confidence, evidence, count, cause, fix }: Candidate): string {
  const usual = causeText(id);
  const lines = evidence.map(({ line }) => line).join(" ");
  const says = cause === usual.cause ? "" : ` says ${JSON.stringify(cause)}`;
  const own = fix.join("\n") === usual.fix.join("\n") ? "" : ` fix ${JSON.stringify(fix)}`;
  return `${confidence} ${id} [${lines}] x${count}${says}${own}`;
}

/** All of an explanation, as text that a reader can compare. */
export function answerText(explanation: Explanation): string {
  const { verdict, token, candidates, excluded, harmless, unknown, lines } = explanation;
  return [
    `token ${token}, ${lines} lines`,
    verdict.replace(candidates[0]?.cause ?? "", "…"),
    ...candidates.map(candidateText),
    ...harmless.map((one) => `harmless: ${candidateText(one)}`),
    ...excluded.map(({ id, why }) => `excluded: ${id}: ${why}`),
    ...unknown.map((text) => `unknown: ${text}`),
  ]
    .map((line) => `  ${line}\n`)
    .join("");
}

/** The causes of an explanation in one line, those that are certain with `!`, and what is excluded. */
export function idsText({ token, candidates, excluded, harmless }: Explanation): string {
  const ids = candidates.map(({ id, confidence }) => `${id}${confidence === "certain" ? "!" : ""}`);
  const not = excluded.map(({ id, why }) => `-${id} (${why})`);
  return [token, ...ids, ...harmless.map(({ id }) => `~${id}`), ...not].join(" ");
}
