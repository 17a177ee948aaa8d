// SPDX-License-Identifier: MIT
import type { DelegationAxis } from "@bpf-token/delegation";
import { Capability, type CapabilityName } from "@bpf-token/uapi";
import { maskText, ownMounts } from "../doctor/axes.js";
import { holds } from "../doctor/capabilities.js";
import { GVISOR_CAUSE } from "../doctor/gvisor.js";
import type { Facts } from "../facts.js";
import { axisOf } from "../replay/lacks.js";
import { type CauseId, causeText } from "./cause.js";
import type { Clues } from "./clues.js";

/** What refuses a program before the verifier sees it. */
const beforeVerifier =
  /^(?:prog\.load\.(?:sysctl|bpf|net_admin|perfmon)|explain\.(?:no_token|memlock)|token\.dropped\.prog|doctor\.(?:seccomp|lsm))$/;

/** Returns why the facts exclude a cause; undefined if they do not. */
export function excludedBy(id: CauseId, clues: Clues): string | undefined {
  const { facts, gvisor, release } = clues;
  const { kind } = causeText(id);
  if (gvisor !== undefined) {
    if (id === GVISOR_CAUSE) return undefined;
    if (isOfLinux(id)) return "gVisor answers the calls of the process, not Linux";
  }
  if (kind === "token" && hasNoTokens(release) && !mounts.test(id))
    return `${releaseText(release)} has no tokens`;
  if (clues.verified && beforeVerifier.test(id))
    return "the verifier has run: the kernel asks for permission before";
  return (
    byKernel(id, clues) ??
    (kind === "capability" || onHost.has(id) ? byCapability(id, clues) : undefined) ??
    (withToken.test(id) && clues.initial === true && !clues.usesToken
      ? "the process is in the initial user namespace, which has no tokens"
      : undefined) ??
    (facts === undefined ? undefined : byReport(id, facts))
  );
}

/** Causes in programs: compilers, loaders and container managers find them without the kernel. */
const outside: ReadonlySet<CauseId> = new Set<CauseId>([
  ...(["explain.compile", "explain.headers", "explain.object", "explain.core"] as const),
  ...(["explain.btf_newer", "explain.capability_name", "explain.rootless"] as const),
  ...(["explain.systemd_setting", "explain.namespace_setup"] as const),
  ...(["explain.oci_mount", "explain.shared_mount"] as const),
]);

/** Whether a cause is an answer of Linux to a call that stops a program. */
export const isOfLinux = (id: CauseId): boolean =>
  !outside.has(id) && causeText(id).kind !== "harmless";

/** Causes about tokens that kernels without tokens have too: a BPF filesystem is mounted there as well. */
const mounts = /^(?:fsconfig|bpffs)\.|oci_mount|intercept/;

/** Whether a release is older than tokens. */
export const hasNoTokens = (release: number | undefined): release is number =>
  release !== undefined && release < 6009;

/** What only a program with a token needs. */
const withToken = /^token\.dropped\.(?!lsm)|^explain\.(?:no_token|libbpf_probe|attach_type)$/;

const releaseText = (release: number): string =>
  `Linux ${Math.floor(release / 1000)}.${release % 1000}`;

function byKernel(id: CauseId, clues: Clues): string | undefined {
  const { release, lockdown, seccomp, unprivilegedBpfDisabled } = clues;
  switch (id) {
    case "explain.memlock":
      if (release === undefined || release < 5011) return undefined;
      return `${releaseText(release)} does not count bpf() against RLIMIT_MEMLOCK`;
    case "explain.every_command":
      if (unprivilegedBpfDisabled === 0) return "kernel.unprivileged_bpf_disabled is 0";
      if (release === undefined || release < 5019) return undefined;
      return `${releaseText(release)} lets everybody use a map that is open`;
    case "doctor.release":
      if (release === undefined || release < 6009) return undefined;
      return `${releaseText(release)} has tokens`;
    case "doctor.lockdown":
      if (lockdown === "none") return "lockdown is off";
      if (lockdown !== "integrity" || clues.namesIntegrity) return undefined;
      return "lockdown is in integrity mode, which permits this";
    case "doctor.seccomp":
      return seccomp === "off" ? "the process has no seccomp filter" : undefined;
    case "map.create.sysctl":
    case "prog.load.sysctl":
      return unprivilegedBpfDisabled === 0 ? "kernel.unprivileged_bpf_disabled is 0" : undefined;
    default:
      return undefined;
  }
}

/** A capability counts on the host, and through a token in a namespace of its own. */
function byCapability(id: CauseId, clues: Clues): string | undefined {
  if (clues.initial !== true && (!clues.usesToken || onHost.has(id))) return undefined;
  const name = heldFor(id, clues.effective ?? 0n);
  return name === undefined ? undefined : `the process has CAP_${name}`;
}

/** Returns the capability of a set that a check accepts: CAP_SYS_ADMIN replaces each. */
export function heldFor(id: CauseId, effective: bigint): CapabilityName | undefined {
  const names: readonly CapabilityName[] = [...(needed[id] ?? ["BPF"]), "SYS_ADMIN"];
  return names.find((name) => ((effective >> BigInt(Capability[name])) & 1n) === 1n);
}

/** Causes for which a capability counts only in the initial user namespace, with a token or without. */
const onHost: ReadonlySet<CauseId> = new Set<CauseId>([
  ...(["option.delegate.capable", "bpffs.fill.capable", "map.create.offload.capable"] as const),
  ...(["bpf.admin", "prog.query.capable", "explain.perf_event"] as const),
]);

/** Capabilities other than CAP_BPF, by check. */
const needed: Readonly<Partial<Record<CauseId, readonly CapabilityName[]>>> = {
  "prog.load.net_admin": ["NET_ADMIN"],
  "prog.load.perfmon": ["PERFMON"],
  "map.create.capable": ["NET_ADMIN"],
  "explain.verifier_capability": ["PERFMON"],
  "verify.leak": ["PERFMON"],
  "verify.stack.read": ["PERFMON"],
  "verify.helper.perfmon": ["PERFMON"],
  "verify.helper.admin": [],
  "btf.fd_by_id.capable": [],
  "attach.link.capable": ["NET_ADMIN"],
  "attach.prog.capable": ["NET_ADMIN"],
  "prog.query.capable": ["NET_ADMIN"],
  "explain.perf_event": ["PERFMON"],
  "option.delegate.capable": [],
  "bpffs.fill.capable": [],
  "map.create.offload.capable": [],
  "bpf.admin": [],
  "mount.capable": [],
  "fsopen.may_mount": [],
};

/** The security modules that a cause needs. */
const modules: Readonly<Partial<Record<CauseId, readonly string[]>>> = {
  "explain.selinux": ["selinux"],
  "explain.apparmor": ["apparmor"],
  "explain.apparmor_userns": ["apparmor"],
  "doctor.lsm": ["selinux", "apparmor", "smack", "tomoyo", "bpf"],
};

/** The masks that a cause says are too small. */
function axesOf(id: CauseId): readonly DelegationAxis[] {
  if (id === "explain.libbpf_probe" || id === "explain.attach_type") return ["progs", "attachs"];
  const axis = axisOf[id];
  return axis === undefined ? [] : [axis];
}

function byReport(id: CauseId, facts: Facts): string | undefined {
  const { userns, lsms, bpffs } = facts;
  const effective = BigInt(`0x${facts.capabilities.effective}`);
  const active = modules[id];
  if (active !== undefined && lsms !== undefined && !active.some((name) => lsms.includes(name)))
    return `the active security modules are ${lsms.join(", ")}`;
  const axes = axesOf(id);
  if (axes.length > 0) {
    const own = ownMounts(facts);
    const isAny = axes.every((axis) =>
      own.every(({ delegates }) => maskText(delegates, axis) === "any"),
    );
    const names = axes.map((axis) => `delegate_${axis}`).join(" and ");
    return own.length > 0 && isAny ? `${names} ${axes.length > 1 ? "are" : "is"} any` : undefined;
  }
  switch (id) {
    case "doctor.netns":
      return userns.initial && heldFor("prog.load.net_admin", effective) !== undefined
        ? "the process has CAP_NET_ADMIN in the initial user namespace"
        : undefined;
    case "token.create.init_ns":
      return userns.initial ? undefined : "the process is in a user namespace of its own";
    case "token.create.capable":
      // CAP_SYS_ADMIN replaces CAP_BPF for every other command.
      return holds(facts, "BPF") ? "the process has CAP_BPF" : undefined;
    case "token.create.userns":
      return bpffs.length > 0 && bpffs.every(({ onHost }) => onHost === false)
        ? "the host does not have the BPF filesystems of the process"
        : undefined;
    case "token.create.delegation":
      return bpffs.length > 0 && bpffs.every(({ delegates }) => Object.keys(delegates).length > 0)
        ? "every BPF filesystem of the process delegates something"
        : undefined;
    default:
      return undefined;
  }
}
