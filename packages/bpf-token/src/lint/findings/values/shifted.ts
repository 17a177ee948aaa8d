// SPDX-License-Identifier: MIT
import { unit } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const shifted: LintFinding = {
  id: "lint.shifted",
  severity: "error",
  confidence: "likely",
  persona: "everyone",
  sentence: "In systemd 262, BPFProgTypeNetfilter has the number of another program type.",
  bad: unit(["BPFProgTypeXdp", "BPFProgTypeNetfilter"]),
  good: unit(),
  find: remarked("shifted"),
};
