// SPDX-License-Identifier: MIT
import { linuxCode } from "@bpf-token/uapi";
import type { Finding } from "../doctor/finding.js";
import { gvisorFinding } from "../doctor/gvisor.js";
import type { Facts } from "../facts.js";
import { lockdownIn } from "../proc.js";
import type { CauseId } from "./cause.js";
import { causeText } from "./cause.js";
import { heldFor } from "./exclusions.js";
import type { EvidenceLine } from "./explanation.js";
import { anyOf, inOrder, quoted } from "./rules/rule.js";

/** Facts about the machine that a text contains, next to its errors, or that a report has. */
export interface Clues {
  /** Major and minor release of the kernel, such as 6012 for 6.12. */
  release: number | undefined;
  /** Whether the text speaks of tokens: a delegate option, TOKEN_CREATE, BPF_F_TOKEN_FD. */
  tokens: boolean;
  /** The mode of lockdown. */
  lockdown: Facts["lockdown"];
  /** Whether the text names what lockdown refuses even in integrity mode. */
  namesIntegrity: boolean;
  seccomp: "on" | "off" | undefined;
  /** Whether SELinux only logs. */
  permissive: boolean;
  /** Whether the process is in the initial user namespace. */
  initial: boolean | undefined;
  /** The report of the process, if there is one. */
  readonly facts: Facts | undefined;
  /** The finding about gVisor, if the report shows that it answers the calls of the process. */
  readonly gvisor: Finding | undefined;
  /** Whether a refused call passes a token. */
  usesToken: boolean;
  /** The effective capabilities, if known. */
  effective: bigint | undefined;
  /** Whether raising RLIMIT_MEMLOCK was refused: the process has few capabilities. */
  fewCapabilities: boolean;
  /** Whether the BTF of the kernel exists. */
  hasBtf: boolean;
  /** The sysctl kernel.unprivileged_bpf_disabled. */
  unprivilegedBpfDisabled: number | undefined;
  /** The line in which libbpf says that the BPF filesystem delegates nothing. */
  undelegated: EvidenceLine | undefined;
  /** The errno of a line that no rule knows. */
  bare: string | undefined;
  /** The line that says that the container manager intercepts bpf(). */
  intercepted: EvidenceLine | undefined;
  /** Whether the text says that the user is root. */
  root: boolean;
  /** Whether the verifier has run, so that loading was permitted. */
  verified: boolean;
  /** Whether the text is about BPF. */
  bpf: boolean;
  /** Whether the text says that something failed. */
  failed: boolean;
  /** Whether SELinux enforces its policy. */
  enforcing: boolean;
}

/** Returns clues of nothing but a report, if there is one. */
export function startClues(facts: Facts | undefined, release: string | undefined): Clues {
  return {
    release: linuxCode(release ?? facts?.release ?? ""),
    tokens: false,
    lockdown: facts?.lockdown,
    namesIntegrity: false,
    seccomp: facts === undefined ? undefined : facts.seccomp === 0 ? "off" : "on",
    permissive: false,
    facts,
    gvisor: facts && gvisorFinding({ ...facts, release: release ?? facts.release }),
    usesToken: false,
    initial: facts?.userns.initial,
    effective: facts === undefined ? undefined : BigInt(`0x${facts.capabilities.effective}`),
    fewCapabilities: false,
    hasBtf: facts?.btf === true,
    unprivilegedBpfDisabled: facts?.unprivilegedBpfDisabled,
    undelegated: undefined,
    bare: undefined,
    intercepted: undefined,
    root: false,
    verified: false,
    bpf: false,
    failed: false,
    enforcing: false,
  };
}

const kernelName =
  /(?:\bLinux (?:version )?(?:\S+ )?|\bkernel(?:[ -](?:version|release))?(?:\*\*)?[: ]+(?:is |running |v|Linux )?|KERNEL_RELEASE: |uname -r\W{1,4})(\d+\.\d+)(?:\.\d+)?(?:[-. ,]|$)/i;
/** A line of nothing but a release, as `uname -r` prints it. */
const wholeRelease =
  /^\s{0,8}([3-9]\.\d{1,2})\.\d{1,3}-[\w.+~-]{0,40}(?:generic|amd64|x86_64|aarch64|arm64)\s{0,8}$/;
const selinux = inOrder(/avc:/, /permissive=1/);
const memlock = anyOf(
  /Failed to bump RLIMIT_MEMLOCK/i,
  inOrder(/setrlimit/i, /not permitted|EPERM/i),
);
const aboutBpf =
  /bpf|\bxdp|\bbtf\b|[ku](?:ret)?probe|usdt|\bf(?:entry|exit)\b|tracepoint|\bbcc\b|\btc (?:filter|qdisc)|clsact|perf_event|verifier|\binsns?\b|\bxsk|falco|cilium|tetragon|libxdp|AF_?XDP|\bload program:|\bscx_|sched_ext|map create:|load pinned/i;
const requirement = /require|needs?\b|>=|or newer|or later|since|support/i;

/** Takes the clues of one line. */
export function noteClues(clues: Clues, line: string, number: number): void {
  if (line.includes("doesn't have BPF token delegation set up")) {
    clues.undelegated ??= { line: number, text: quoted(line) };
  }
  if (clues.release === undefined && !requirement.test(line)) {
    clues.release = linuxCode((kernelName.exec(line) ?? wholeRelease.exec(line))?.[1] ?? "");
  }
  if (/delegate_(?:cmds|maps|progs|attachs)|TOKEN_CREATE|BPF_F_TOKEN_FD|BPF token/.test(line)) {
    clues.tokens ||= !line.includes("skipping optional step");
  }
  const mode =
    lockdownIn(/\[?none\]? \[?integrity\]?(?: \[?confidentiality\]?)?/.exec(line)?.[0] ?? "") ??
    lockdownIn(`[${/\blockdown=(\w{1,20})/.exec(line)?.[1]}]`);
  clues.lockdown = mode ?? clues.lockdown;
  clues.namesIntegrity ||=
    /probe_write_user|write user RAM|debugfs|\/sys\/kernel\/debug\/(?!tracing)/.test(line);
  if (/^Seccomp:\s*0/.test(line)) clues.seccomp = "off";
  else if (/^Seccomp:\s*2/.test(line)) clues.seccomp = "on";
  if (selinux.exec(line) !== null) clues.permissive = true;
  const sysctl = /unprivileged_bpf_disabled\s*[=:]\s*([012])\b/.exec(line)?.[1];
  if (sysctl !== undefined) clues.unprivilegedBpfDisabled = Number(sysctl);
  const effective = /^CapEff:\s*([0-9a-f]{1,16})\b/i.exec(line)?.[1];
  if (effective !== undefined) clues.effective = BigInt(`0x${effective}`);
  if (/security\.syscalls\.intercept\.bpf(?:\.\w{1,20})?[:=] ?"?true/.test(line)) {
    clues.intercepted ??= { line: number, text: quoted(line) };
  }
  if (/^uid=0\(root\)/.test(line)) clues.root = true;
  if (/\bprocessed [1-9]\d* insns/.test(line)) clues.verified = true;
  clues.bpf ||= aboutBpf.test(line);
  clues.failed ||= /fail|error|denied|reject|cannot|unable|panic|fatal/i.test(line);
  if (/SELinux status:\s{1,40}enabled|\bmode:\s{1,40}enforcing|^Enforcing$/.test(line)) {
    clues.enforcing = true;
  }
  if (memlock.exec(line) !== null) clues.fewCapabilities = true;
  if (/^[-.][-r].{7,}\/sys\/kernel\/btf\/vmlinux/.test(line)) clues.hasBtf = true;
}

/** Factor for the likelihood of a cause that the facts do not exclude. */
export function weigh(id: CauseId, clues: Clues): number {
  const { release } = clues;
  switch (id) {
    case "explain.memlock":
      return release === undefined ? 1 : clues.fewCapabilities ? 1.5 : 3;
    case "doctor.release":
      if (clues.gvisor !== undefined) return Number.POSITIVE_INFINITY;
      return release === undefined ? 1 : 4;
    case "explain.kernel_old":
      return release !== undefined && release < 5008 ? 1.4 : 1;
    case "doctor.lockdown":
      return clues.lockdown === undefined || clues.lockdown === "none" ? 1 : 2;
    case "doctor.seccomp":
      return clues.seccomp === "on" ? 1.6 : 1;
    case "explain.btf_missing":
      return clues.hasBtf ? 0.3 : 1;
    case "explain.selinux":
      return clues.permissive ? 0.3 : clues.enforcing ? 3 : 1;
  }
  const { kind } = causeText(id);
  if (kind === "capability") return weighCapability(id, clues);
  if (kind !== "token") return 1;
  // Less than a security module has in a line that names only a command.
  if (clues.initial === true && id !== "token.create.init_ns") return 0.25;
  return clues.tokens || clues.initial === false ? 1.2 : 1;
}

function weighCapability(id: CauseId, clues: Clues): number {
  const { effective, fewCapabilities, initial } = clues;
  if (clues.root && effective === undefined) return 0.5;
  // The verifier's message says more than the set: programs are wrong for anybody, too.
  const more = id === "explain.verifier_capability" ? 1.05 : 1.5;
  if (effective === undefined) return fewCapabilities ? more : 1;
  // In a user namespace of its own, a capability has no effect on the host.
  if (heldFor(id, effective) !== undefined) return 0.5;
  // The set of a process on the host decides, so what it lacks comes before other policies.
  return initial === true ? 5 * more : more;
}
