// SPDX-License-Identifier: MIT
import { tracingFix } from "../../lockdown.js";
import type { CauseText } from "./text.js";

/** Secure Boot switches integrity mode on, which permits all of tracing but one helper. */
export type LockdownCauseId = "doctor.lockdown";

/** The texts of {@link LockdownCauseId}. */
export const lockdownCauses: Readonly<Record<LockdownCauseId, CauseText>> = {
  "doctor.lockdown": {
    kind: "policy",
    cause:
      "lockdown in confidentiality mode refuses kprobes, tracefs and reading kernel memory to everybody, root included",
    decides:
      "cat /sys/kernel/security/lockdown: [confidentiality] refuses it; [integrity] only bpf_probe_write_user() and debugfs",
    fix: [
      ...tracingFix,
      "or use programs that read no kernel memory: cgroup, XDP and tc programs work in lockdown",
    ],
  },
};
