// SPDX-License-Identifier: MIT
import { attachRules } from "./attach.js";
import { generalRules } from "./general.js";
import { kernelLogRules } from "./kernel-log.js";
import { languageRules } from "./languages.js";
import { libbpfRules } from "./libbpf.js";
import { limitRules } from "./limits.js";
import { loadRules, preciseRules } from "./precise.js";
import type { Found, Rule } from "./rule.js";
import { stepErrnoRules } from "./step-errno.js";
import { tokenRules } from "./token.js";
import { verifierRules } from "./verifier.js";

/** All rules; those that name a cause come before those that name an errno. */
export const allRules: readonly Rule[] = [
  ...kernelLogRules,
  ...limitRules,
  ...tokenRules,
  ...preciseRules,
  ...verifierRules,
  ...stepErrnoRules,
  ...attachRules,
  ...loadRules,
  ...languageRules,
  ...libbpfRules,
  ...generalRules,
];

/**
 * What a rule sees of a line at once. Anybody may have written the line: without a limit, one slow rule
 * is a way to stop the program.
 */
const PIECE = 1 << 12;
/** Texts up to this length are found wherever a long line is cut. */
const OVERLAP = 1 << 10;

/** Returns the rule for a line, if there is one. */
export function findRule(line: string): { readonly rule: Rule; readonly match: Found } | undefined {
  const pieces = piecesOf(line);
  for (const rule of allRules) {
    for (const piece of pieces) {
      const match = rule.find.exec(piece);
      if (match !== null) return { rule, match };
    }
  }
  return undefined;
}

function piecesOf(line: string): readonly string[] {
  if (line.length <= PIECE) return [line];
  const step = PIECE - OVERLAP;
  const count = Math.ceil((line.length - OVERLAP) / step);
  return Array.from({ length: count }, (_, i) => line.slice(i * step, i * step + PIECE));
}
