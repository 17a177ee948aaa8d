// SPDX-License-Identifier: MIT
import { checkPolicy } from "../../../policy/check.js";
import { examplePolicy, script } from "../../examples.js";
import { atWords, type LintFinding } from "../../finding.js";

export const objectNeedless: LintFinding = {
  id: "lint.object_needless",
  severity: "note",
  confidence: "likely",
  persona: "auditor",
  sentence: "The delegation has more than the objects need that '--objects' names.",
  bad: script(
    ["map_create:prog_load", "map_create:prog_load:btf_load"],
    ["delegate_maps=array", "delegate_maps=array:hash"],
  ),
  good: script(["map_create:prog_load", "map_create:prog_load:btf_load"]),
  loads: true,
  policy: examplePolicy,
  find: (found, { policy }) => {
    if (policy === undefined) return [];
    const { superfluous } = checkPolicy(policy, found.delegation, found);
    const text = `the objects do not need ${superfluous.join(", ")}`;
    return superfluous.length === 0 ? [] : atWords(found.words.slice(0, 1), text);
  },
};
