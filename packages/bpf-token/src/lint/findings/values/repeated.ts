// SPDX-License-Identifier: MIT
import { nix } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const repeated: LintFinding = {
  id: "lint.repeated",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence:
    "systemd keeps only the last line of a setting, and NixOS writes a line for each member of a list.",
  bad: nix(['"BPFMapCreate,BPFProgLoad"', '[ "BPFMapCreate" "BPFProgLoad" ]']),
  good: nix(),
  safe: true,
  find: remarked("repeated"),
};
