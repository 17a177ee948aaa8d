// SPDX-License-Identifier: MIT
import type { CauseText } from "./text.js";

/** Limits of memory: RLIMIT_MEMLOCK before Linux 5.11, the memory cgroup since then. */
export type MemoryCauseId =
  | "explain.memlock"
  | "explain.rlimit"
  | "explain.rlimit_refused"
  | "explain.memory_cgroup";

/** The texts of {@link MemoryCauseId}. */
export const memoryCauses: Readonly<Record<MemoryCauseId, CauseText>> = {
  "explain.memlock": {
    kind: "policy",
    cause: "the memory for maps and programs exceeds RLIMIT_MEMLOCK; this is so before Linux 5.11",
    decides: "uname -r below 5.11, and `ulimit -l` in the program's environment",
    fix: [
      "raise the limit: ulimit -l unlimited, LimitMEMLOCK=infinity, --ulimit memlock=-1",
      "from Linux 5.11 on the limit has no effect: look for a missing capability",
    ],
  },
  "explain.rlimit": {
    kind: "harmless",
    cause: "raising RLIMIT_MEMLOCK is refused, because the process lacks CAP_SYS_RESOURCE",
    decides: "uname -r: from Linux 5.11 on, bpf() does not use this limit",
    fix: [
      "from Linux 5.11 on ignore it; before, raise the limit from outside (--ulimit memlock=-1)",
    ],
  },
  "explain.rlimit_refused": {
    kind: "policy",
    cause:
      "the program stops because it may not raise RLIMIT_MEMLOCK: the process lacks CAP_SYS_RESOURCE",
    decides:
      "`ulimit -l` in the program's environment, and CAP_SYS_RESOURCE in CapEff of /proc/PID/status; a later error means that the program continued",
    fix: [
      "raise the limit from outside: LimitMEMLOCK=infinity of systemd, --ulimit memlock=-1 of Docker and Podman",
      "or give the program CAP_SYS_RESOURCE on the host",
      "from Linux 5.11 on bpf() does not use the limit: update the program to one that does not raise it there",
    ],
  },
  "explain.memory_cgroup": {
    kind: "setup",
    cause:
      "the kernel has no memory left for the map or program, or the memory cgroup allows no more",
    decides:
      "memory.max and the counter max of memory.events in the cgroup of the program: from Linux 5.11 on maps count there",
    fix: [
      "raise the limit: MemoryMax= of systemd, --memory of Docker and Podman, limits.memory of LXD and Incus",
      "or make the maps smaller: max_entries, and BPF_F_NO_PREALLOC for hash maps",
    ],
  },
};
