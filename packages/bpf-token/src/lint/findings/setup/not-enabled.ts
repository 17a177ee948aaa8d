// SPDX-License-Identifier: MIT
import { unit } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const notEnabled: LintFinding = {
  id: "lint.not_enabled",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence:
    "The manager mounts nothing, because the setting that enables the delegation is missing.",
  bad: unit(["PrivateBPF=yes", "PrivateBPF=no"]),
  good: unit(),
  find: remarked("not_enabled"),
};
