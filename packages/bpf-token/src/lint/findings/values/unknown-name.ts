// SPDX-License-Identifier: MIT
import { unit } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const unknownName: LintFinding = {
  id: "lint.unknown_name",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "The kernel refuses a name that it does not know, and systemd ignores it.",
  bad: unit(["BPFMapTypeArray", "BPFMapTypeArrays"]),
  good: unit(),
  find: remarked("unknown_name"),
};
