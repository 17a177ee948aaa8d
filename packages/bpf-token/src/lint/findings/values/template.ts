// SPDX-License-Identifier: MIT
import { script } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const template: LintFinding = {
  id: "lint.template",
  severity: "note",
  confidence: "certain",
  persona: "auditor",
  sentence: "What a template fills in is not judged.",
  bad: script(["delegate_maps=array", "delegate_maps=array:$MORE"]),
  good: script(),
  loads: true,
  find: remarked("template"),
};
