// SPDX-License-Identifier: MIT
import { script } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const octal: LintFinding = {
  id: "lint.octal",
  severity: "warning",
  confidence: "likely",
  persona: "everyone",
  sentence: "A number with a leading zero is octal.",
  bad: script(["map_create:prog_load", "041"]),
  good: script(["map_create:prog_load", "0x21"]),
  safe: true,
  loads: true,
  find: remarked("octal"),
};
