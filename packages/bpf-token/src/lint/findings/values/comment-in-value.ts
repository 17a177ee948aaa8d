// SPDX-License-Identifier: MIT
import { unit } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const commentInValue: LintFinding = {
  id: "lint.comment_in_value",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "In a unit, a comment after a value belongs to the value.",
  bad: unit(["BPFMapTypeArray", "BPFMapTypeArray # for flows"]),
  good: unit(),
  safe: true,
  find: remarked("comment_in_value"),
};
