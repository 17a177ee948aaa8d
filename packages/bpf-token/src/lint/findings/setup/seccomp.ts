// SPDX-License-Identifier: MIT
import { unit } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const seccomp: LintFinding = {
  id: "lint.seccomp",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "The filter refuses bpf() before the kernel looks at a token.",
  bad: unit(["[Service]", "[Service]\nSystemCallFilter=@system-service"]),
  good: unit(["[Service]", "[Service]\nSystemCallFilter=@system-service bpf"]),
  find: remarked("seccomp"),
};
