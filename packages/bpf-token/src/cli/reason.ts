// SPDX-License-Identifier: MIT
import type { DecisionStep, Refusal } from "@bpf-token/syscall";
import { type Paint, wrap } from "./paint.js";

/**
 * Why a call was refused, as lines: every decision of the kernel in its order, the silent ones
 * first, since they are the usual cause.
 */
export function reasonLines(refusal: Refusal, paint: Paint, width: number): readonly string[] {
  const chain = refusal.chain.length > 0 ? refusal.chain : [refusal];
  const guess = refusal.certainty === "inferred" ? [paint("quiet", "(inferred on the model)")] : [];
  return [...chain.flatMap((step) => decisionLines(step, paint, width)), ...guess];
}

function decisionLines(step: DecisionStep, paint: Paint, width: number): readonly string[] {
  const silent = step.errno === undefined;
  const mark = silent ? paint("warn", "silent ") : paint("bad", "refused");
  const label = `${mark} ${paint("strong", step.check)}  ${paint("quiet", step.where)}`;
  const pad = "        ";
  const prose = wrap(step.sentence, width - pad.length).map((line) => pad + line);
  const facts = [
    ...(step.needed === "" ? [] : [`${pad}wanted: ${step.needed}`]),
    ...(step.present === "" ? [] : [`${pad}   saw: ${step.present}`]),
  ];
  return [label, ...prose, ...facts];
}
