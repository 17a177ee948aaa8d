// SPDX-License-Identifier: MIT

import { lacksCapability } from "@bpf-token/delegation";
import { pod } from "../../examples.js";
import { atWords, type LintFinding } from "../../finding.js";
import { neededBy } from "../../needed.js";

export const capabilitiesMissing: LintFinding = {
  id: "lint.capabilities_missing",
  severity: "error",
  confidence: "likely",
  persona: "everyone",
  sentence: "A token replaces no capability: the process needs them in its user namespace.",
  bad: pod(["BPF, ", ""]),
  good: pod(),
  find: (found, { release }) => {
    const needed = neededBy(found.delegation, release);
    const missing = needed.filter((name) => lacksCapability(found, name));
    const names = missing.map((name) => `CAP_${name.toUpperCase()}`).join(" and ");
    const text = `the process has no ${names}, which the kernel requires in addition to the token`;
    return missing.length === 0 ? [] : atWords(found.words.slice(0, 1), text);
  },
};
