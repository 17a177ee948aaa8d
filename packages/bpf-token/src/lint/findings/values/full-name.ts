// SPDX-License-Identifier: MIT
import { podman } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const fullName: LintFinding = {
  id: "lint.full_name",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence:
    "The kernel refuses names with the prefix of its headers, and with them the whole mount.",
  bad: podman(["=array", "=BPF_MAP_TYPE_ARRAY"]),
  good: podman(["=array", "=array"]),
  safe: true,
  find: remarked("full_name"),
};
