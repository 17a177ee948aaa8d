// SPDX-License-Identifier: MIT
import { delegationNames } from "@bpf-token/delegation";
import { script } from "../../examples.js";
import { judged, type LintFinding } from "../../finding.js";

const every69 = delegationNames("maps", "6.9").join(":");

export const formerAll: LintFinding = {
  id: "lint.former_all",
  severity: "note",
  confidence: "possible",
  persona: "auditor",
  sentence: "The mask has every name of an older release, so 'any' was probably meant.",
  bad: script(["delegate_maps=array", `delegate_maps=${every69}`]),
  good: script(["delegate_maps=array", "delegate_maps=any"]),
  loads: true,
  find: judged("former_all"),
};
