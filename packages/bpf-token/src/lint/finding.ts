// SPDX-License-Identifier: MIT
import {
  type DelegationAxis,
  type DelegationIssue,
  type FoundDelegation,
  judgeDelegation,
  type RemarkId,
} from "@bpf-token/delegation";
import type { KernelRelease } from "@bpf-token/uapi/names";
import type { Policy } from "../policy/policy-result.js";

/** A file with a delegation. */
export interface LintExample {
  /** The name decides how the text is read. */
  readonly file: string;
  readonly text: string;
}

/** A place that a finding is about; `at` and `end` are positions in the text. */
export interface LintHit {
  /** The position of the first character. */
  readonly at: number;
  /** The position after the last character. */
  readonly end: number;
  /** The cause, and what to write. */
  readonly text: string;
  /** What to write in place of the characters. */
  readonly fix?: string;
}

/** What a finding may depend on besides the text. */
export interface LintContext {
  /** The release that the text is for. Default: the newest known one. */
  readonly release?: KernelRelease;
  /** Whether a single mask may be only a part: a page and a program may have the others elsewhere. */
  readonly isPart?: boolean;
  /** What the objects need that use each of the delegations. */
  readonly policy?: Policy;
}

/** A mistake that `bpf-token lint` knows. */
export interface LintFinding {
  /** Stays the same in later versions: comments and baselines name it. */
  readonly id: `lint.${string}`;
  /** `error`: no token, or not what is written. `warning`: less or more than it seems. */
  readonly severity: "error" | "warning" | "note";
  /** How sure the mistake is, from the text alone. */
  readonly confidence: "certain" | "likely" | "possible";
  /** Who wants to read it. `auditor`: only `--persona auditor` prints it. */
  readonly persona: "everyone" | "auditor";
  /** What the mistake does, in one sentence. */
  readonly sentence: string;
  /** A file with the mistake. */
  readonly bad: LintExample;
  /** The same file without it. */
  readonly good: LintExample;
  /** What the objects of the examples need; the finding is only about objects. */
  readonly policy?: Policy;
  /** The bad example loads the program too; the finding is about what else it permits. */
  readonly loads?: true;
  /** `--fix` may write the `fix` of its hits: what is written means it beyond doubt. */
  readonly safe?: true;
  /** Finds the mistake in a delegation. */
  readonly find: (found: FoundDelegation, context: LintContext) => readonly LintHit[];
}

/** Finds what a reader of the dialect remarked. */
export const remarked =
  (...ids: readonly RemarkId[]): LintFinding["find"] =>
  ({ remarks }) =>
    remarks.filter(({ id }) => ids.includes(id));

/**
 * Finds what a delegation says about itself, at the first word that it is about. What is missing may be
 * what a template fills in, what a page omits, or a word with another mistake.
 */
export const judged =
  (id: DelegationIssue["id"]): LintFinding["find"] =>
  (found, context) => {
    const fills = (axis: DelegationAxis): boolean => (axis === "cmds") === (id === "lacks_command");
    if (id.startsWith("lacks_") && mayLack(found, context, fills)) return [];
    return judgementOf(found, context.release)
      .filter((issue) => issue.id === id)
      .flatMap(({ axis, mask, text }) => {
        const words = found.words.filter((word) => word.axis === axis && (word.mask & mask) !== 0n);
        return atWords(words.slice(0, 1), text);
      });
  };

/** Several findings ask the same. */
const judgements = new WeakMap<FoundDelegation, readonly DelegationIssue[]>();

function judgementOf(
  found: FoundDelegation,
  release: KernelRelease | undefined,
): readonly DelegationIssue[] {
  const known = judgements.get(found) ?? judgeDelegation(found.delegation, release);
  judgements.set(found, known);
  return known;
}

/** What a reader remarks about a word that delegates nothing. */
const lost: ReadonlySet<RemarkId> = new Set([
  ...(["any_beside_names", "comment_in_value", "number_replaces", "quotes"] as const),
  ...(["repeated", "separator", "template", "unknown_option"] as const),
]);

/**
 * Whether what a delegation lacks may be elsewhere, or be part of another mistake.
 *
 * @param fills - whether a word of a mask may be what is missing.
 */
export const mayLack = (
  { extent, remarks, words }: FoundDelegation,
  { isPart }: LintContext,
  fills: (axis: DelegationAxis) => boolean,
): boolean =>
  remarks.some(
    ({ axis, fatal, id }) =>
      (fatal === true || lost.has(id)) && (axis === undefined || fills(axis)),
  ) ||
  ((extent === "part" || (isPart === true && extent !== "whole")) &&
    words.every(({ axis }) => axis === words[0]?.axis));

/** A hit at each of some words. */
export const atWords = (words: FoundDelegation["words"], text: string): readonly LintHit[] =>
  words.map((word) => ({ at: word.at, end: word.at + word.text.length, text }));
