// SPDX-License-Identifier: MIT
import { causeText } from "../cause.js";
import { ruleWords } from "../generated/rule-words.js";
import { attachRules } from "./attach.js";
import { compilerRules } from "./compiler.js";
import { kernelLogRules } from "./kernel-log.js";
import { languageRules } from "./languages.js";
import { libbpfRules } from "./libbpf.js";
import { limitRules } from "./limits.js";
import { loaderErrorRules } from "./loader-errors.js";
import { machineRules } from "./machine.js";
import { pinRules } from "./pins.js";
import { preciseRules } from "./precise.js";
import type { Rule } from "./rule.js";
import { type Ruled, RuleList } from "./rule-list.js";
import { findStep, preciseStepRules } from "./step-errno.js";
import { tokenRules } from "./token.js";
import { verifierRules } from "./verifier.js";

/** Rules that know the texts of tools; those that name a cause come before those that name an errno. */
export const allRules: readonly Rule[] = [
  ...kernelLogRules,
  ...limitRules,
  ...tokenRules,
  ...pinRules,
  ...preciseRules,
  ...loaderErrorRules,
  ...verifierRules,
  ...preciseStepRules,
  ...attachRules,
  ...languageRules,
  ...libbpfRules,
  ...machineRules,
];

/** Rules for a step alone: a line that names the step and its errno says more. */
const isWeak = ({ strength, causes: [first] }: Rule): boolean =>
  strength === 1 && first !== undefined && causeText(first).kind !== "harmless";
const listOf = (wanted: (rule: Rule) => boolean): RuleList =>
  new RuleList(
    allRules.filter(wanted),
    ruleWords.filter((_, i) => wanted(allRules[i] as Rule)),
  );
const toolRules = listOf((rule) => !isWeak(rule));
const weakRules = listOf(isWeak);
const otherRules = new RuleList(compilerRules);

/**
 * What a rule sees of a line at once. Anybody may have written the line: without a limit, one slow rule
 * is a way to stop the program.
 */
const PIECE = 1 << 12;
/** Texts up to this length are found wherever a long line is cut. */
const OVERLAP = 1 << 10;

/**
 * Returns the rule for a line, if there is one.
 *
 * @param forms - forms of the line, the best first: the same rule finds more in some of them.
 */
export function findRule(...forms: readonly (string | undefined)[]): Ruled | undefined {
  const texts = forms.filter((form) => form !== undefined).map(piecesOf);
  const first = (find: (pieces: readonly string[]) => Ruled | undefined) =>
    texts.map(find).find((found) => found !== undefined);
  return (
    first((pieces) => toolRules.find(pieces)) ??
    first((pieces) => pieces.map(findStep).find((found) => found !== undefined)) ??
    first((pieces) => weakRules.find(pieces)) ??
    first((pieces) => otherRules.find(pieces))
  );
}

function piecesOf(line: string): readonly string[] {
  if (line.length <= PIECE) return [line];
  const step = PIECE - OVERLAP;
  const count = Math.ceil((line.length - OVERLAP) / step);
  return Array.from({ length: count }, (_, i) => line.slice(i * step, i * step + PIECE));
}
