// SPDX-License-Identifier: MIT
import { script } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const numberReplaces: LintFinding = {
  id: "lint.number_replaces",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "In a list, a number replaces the names before it.",
  bad: script(["map_create:prog_load", "map_create:0x20"]),
  good: script(["map_create:prog_load", "0x20:map_create"]),
  find: remarked("number_replaces"),
};
