// SPDX-License-Identifier: MIT
import { incus } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const privileged: LintFinding = {
  id: "lint.privileged",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "LXD and Incus give a privileged container no delegation.",
  bad: incus(['privileged: "false"', 'privileged: "true"']),
  good: incus(),
  find: remarked("privileged"),
};
