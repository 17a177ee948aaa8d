// SPDX-License-Identifier: MIT
import { refusedLoad, refusedMap } from "./libbpf.js";
import { EACCES, EPERM, pattern, type Rule } from "./rule.js";

const BPF = "(?:\\be?bpf|\\bBPF|probe|verifier|libbpf)";

/** Texts that name only an errno, near a word about BPF. */
export const generalRules: readonly Rule[] = [
  { find: pattern("\\bmap\\w*\\b.*", EPERM), causes: refusedMap, strength: 1 },
  { find: pattern(BPF, ".*", EPERM), causes: refusedLoad, strength: 1 },
  {
    find: pattern(BPF, ".*(?:function not implemented|ENOSYS|os error 38)"),
    causes: ["doctor.seccomp", "explain.kernel_config"],
    strength: 1,
  },
  {
    find: pattern(BPF, ".*(?:", EACCES, ")"),
    causes: ["explain.pin_mode", "explain.verifier", "explain.selinux"],
    strength: 1,
  },
  {
    find: pattern(BPF, ".*(?:argument list too long|E2BIG)"),
    causes: ["explain.program_size", "bpf.tail"],
    strength: 1,
  },
];
