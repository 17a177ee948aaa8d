// SPDX-License-Identifier: MIT
import { anyOf, inOrder, quoted, type Rule } from "./rule.js";

/** bpf, perf_event_open, mount and fsopen on x86-64 and arm64. */
const SYSCALL = /syscall=(321|280|298|241|165|40|430|bpf|perf_event_open|mount|fsopen)\b/i;

/** Lines of the kernel's log and of the audit log. They name the cause. */
export const kernelLogRules: readonly Rule[] = [
  {
    // A program of type lsm that refuses bpf(), as it reports it.
    find: inOrder(/\bevent=lsm_bpf\b/, /\bretval=-\d/),
    causes: ["doctor.lsm"],
    strength: 3,
    says: () => "a BPF program of type lsm refuses bpf()",
  },
  {
    find: /Lockdown: \S+: ([^:]{0,60}(?:bpf|kprobe|perf|tracefs|debugfs)[^:]{0,60}) is restricted; see man/i,
    causes: ["doctor.lockdown"],
    strength: 3,
    says: ([, what]) => `lockdown refuses "${quoted(what)}" to everybody, root included`,
  },
  {
    // Of other programs: memory, modules, hibernation.
    find: /Lockdown: \S+: [^:]{0,120} is restricted; see man kernel_lockdown/,
    causes: ["doctor.lockdown"],
    strength: 1,
  },
  {
    find: anyOf(
      /lockdown mode|details on lockdown/i,
      inOrder(/\blockdown\b/i, /\b(?:restricted|enabled|confidentiality)/i),
    ),
    causes: ["doctor.lockdown"],
    strength: 2,
  },
  {
    find: inOrder(/avc:\s{1,8}denied/, /permissive=1/),
    causes: ["explain.selinux_permissive"],
    strength: 3,
  },
  {
    find: inOrder(
      /avc:\s{1,8}denied\s{1,8}\{ ([\w ]{1,200})\}/,
      /tclass=(bpf|perf_event|cap\w*|lockdown|user_namespace)\b/,
    ),
    causes: ["explain.selinux"],
    strength: 3,
    says: ([, what, kind]) => `the SELinux policy denies ${what?.trim()} of class ${kind}`,
  },
  {
    find: anyOf(/avc:\s{1,8}denied/, /SELinux is preventing/i),
    causes: ["explain.selinux"],
    strength: 2,
  },
  {
    find: inOrder(/apparmor="(?:DENIED|AUDIT)"/, /unprivileged_userns|operation="userns_create"/),
    causes: ["explain.apparmor_userns"],
    strength: 3,
  },
  {
    find: inOrder(
      /apparmor="DENIED"/,
      /operation="(\w+)"/,
      /profile="([^"]*)"/,
      /capname="(?:bpf|perfmon|sys_|net_admin|ipc_lock|dac_)|\bbpf\b|fstype=|tracing|userns/,
    ),
    causes: ["explain.apparmor"],
    strength: 3,
    says: ([, what, profile]) => `the AppArmor profile ${quoted(profile)} denies ${what}`,
  },
  { find: /apparmor="DENIED"/, causes: ["explain.apparmor"], strength: 2 },
  {
    find: anyOf(
      inOrder(/type=SECCOMP|type=1326/i, SYSCALL),
      inOrder(/audit\(/i, /seccomp/i, SYSCALL),
    ),
    causes: ["doctor.seccomp"],
    strength: 3,
    says: ([, number]) => `a seccomp filter stops system call ${number} (bpf is 321 on x86-64)`,
  },
  {
    find: inOrder(/type=SECCOMP|type=1326|audit\(.{0,80}seccomp/i, /syscall=(\w+)/i),
    causes: ["doctor.seccomp"],
    strength: 1,
    says: ([, number]) =>
      `a seccomp filter stops system call ${number}, which is not bpf (321 on x86-64)`,
  },
  {
    find: /status=31\/SYS|signal=SYS\b|SIGSYS|bad system call/i,
    causes: ["doctor.seccomp"],
    strength: 3,
  },
  { find: /eBPF syscall may not be fully supported/i, causes: ["explain.kernel_old"], strength: 2 },
  {
    find: /trace_kprobe: Could not probe notrace function (\S+)/,
    causes: ["explain.attach_target"],
    strength: 3,
    says: ([, name]) => `the kernel marks ${quoted(name)} as notrace, so it cannot be traced`,
  },
];
