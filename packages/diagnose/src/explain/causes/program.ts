// SPDX-License-Identifier: MIT
import type { CauseText } from "./text.js";

/** Causes in the program or the object file. */
export type ProgramCauseId =
  | "explain.verifier"
  | "explain.verifier_capability"
  | "explain.license"
  | "explain.program_size"
  | "explain.log_buffer"
  | "explain.map_definition"
  | "explain.object"
  | "explain.compile"
  | "explain.tracepoint_record"
  | "explain.pin_exists"
  | "explain.probe_answer";

/** The texts of {@link ProgramCauseId}. */
export const programCauses: Readonly<Record<ProgramCauseId, CauseText>> = {
  "explain.verifier": {
    kind: "program",
    cause: "the verifier rejects the program; permissions are not the reason",
    decides: 'the last line of the verifier\'s log before "processed N insns"',
    fix: ["change the program as the log says; compiler and kernel versions can matter"],
  },
  "explain.pin_exists": {
    kind: "setup",
    cause: "the path to pin to exists already, as a rule from an earlier run",
    decides: "ls -l of the path; `bpftool map show pinned PATH` prints what it is",
    fix: [
      "remove the pin of the earlier run, or let the program open it in place of pinning again",
    ],
  },
  "explain.verifier_capability": {
    kind: "capability",
    cause: "the verifier rejects the program, and accepts it from a caller with more capabilities",
    decides:
      "CapEff in /proc/PID/status: CAP_PERFMON for pointer arithmetic and comparisons and for some helpers, CAP_BPF for loops and calls",
    fix: [
      "raise CAP_PERFMON or CAP_BPF: with a token in the token's user namespace, else on the host",
    ],
  },
  "explain.license": {
    kind: "program",
    cause: "the program calls a function that is only for GPL-compatible programs",
    decides: "the section `license` of the object",
    fix: ['declare a GPL-compatible license: SEC("license") = "GPL"; or do not call the function'],
  },
  "explain.program_size": {
    kind: "program",
    cause: "the program is too large or too complex for the verifier",
    decides:
      'the log: "Processed 1000001 insn" is complexity; without CAP_BPF the limit is 4096 instructions, as for all before Linux 5.2',
    fix: [
      "split the program with tail calls, use bpf_loop(), or unroll less; a newer kernel helps often",
    ],
  },
  "explain.log_buffer": {
    kind: "program",
    cause: "the buffer for the verifier's log is too small (ENOSPC); the program may be valid",
    decides: "whether the load succeeds with log_level 0",
    fix: ["pass a larger log buffer, or no log"],
  },
  "explain.map_definition": {
    kind: "program",
    cause: "the kernel rejects the definition of a map",
    decides:
      "`bpf-token explain EINVAL --cmd map_create --type TYPE --key N --value N --entries N`",
    fix: ["correct key_size, value_size, max_entries or map_flags for this map type"],
  },
  "explain.object": {
    kind: "program",
    cause: "the object file cannot be used by this loader",
    decides: "llvm-objdump -h OBJECT, and the versions of clang and of the loader",
    fix: ["compile with clang -g -O2 -target bpf, with SEC() names that the loader knows"],
  },
  "explain.compile": {
    kind: "program",
    cause: "the compiler rejects the program's source; permissions are not the reason",
    decides:
      "the first line with `error:`: its file and line, and the versions of clang and headers",
    fix: [
      "correct the source; functions that the program calls must be static inline",
      "a tool of a distribution: update it, newer kernel headers break old BCC programs",
    ],
  },
  "explain.tracepoint_record": {
    kind: "program",
    cause: "the program reads past the end of the tracepoint's record on this kernel (EACCES)",
    decides:
      "cat /sys/kernel/tracing/events/CATEGORY/NAME/format, compared with the fields that the program reads",
    fix: [
      "read only fields of this kernel's record: with CO-RE and the types of its BTF, in place of a copied struct",
      "or attach as raw_tp, whose arguments do not depend on the record",
    ],
  },
  "explain.probe_answer": {
    kind: "harmless",
    cause: "a probe of the loader fails, which only means that the loader avoids this feature",
    decides: 'whether a later call fails: a refused probe means "not permitted", not "unsupported"',
    fix: ["look at the lines after this one"],
  },
};
