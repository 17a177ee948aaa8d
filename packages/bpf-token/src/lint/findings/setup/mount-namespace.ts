// SPDX-License-Identifier: MIT
import { unit } from "../../examples.js";
import { type LintFinding, remarked } from "../../finding.js";

export const mountNamespace: LintFinding = {
  id: "lint.mount_namespace",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence:
    "If the mount namespace belongs to the host's user namespace, so does the BPF filesystem, and no token comes from it.",
  bad: unit(["DelegateNamespaces=mnt", "DelegateNamespaces=net"]),
  good: unit(),
  find: remarked("mount_namespace"),
};
