// SPDX-License-Identifier: MIT
import type { CauseText } from "./text.js";

/** Limits and hardening of the JIT compiler. */
export type JitCauseId = "explain.jit_limit" | "explain.jit_harden";

/** The texts of {@link JitCauseId}. */
export const jitCauses: Readonly<Record<JitCauseId, CauseText>> = {
  "explain.jit_limit": {
    kind: "policy",
    cause:
      "the memory of the JIT compiler is used up (net.core.bpf_jit_limit): programs and seccomp filters fail with error 524 (ENOTSUPP)",
    decides:
      "sysctl net.core.bpf_jit_limit, compared with the sizes of the lines with bpf in /proc/vmallocinfo; CAP_BPF in a user namespace does not lift the limit",
    fix: [
      "on the host: raise net.core.bpf_jit_limit, and look for programs that are never freed (bpftool prog)",
      "or give the program CAP_BPF in the initial user namespace, which lifts the limit",
    ],
  },
  "explain.jit_harden": {
    kind: "policy",
    cause:
      "hardening of the JIT compiler (net.core.bpf_jit_harden) hides the addresses and instructions of compiled programs",
    decides: "sysctl net.core.bpf_jit_harden: 0 is off, 1 is for unprivileged programs, 2 for all",
    fix: ["on the host, while you debug: set net.core.bpf_jit_harden to 0"],
  },
};
