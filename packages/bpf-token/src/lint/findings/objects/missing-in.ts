// SPDX-License-Identifier: MIT
import { delegationAxes } from "@bpf-token/delegation";
import { checkPolicy } from "../../../policy/check.js";
import type { PolicyReason } from "../../../policy/policy-result.js";
import { atWords, type LintFinding, mayLack } from "../../finding.js";

/** The most parts of objects that a sentence names. */
const NAMED = 3;

/** Finds what a delegation lacks of the policy for the objects, at the first word of its mask. */
export const missingIn =
  (counts: (reason: PolicyReason) => boolean): LintFinding["find"] =>
  (found, context) => {
    if (context.policy === undefined) return [];
    const { words, delegation } = found;
    return checkPolicy(context.policy, delegation, found)
      .missing.filter(counts)
      .filter((reason) => !mayLack(found, context, (axis) => axis === reason.axis))
      .flatMap((reason) => {
        const word = words.find(({ axis }) => axis === reason.axis) ?? words[0];
        return atWords(word === undefined ? [] : [word], sentenceOf(reason));
      });
  };

function sentenceOf({ axis, name, because, without }: PolicyReason): string {
  const what =
    axis === "caps" ? `CAP_${name.toUpperCase()}` : `the ${delegationAxes[axis].what} ${name}`;
  const more = because.length > NAMED ? [`${because.length - NAMED} more`] : [];
  const why = [...because.slice(0, NAMED), ...more].join("; ");
  return `${what} is missing: without it, ${without} (needed for: ${why})`;
}
