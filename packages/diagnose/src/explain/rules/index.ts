// SPDX-License-Identifier: MIT
import { attachRules } from "./attach.js";
import { generalRules } from "./general.js";
import { kernelLogRules } from "./kernel-log.js";
import { languageRules } from "./languages.js";
import { libbpfRules } from "./libbpf.js";
import type { Rule } from "./rule.js";
import { tokenRules } from "./token.js";
import { verifierRules } from "./verifier.js";

/** All rules; those that name a cause come before those that name an errno. */
export const allRules: readonly Rule[] = [
  ...kernelLogRules,
  ...tokenRules,
  ...verifierRules,
  ...attachRules,
  ...languageRules,
  ...libbpfRules,
  ...generalRules,
];

/** Returns the rule for a line, if there is one. */
export function findRule(
  line: string,
): { readonly rule: Rule; readonly match: RegExpExecArray } | undefined {
  for (const rule of allRules) {
    const match = rule.find.exec(line);
    if (match !== null) return { rule, match };
  }
  return undefined;
}
