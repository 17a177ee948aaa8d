// SPDX-License-Identifier: MIT
import { examplePolicy, script } from "../../examples.js";
import type { LintFinding } from "../../finding.js";
import { missingIn } from "./missing-in.js";

export const objectLacks: LintFinding = {
  id: "lint.object_lacks",
  severity: "error",
  confidence: "likely",
  persona: "everyone",
  sentence:
    "An object that '--objects' names does not load: the delegation lacks what its programs and maps, or the loader, need.",
  bad: script(["delegate_maps=array", "delegate_maps=hash"]),
  good: script(),
  policy: examplePolicy,
  find: missingIn(({ required }) => required),
};
