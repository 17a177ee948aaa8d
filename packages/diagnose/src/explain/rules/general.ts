// SPDX-License-Identifier: MIT
import { refusedLoad, refusedMap } from "./libbpf.js";
import { eacces, eperm, inOrder, type Rule } from "./rule.js";

const bpf = /\be?bpf|probe|verifier|libbpf/i;

/** Texts that name only an errno, near a word about BPF. */
export const generalRules: readonly Rule[] = [
  { find: inOrder(/\bmap/i, eperm), causes: refusedMap, strength: 1 },
  { find: inOrder(bpf, eperm), causes: refusedLoad, strength: 1 },
  {
    find: inOrder(bpf, /function not implemented|ENOSYS|os error 38/i),
    causes: ["doctor.seccomp", "explain.kernel_config"],
    strength: 1,
  },
  {
    find: inOrder(bpf, eacces),
    causes: ["explain.verifier", "explain.selinux", "explain.pin_mode"],
    strength: 1,
  },
  {
    find: inOrder(bpf, /argument list too long|E2BIG/i),
    causes: ["explain.program_size", "bpf.tail"],
    strength: 1,
  },
];
