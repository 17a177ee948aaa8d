// SPDX-License-Identifier: MIT
import { unit } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const anyBesideNames: LintFinding = {
  id: "lint.any_beside_names",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "systemd knows 'any' only as the whole value.",
  bad: unit(["=BPFMapTypeArray", "=any,BPFMapTypeHash"]),
  good: unit(),
  find: remarked("any_beside_names"),
};
