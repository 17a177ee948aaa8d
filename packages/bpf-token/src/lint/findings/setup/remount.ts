// SPDX-License-Identifier: MIT
import { script } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const remount: LintFinding = {
  id: "lint.remount",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "A remount changes no delegate mask and reports no error.",
  bad: script(["delegate_cmds", "remount,delegate_cmds"]),
  good: script(),
  find: remarked("remount"),
};
