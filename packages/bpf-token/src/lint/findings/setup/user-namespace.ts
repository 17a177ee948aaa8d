// SPDX-License-Identifier: MIT
import { podman } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const userNamespace: LintFinding = {
  id: "lint.user_namespace",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "Without a user namespace of its own, a process creates no token.",
  bad: podman([" --userns=auto", ""]),
  good: podman(),
  find: remarked("user_namespace"),
};
