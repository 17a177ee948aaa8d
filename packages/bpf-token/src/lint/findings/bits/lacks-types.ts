// SPDX-License-Identifier: MIT
import { lxd } from "../../examples.js";
import { judged, type LintFinding } from "../../finding.js";

export const lacksTypes: LintFinding = {
  id: "lint.lacks_types",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "A command has no effect without types for it.",
  bad: lxd(['  security.delegate_bpf.attach_types: "xdp"\n', ""]),
  good: lxd(),
  find: judged("lacks_types"),
};
