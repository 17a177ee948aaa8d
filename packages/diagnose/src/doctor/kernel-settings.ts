// SPDX-License-Identifier: MIT
import { helpersOf, linkProgram } from "@bpf-token/object";
import type { Facts } from "../facts.js";
import { lockdownFix, removedFrom, tracingFix } from "../lockdown.js";
import type { Finding } from "./finding.js";
import { seccompFindings } from "./seccomp.js";
import type { Wanted } from "./wanted.js";

/** Findings that are no token matter: what else in this kernel can refuse bpf(). */
export function findKernelSettings(facts: Facts, wanted: Wanted): readonly Finding[] {
  const findings: Finding[] = [
    ...seccompFindings(facts, wanted),
    ...hookFindings(facts),
    ...lockdownFindings(facts, wanted),
  ];
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

/** Sections of programs that are attached as kprobes, or by files of tracefs. */
const PROBES = /^(?:kprobe|kretprobe|ksyscall|kretsyscall|tp|tracepoint)(?:\/|$)/;

/** Integrity mode, which Secure Boot sets, only removes one helper; confidentiality mode refuses to trace. */
function lockdownFindings({ lockdown }: Facts, { objects }: Wanted): readonly Finding[] {
  if (lockdown !== "integrity" && lockdown !== "confidentiality") return [];
  const base = {
    id: "doctor.lockdown",
    severity: "warning",
    evidence: [`/sys/kernel/security/lockdown: ${lockdown}`],
  } as const;
  const found = [...objects].flatMap(([file, object]): readonly Finding[] =>
    object.programs.flatMap((program) => {
      const helpers = helpersOf(linkProgram(object, program).insns);
      return removedFrom(program.type, helpers, lockdown).map((helper) => ({
        ...{ ...base, confidence: "likely" },
        cause: `${file}: program ${program.name} calls bpf_${helper.name}(), which lockdown in ${lockdown} mode removes for everybody`,
        fix: lockdownFix(helper),
      }));
    }),
  );
  if (lockdown === "integrity") return found;
  const programs = [...objects.values()].flatMap((object) => object.programs);
  const sections = programs.map(({ section }) => section).filter((one) => PROBES.test(one));
  if (objects.size > 0 && sections.length === 0) return found;
  const general: Finding = {
    ...{ ...base, severity: sections.length > 0 ? "warning" : "note", confidence: "possible" },
    cause:
      "lockdown is in confidentiality mode: the kernel refuses kprobes, tracefs and the helpers that read kernel memory to everybody",
    evidence: [
      ...base.evidence,
      ...(sections.length > 0 ? [`programs: ${[...new Set(sections)].join(", ")}`] : []),
    ],
    fix: tracingFix,
  };
  return [...found, general];
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
