// SPDX-License-Identifier: MIT

import { podman } from "../../examples.js";
import { atWords, type LintFinding } from "../../finding.js";
import { neededBy } from "../../needed.js";

export const capabilitiesNeedless: LintFinding = {
  id: "lint.capabilities_needless",
  severity: "warning",
  confidence: "likely",
  persona: "everyone",
  sentence: "CAP_SYS_ADMIN stands for all that a delegation needs, and for much more.",
  bad: podman(["CAP_NET_ADMIN", "CAP_SYS_ADMIN"]),
  good: podman(),
  loads: true,
  find: ({ capabilities, words, delegation }, { release }) => {
    if (capabilities?.includes("sys_admin") !== true) return [];
    const names = neededBy(delegation, release).map((name) => `CAP_${name.toUpperCase()}`);
    const text = `CAP_SYS_ADMIN is not needed: write ${names.join(" and ")}`;
    return names.includes("CAP_SYS_ADMIN") ? [] : atWords(words.slice(0, 1), text);
  },
};
