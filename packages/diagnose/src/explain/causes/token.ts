// SPDX-License-Identifier: MIT
import type { CauseText } from "./text.js";

/** Causes around tokens that no check of the model describes. */
export type TokenCauseId =
  | "explain.no_token"
  | "explain.token_flag"
  | "explain.token_optional"
  | "explain.libbpf_probe"
  | "explain.attach_type"
  | "explain.systemd_setting"
  | "explain.namespace_setup"
  | "explain.oci_mount"
  | "explain.intercept"
  | "doctor.bpffs"
  | "doctor.release";

/** The texts of {@link TokenCauseId}. */
export const tokenCauses: Readonly<Record<TokenCauseId, CauseText>> = {
  "explain.no_token": {
    kind: "token",
    cause: "the loader passes no token, so the kernel checks capabilities in the host's namespace",
    decides:
      "strace -f -v -e trace=bpf: a loader with token support calls BPF_TOKEN_CREATE and sets BPF_F_TOKEN_FD (0x10000)",
    fix: [
      "use a loader with token support: libbpf 1.4, cilium/ebpf 0.22, or newer",
      "outside of containers: give the program CAP_BPF, and CAP_NET_ADMIN or CAP_PERFMON by type",
    ],
  },
  "explain.token_flag": {
    kind: "token",
    cause: "a token is passed without the flag BPF_F_TOKEN_FD, so the kernel ignores it",
    decides: "the flags of the call in strace: 0x10000 is BPF_F_TOKEN_FD",
    fix: ["set BPF_F_TOKEN_FD in map_flags, prog_flags or btf_flags"],
  },
  "explain.token_optional": {
    kind: "harmless",
    cause: "libbpf tried to create a token, could not, and continues without one",
    decides: 'the words "skipping optional step": the error that ends the load is another line',
    fix: ["look at the lines after this one; LIBBPF_BPF_TOKEN_PATH= (empty) turns the attempt off"],
  },
  "explain.libbpf_probe": {
    kind: "token",
    cause:
      "libbpf's probe is refused before the real load: it loads a socket_filter program without attach type",
    decides:
      "the masks in /proc/PID/mountinfo: libbpf 1.4 to 1.7 needs socket_filter and cgroup_inet_ingress",
    fix: [
      "add socket_filter to delegate_progs and cgroup_inet_ingress to delegate_attachs",
      "`bpf-token inspect OBJECT --loader libbpf` prints all names",
    ],
  },
  "explain.attach_type": {
    kind: "token",
    cause:
      "libbpf's probe of attach types is refused, so it loads the program with attach type 0, which the token lacks",
    decides: "strace: expected_attach_type is 0 for a program of type xdp, sk_skb or cgroup_skb",
    fix: [
      "delegate cgroup_sock and cgroup_inet_sock_create for the probe, or cgroup_inet_ingress for attach type 0",
    ],
  },
  "explain.systemd_setting": {
    kind: "token",
    cause: "this systemd does not know the settings for tokens and ignores them",
    decides: "systemctl --version: PrivateBPF= and BPFDelegate…= exist since 258",
    fix: ["update systemd to 258 or newer"],
  },
  "explain.namespace_setup": {
    kind: "setup",
    cause: "systemd cannot set up the namespaces and mounts of the unit",
    decides:
      "the unit's line before it in `journalctl -u UNIT`; with PrivateBPF=yes also uname -r (6.9 or newer) and DelegateNamespaces=mnt",
    fix: [
      "with PrivateBPF=yes: set DelegateNamespaces=mnt, PrivateUsers=yes and PrivateMounts=yes",
      "else: remove the Private…= and Protect…= settings one by one",
    ],
  },
  "explain.oci_mount": {
    kind: "token",
    cause:
      "the runtime mounts a BPF filesystem inside a user namespace, which only the host may do",
    decides: 'config.json: "type": "bpf" in mounts, together with a user namespace',
    fix: ["remove the mount, and let a createRuntime hook of the host create it: docs/eperm.md"],
  },
  "explain.intercept": {
    kind: "token",
    cause: "LXD's interception of bpf() covers device programs only, not this call",
    decides: "lxc config get NAME security.syscalls.intercept.bpf",
    fix: [
      "LXD: security.delegate_bpf=true and its .cmd_types, .map_types, .prog_types and .attach_types",
      "Incus: security.bpffs.delegate_cmds, _maps, _progs and _attachs; both need Linux 6.9 and a loader with token support",
    ],
  },
  "doctor.bpffs": {
    kind: "setup",
    cause: "no BPF filesystem is mounted where the program looks for it",
    decides: "grep ' bpf ' /proc/PID/mountinfo",
    fix: [
      "on the host: mount -t bpf bpf /sys/fs/bpf",
      "in a container: let the container manager mount one, docs/eperm.md",
    ],
  },
  "doctor.release": {
    kind: "kernel",
    cause: "the kernel is older than Linux 6.9 and has no BPF tokens",
    decides: "uname -r",
    fix: ["boot Linux 6.9 or newer, or give the program capabilities on the host"],
  },
};
