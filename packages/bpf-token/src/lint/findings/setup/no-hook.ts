// SPDX-License-Identifier: MIT
import { docker } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const noHook: LintFinding = {
  id: "lint.no_hook",
  severity: "error",
  confidence: "likely",
  persona: "everyone",
  sentence: "Docker runs no hooks of the host, so nobody reads the annotations.",
  bad: docker([" --runtime=bpf-token", ""]),
  good: docker(),
  find: remarked("no_hook"),
};
