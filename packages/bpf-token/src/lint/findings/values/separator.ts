// SPDX-License-Identifier: MIT
import { script } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const separator: LintFinding = {
  id: "lint.separator",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence:
    "The kernel and Podman's hook separate names by ':', systemd and Incus by ','; the other sign ends the list or makes it invalid.",
  bad: script(["map_create:prog_load", "map_create,prog_load"]),
  good: script(),
  safe: true,
  find: remarked("separator"),
};
