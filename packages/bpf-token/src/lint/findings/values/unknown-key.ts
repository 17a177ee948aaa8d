// SPDX-License-Identifier: MIT
import { unit } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const unknownKey: LintFinding = {
  id: "lint.unknown_key",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "The manager ignores or refuses a setting that it does not know.",
  bad: unit(["BPFDelegateMaps", "BPFDelegateMap"]),
  good: unit(),
  find: remarked("unknown_key"),
};
