// SPDX-License-Identifier: MIT
import { script } from "../../examples.js";
import { atWords, type LintFinding } from "../../finding.js";

export const any: LintFinding = {
  id: "lint.any",
  severity: "note",
  confidence: "certain",
  persona: "auditor",
  sentence: "'any' delegates every type and command, also those of future kernels.",
  bad: script(["delegate_maps=array", "delegate_maps=any"]),
  good: script(),
  loads: true,
  find: ({ words }) =>
    atWords(
      words.filter(({ text }) => text === "any"),
      "'any' delegates every type, also those of future kernels; 'bpf-token policy OBJECT' prints the names that an object needs",
    ),
};
