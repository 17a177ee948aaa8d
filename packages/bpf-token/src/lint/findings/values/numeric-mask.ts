// SPDX-License-Identifier: MIT
import { formatMask } from "@bpf-token/delegation";
import { script } from "../../examples.js";
import { atWords, type LintFinding } from "../../finding.js";

export const numericMask: LintFinding = {
  id: "lint.numeric_mask",
  severity: "note",
  confidence: "certain",
  persona: "auditor",
  sentence:
    "A number stands for bits, which a later kernel may give other names; names are checked by the kernel.",
  bad: script(["map_create:prog_load", "0x21"]),
  good: script(),
  loads: true,
  find: ({ words }) =>
    words.flatMap((word) => {
      if (!/^\d/.test(word.text)) return [];
      const fix = formatMask(word.axis, word.mask);
      const [hit] = atWords([word], `${word.text} is ${fix}; write the names`);
      return hit === undefined ? [] : [{ ...hit, fix }];
    }),
};
