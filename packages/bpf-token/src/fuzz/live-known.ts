// SPDX-License-Identifier: MIT
import type { KnownReason } from "./live.js";

/** Where a real machine is not what the model is, although both are right. */
export const knownReasons: readonly KnownReason[] = [
  {
    match: / (fstatfs|fstat)\([012], .*: memory: /,
    why: "what the first three descriptors of a real task lead to is the executor's",
  },
  {
    match: /prlimit64\(.*: memory: model old_rlim: /,
    why: "limits of resources are the machine's, but that of open files",
  },
  {
    // BPF_PROG_TYPE_TRACING to BPF_PROG_TYPE_LSM, in front of an attribute in bytes
    match: /bpf\(BPF_PROG_LOAD, \[1[a-d]000000.* native EPERM$/,
    why: "some builds refuse programs behind trampolines to everybody",
  },
];
