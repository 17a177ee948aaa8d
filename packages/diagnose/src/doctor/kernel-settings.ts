// SPDX-License-Identifier: MIT
import type { Facts } from "../facts.js";
import type { Finding } from "./finding.js";
import { seccompFindings } from "./seccomp.js";
import type { Wanted } from "./wanted.js";

/** Program types that lockdown restricts for every caller: they can read kernel memory. */
const LOCKED =
  /^(?:kprobe|uprobe|kretprobe|uretprobe|tp|tracepoint|raw_tp|raw_tracepoint|fentry|fexit|fmod_ret|lsm|perf_event)/;

/** Findings that are no token matter: what else in this kernel can refuse bpf(). */
export function findKernelSettings(facts: Facts, wanted: Wanted): readonly Finding[] {
  const { objects } = wanted;
  const findings: Finding[] = [...seccompFindings(facts, wanted), ...hookFindings(facts)];
  if (facts.lockdown === "integrity" || facts.lockdown === "confidentiality") {
    const sections = [...objects.values()].flatMap(({ programs }) =>
      programs.map(({ section }) => section).filter((section) => LOCKED.test(section)),
    );
    findings.push({
      id: "doctor.lockdown",
      severity: sections.length > 0 ? "warning" : "note",
      confidence: "possible",
      cause: `lockdown is in ${facts.lockdown} mode; the kernel refuses some tracing programs and helpers to everybody`,
      evidence: [
        `/sys/kernel/security/lockdown: ${facts.lockdown}`,
        ...(sections.length > 0 ? [`programs: ${[...new Set(sections)].join(", ")}`] : []),
      ],
      fix: ["no token changes this: change the boot settings, or use other program types"],
    });
  }
  const { lsms = [] } = facts;
  const strict = lsms.filter((name) => name === "selinux" || name === "apparmor");
  if (strict.length > 0) {
    findings.push({
      id: "doctor.lsm",
      severity: "note",
      confidence: "possible",
      cause: `${strict.join(" and ")} can refuse bpf() as well`,
      evidence: [`/sys/kernel/security/lsm: ${lsms.join(",")}`],
      fix: ["look for a denial: journalctl -k, or ausearch -m avc"],
    });
  }
  return findings;
}

function hookFindings({ oldHook }: Facts): readonly Finding[] {
  if (oldHook === undefined) return [];
  return [
    {
      id: "doctor.hook",
      severity: "warning",
      confidence: "certain",
      cause:
        "the installed OCI hook is an old build, which a hostile container can take over as root",
      evidence: [`${oldHook}: it names no revision`],
      fix: ["bpf-token hook install --yes, or bpf-token hook remove --yes"],
    },
  ];
}
