// SPDX-License-Identifier: MIT
import type { CauseText } from "@bpf-token/diagnose";

const trace = "bpf-token audit --trace SECONDS, or bpf-token policy --from RECORDING";

/** The ids of the findings of `bpf-token audit`. */
export type AuditId =
  `audit.${"any" | "host_network" | "idle" | "kernel_memory" | "nobody" | "reach" | "unmounted" | "unused"}`;

/** What `bpf-token explain audit.X` prints about a finding of `audit`. */
export const auditTexts: Readonly<Record<AuditId, CauseText>> = {
  "audit.kernel_memory": {
    kind: "policy",
    cause: "it can read the memory of the whole kernel: it may load programs, and has CAP_PERFMON",
    decides:
      "CapEff and CapBnd of /proc/PID/status have CAP_PERFMON or CAP_SYS_ADMIN, and /sys/kernel/security/lockdown is not [confidentiality]",
    fix: [
      "start it without CAP_PERFMON and CAP_SYS_ADMIN in its user namespace",
      "or delegate no programs: no prog_load in delegate_cmds",
    ],
  },
  "audit.host_network": {
    kind: "policy",
    cause:
      "it can see and change the packets of the host: it may load XDP or tc programs, and is in the network namespace of the host",
    decides: "readlink /proc/PID/ns/net prints the same as for process 1",
    fix: [
      "give it a network namespace that its user namespace owns",
      "or delegate no xdp and sched_cls in delegate_progs",
    ],
  },
  "audit.unmounted": {
    kind: "policy",
    cause:
      "it has an open token of a BPF filesystem that is mounted nowhere; unmounting revokes no token",
    decides: "/proc/PID/fdinfo/FD has delegate_ lines, and its mnt_id is in no mountinfo",
    fix: ["end the processes that have it"],
  },
  "audit.any": {
    kind: "policy",
    cause: "a mask is any: it may use everything that this kernel and future ones have",
    decides: "mountinfo has delegate_…=any for the BPF filesystem",
    fix: ["write the names that its programs need: bpf-token policy OBJECT prints them"],
  },
  "audit.idle": {
    kind: "policy",
    cause:
      "nothing can use a bit: no token check reads it, its command or its types are not delegated, or no process has the capability",
    decides: "bpf-token support --matrix --type TYPE prints the capabilities of a type",
    fix: ["remove the bit from the mask"],
  },
  "audit.nobody": {
    kind: "policy",
    cause:
      "nobody can create a token from the BPF filesystem: no process in its user namespace has CAP_BPF, or only the initial user namespace sees it",
    decides:
      "CapBnd of /proc/PID/status has CAP_BPF, and /proc/PID/uid_map is not that of the host",
    fix: ["mount it without delegate options, or unmount it"],
  },
  "audit.unused": {
    kind: "policy",
    cause: "no recorded call used some of the delegated bits",
    decides: `${trace} says which bits its calls use; record it from its start`,
    fix: ["remove the bits that it does not use at any time"],
  },
  "audit.reach": {
    kind: "policy",
    cause: "its programs can reach beyond it, such as to each cgroup whose directory it can open",
    decides: "bpf-token policy OBJECT prints what a delegation permits on the host",
    fix: ["nothing, if that is intended; else delegate fewer program types"],
  },
};

/** @returns undefined for an id that no finding of `audit` has. */
export const auditText = (id: string): CauseText | undefined =>
  Object.hasOwn(auditTexts, id) ? auditTexts[id as AuditId] : undefined;
