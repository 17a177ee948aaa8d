// SPDX-License-Identifier: MIT
import { unit } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const quotes: LintFinding = {
  id: "lint.quotes",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "systemd does not remove quotes around the names of a delegation.",
  bad: unit(["=BPFMapTypeArray", '="BPFMapTypeArray"']),
  good: unit(),
  safe: true,
  find: remarked("quotes"),
};
