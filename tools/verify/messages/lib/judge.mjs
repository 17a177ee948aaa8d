// SPDX-License-Identifier: MIT
// What `explain` says about the messages of a package.
import { extractPackage } from "./extract.mjs";
import { instantiate, reportsPermission } from "./select.mjs";

/**
 * Asks `explain` about each message of a package that reports a refused step.
 *
 * @param version - as `fetchPackages` returns it.
 * @param irrelevant - patterns of messages that are no matter of `explain`, by a word that says why.
 * @param explainText - of `@bpf-token/diagnose`.
 * @returns one answer for each message: `id` and `confidence` of the first cause, or the `reason` why it is
 *   irrelevant; an unknown message has neither.
 */
export function judgePackage(version, irrelevant, explainText) {
  const { kind, prefix = "" } = version;
  const messages = extractPackage(version).filter(reportsPermission);
  const texts = messages.map((message) => {
    const text = instantiate(message, kind);
    return /^lib\w+: /.test(text) ? text : `${prefix}${text}`;
  });
  return [...new Set(texts)].map((text) => ({ text, ...judge(text, irrelevant, explainText) }));
}

function judge(text, irrelevant, explainText) {
  const found = Object.entries(irrelevant).find(([, patterns]) =>
    patterns.some((pattern) => new RegExp(pattern).test(text)),
  );
  if (found !== undefined) return { reason: found[0] };
  const { candidates, harmless } = explainText(text);
  const first = candidates[0] ?? harmless[0];
  return first === undefined ? {} : { id: first.id, confidence: first.confidence };
}

/**
 * Whether a message has no cause, and nobody decided that it is irrelevant.
 *
 * @param {{ id?: string, reason?: string }} answer
 */
export const isUnknown = ({ id, reason }) => id === undefined && reason === undefined;

/** perf_event_open() has one cause with everything that can refuse it; every other EPERM has several. */
const oneCause = new Set(["explain.perf_event"]);

/**
 * Whether a message that names only EPERM has one cause for certain: a filter can refuse any call.
 *
 * @param {{ text: string, id?: string, confidence?: string }} answer
 */
export const isTooCertain = ({ text, id, confidence }) =>
  confidence === "certain" && /not permitted|-1\b/.test(text) && !oneCause.has(id);

/** The patterns that no message has. */
export function unusedPatterns(irrelevant, texts) {
  const patterns = Object.values(irrelevant).flat();
  return patterns.filter((pattern) => !texts.some((text) => new RegExp(pattern).test(text)));
}
