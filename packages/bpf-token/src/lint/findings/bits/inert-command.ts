// SPDX-License-Identifier: MIT
import { script } from "../../examples.js";
import { judged, type LintFinding } from "../../finding.js";

export const inertCommand: LintFinding = {
  id: "lint.inert_command",
  severity: "warning",
  confidence: "certain",
  persona: "everyone",
  sentence:
    "No token check reads this bit: the command needs no token, or a token does not help it.",
  bad: script(["map_create:prog_load", "map_create:prog_load:obj_get:link_create"]),
  good: script(),
  loads: true,
  find: judged("inert_command"),
};
