// SPDX-License-Identifier: MIT
import { examplePolicy, script } from "../../examples.js";
import type { LintFinding } from "../../finding.js";
import { missingIn } from "./missing-in.js";

export const objectLoses: LintFinding = {
  id: "lint.object_loses",
  severity: "note",
  confidence: "likely",
  persona: "everyone",
  sentence: "An object that '--objects' names loads, but without a feature that needs more.",
  bad: script(),
  good: script(["map_create:prog_load", "map_create:prog_load:btf_load"]),
  loads: true,
  policy: examplePolicy,
  find: missingIn(({ required }) => !required),
};
