// SPDX-License-Identifier: MIT
import type { FoundDelegation } from "@bpf-token/delegation";
import { script } from "../examples.js";
import type { LintFinding, LintHit } from "../finding.js";

/** How many delegations and mistakes of a file are judged. More would take minutes, and nobody reads them. */
export const MOST = 1000;

const one = script();

/** Stands for the delegations that are not judged; `lintText` adds it. */
export const tooMany: LintFinding = {
  id: "lint.too_many",
  severity: "warning",
  confidence: "certain",
  persona: "everyone",
  sentence: `Of a file, ${MOST} delegations and mistakes are judged.`,
  bad: { file: one.file, text: one.text.repeat(MOST + 1) },
  good: one,
  loads: true,
  find: () => [],
};

/** The hit at the first delegation that is not judged in full. */
export function tooManyIn({ words, remarks }: FoundDelegation): LintHit {
  const at = words[0]?.at ?? remarks[0]?.at ?? 0;
  const text = `the file has more than ${MOST} delegations and mistakes, so the rest is not judged; split it`;
  return { at, end: at, text };
}
