// SPDX-License-Identifier: MIT
import { type AppArmorUsernsCauseId, apparmorUsernsCauses } from "./apparmor-userns.js";
import { type JitCauseId, jitCauses } from "./jit.js";
import { type LockdownCauseId, lockdownCauses } from "./lockdown.js";
import { type MemoryCauseId, memoryCauses } from "./memory.js";
import { NETNS, netnsCause } from "./netns.js";
import { type RootlessContainerCauseId, rootlessContainerCauses } from "./rootless-container.js";
import { type SharedMountCauseId, sharedMountCauses } from "./shared-mount.js";
import type { CauseText } from "./text.js";

/** Causes outside of bpf() that refuse a program: filters, security modules, limits, file modes. */
export type PermissionCauseId =
  | "doctor.seccomp"
  | "doctor.lsm"
  | typeof NETNS
  | AppArmorUsernsCauseId
  | JitCauseId
  | LockdownCauseId
  | MemoryCauseId
  | RootlessContainerCauseId
  | SharedMountCauseId
  | "explain.selinux"
  | "explain.selinux_permissive"
  | "explain.apparmor"
  | "explain.capability_name"
  | "explain.every_command"
  | "explain.perf_event"
  | "explain.kptr"
  | "explain.pin_mode"
  | "explain.device_cgroup"
  | "explain.rootless";

/** The texts of {@link PermissionCauseId}. */
export const permissionCauses: Readonly<Record<PermissionCauseId, CauseText>> = {
  "doctor.seccomp": {
    kind: "policy",
    cause: "a seccomp filter refuses the call before the kernel sees it",
    decides:
      "Seccomp: 2 in /proc/PID/status, and a bpf() call with an unknown command: EPERM or ENOSYS instead of EINVAL (docs/eperm.md)",
    fix: [
      "Docker, Podman: update, newer profiles allow bpf() with CAP_BPF; else --security-opt seccomp=PROFILE",
      "systemd: add bpf to SystemCallFilter=; Kubernetes: securityContext.seccompProfile",
    ],
  },
  "explain.every_command": {
    kind: "capability",
    cause:
      "before Linux 5.19, every bpf() command needs CAP_BPF while kernel.unprivileged_bpf_disabled is set",
    decides: "uname -r below 5.19, and sysctl kernel.unprivileged_bpf_disabled",
    fix: [
      "keep CAP_BPF while the program runs; before Linux 5.8, CAP_SYS_ADMIN",
      "or boot a newer kernel: there only creating maps and loading programs needs it",
    ],
  },
  "doctor.lsm": {
    kind: "policy",
    cause: "a security module refuses the call",
    decides: "cat /sys/kernel/security/lsm, then ausearch -m avc or journalctl -k at that time",
    fix: ["allow it in the policy of that module"],
  },
  [NETNS]: netnsCause,
  ...apparmorUsernsCauses,
  ...jitCauses,
  ...lockdownCauses,
  ...memoryCauses,
  ...rootlessContainerCauses,
  ...sharedMountCauses,
  "explain.selinux": {
    kind: "policy",
    cause: "the SELinux policy denies the call",
    decides: "the AVC line: its class and permission; permissive=1 means that it was only logged",
    fix: [
      "ausearch -m avc -ts recent -c COMMAND | audit2allow -M local; read local.te, then semodule -i local.pp",
      "a container: its runtime's SELinux type, such as spc_t for a privileged one",
    ],
  },
  "explain.selinux_permissive": {
    kind: "harmless",
    cause: "SELinux is permissive: it logs what its policy would deny, and allows the call",
    decides: "permissive=1 in the AVC line; `getenforce` prints Permissive",
    fix: ["look for another cause; allow the call in the policy before you enforce it"],
  },
  "explain.apparmor": {
    kind: "policy",
    cause: "the AppArmor profile of the program denies the call",
    decides: 'the audit line: apparmor="DENIED", its profile= and operation=',
    fix: ["allow it in the profile, for example `capability bpf,` and `capability perfmon,`"],
  },
  "explain.capability_name": {
    kind: "setup",
    cause: "the container runtime is too old to know CAP_BPF and CAP_PERFMON (Linux 5.8)",
    decides: "the version of the runtime: Docker 20.10 rejects the names, 23.0 knows them",
    fix: ["update the runtime; until then CAP_SYS_ADMIN replaces both capabilities"],
  },
  "explain.perf_event": {
    kind: "policy",
    cause:
      "perf_event_open() is refused: kprobes, uprobes and tracepoints attach with it, and it has no token",
    decides:
      "sysctl kernel.perf_event_paranoid, CAP_PERFMON in the host's user namespace, and the seccomp profile",
    fix: [
      "give the program CAP_PERFMON on the host; without it, a lower kernel.perf_event_paranoid permits no kprobe or uprobe",
      "or attach without it: fentry, raw_tp, kprobe.multi and uprobe.multi links",
    ],
  },
  "explain.kptr": {
    kind: "policy",
    cause: "the kernel hides its symbol addresses from the program",
    decides:
      "sysctl kernel.kptr_restrict: 2 hides them from everybody, 1 from those without CAP_SYSLOG",
    fix: ["give the program CAP_SYSLOG on the host, and set kernel.kptr_restrict to 1 or 0"],
  },
  "explain.pin_mode": {
    kind: "setup",
    cause: "file permissions of the BPF filesystem or of a pin refuse the access",
    decides:
      "ls -ld /sys/fs/bpf and ls -l of the pin: the owner is often root, from an earlier run",
    fix: [
      "remove pins of an earlier run, or give them to the user: chown, chmod",
      "pinning needs write access to the directory; mount with mode= and uid=",
    ],
  },
  "explain.device_cgroup": {
    kind: "policy",
    cause:
      "the container runtime cannot load or attach its device program for the cgroup, which needs CAP_BPF on the host",
    decides: "whether the runtime itself runs in a user namespace (rootless, nested container)",
    fix: [
      "rootless: ask for no device rules, or use a runtime that ignores the error",
      "nested: LXD's security.syscalls.intercept.bpf and …intercept.bpf.devices allow exactly this",
    ],
  },
  "explain.rootless": {
    kind: "capability",
    cause: "the tool requires root and does not try to run without",
    decides: "id -u",
    fix: ["run it as root of the host"],
  },
};
