// SPDX-License-Identifier: MIT
import { script } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const unknownOption: LintFinding = {
  id: "lint.unknown_option",
  severity: "warning",
  confidence: "certain",
  persona: "everyone",
  sentence: "A BPF filesystem ignores mount options that it does not know, without an error.",
  bad: script(["delegate_attachs", "delegate_attaches"]),
  good: script(),
  find: remarked("unknown_option"),
};
