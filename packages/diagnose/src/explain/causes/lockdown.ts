// SPDX-License-Identifier: MIT
import type { CauseText } from "./text.js";

/** Secure Boot switches lockdown on. */
export type LockdownCauseId = "doctor.lockdown";

/** The texts of {@link LockdownCauseId}. */
export const lockdownCauses: Readonly<Record<LockdownCauseId, CauseText>> = {
  "doctor.lockdown": {
    kind: "policy",
    cause: "lockdown (Secure Boot) refuses access to kernel memory to everybody, root included",
    decides: "cat /sys/kernel/security/lockdown: [integrity] or [confidentiality] is active",
    fix: [
      "change the boot settings (lockdown=, Secure Boot); no capability and no token helps",
      "or use programs that read no kernel memory: cgroup, XDP and tc programs work in lockdown",
    ],
  },
};
