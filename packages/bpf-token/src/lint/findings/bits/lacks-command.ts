// SPDX-License-Identifier: MIT
import { incus } from "../../examples.js";
import { judged, type LintFinding } from "../../finding.js";

export const lacksCommand: LintFinding = {
  id: "lint.lacks_command",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "A list of types has no effect without the command that creates them.",
  bad: incus(["map_create,prog_load", "prog_load"]),
  good: incus(),
  find: judged("lacks_command"),
};
