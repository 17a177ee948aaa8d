// SPDX-License-Identifier: MIT
// Published files about BPF tokens without a mistake that `bpf-token lint` should report.
import type { PublicSnippet } from "./public-corpus.ts";

const lines = (...parts: readonly string[]): string => `${parts.join("\n")}\n`;
const block = (language: string, ...parts: readonly string[]): string =>
  lines(`\`\`\`${language}`, ...parts, "```");

const github = "https://github.com";
const lxd = `${github}/canonical/lxd/blob/282c4b9cb07a/doc/explanation/bpf.md`;
const systemdTest = `${github}/systemd/systemd/blob/HEAD/test/units/TEST-07-PID1.private-bpf.sh`;
const dbpf = `${github}/mbhatt1/dBPF/blob`;

/** Files without a mistake. */
export const publicRight: readonly PublicSnippet[] = [
  {
    source: lxd,
    kind: "documentation",
    file: "bpf.md",
    text: block(
      "",
      "none on /sys/fs/bpf type bpf (rw,relatime,uid=1000000,gid=1000000,",
      "                            delegate_cmds=map_create:prog_load,",
      "                            delegate_maps=ringbuf,",
      "                            delegate_progs=socket_filter,",
      "                            delegate_attachs=cgroup_inet_ingress)",
    ),
    mistakes: [],
    why: "what LXD mounts for a container, broken over lines",
  },
  {
    source: lxd,
    kind: "documentation",
    file: "bpf.md",
    text: block(
      "bash",
      "lxc launch ubuntu:noble c1",
      "lxc config set c1 limits.kernel.memlock=unlimited",
      "lxc config set c1 security.delegate_bpf=true",
      "lxc config set c1 security.delegate_bpf.prog_types=socket_filter",
      "lxc config set c1 security.delegate_bpf.attach_types=cgroup_inet_ingress",
      "lxc config set c1 security.delegate_bpf.cmd_types=prog_load:map_create",
      "lxc config set c1 security.delegate_bpf.map_types=ringbuf",
    ),
    mistakes: [],
    why: "complete: the settings add up over the commands",
  },
  {
    source: `${github}/canonical/lxd/blob/a83edf2a79/lxd/metadata/configuration.json`,
    kind: "repository",
    file: "configuration.json",
    text: lines(
      "{",
      '  "security.delegate_bpf.attach_types": {',
      '    "defaultdesc": "`false`",',
      '    "longdesc": "As `delegate_attachs` of a bpffs.",',
      '    "type": "bool"',
      "  }",
      "}",
    ),
    mistakes: [],
    why: "describes a key",
  },
  {
    source: `${github}/cilium/ebpf/issues/1921`,
    kind: "issue",
    file: "issue.md",
    text: block(
      "sh",
      "none on /sys/fs/bpf type bpf (rw,relatime,delegate_cmds=any,delegate_maps=any,delegate_progs=any,delegate_attachs=any)",
    ),
    mistakes: [],
    why: "a mount as the kernel prints it; 'any' is for auditors",
  },
  {
    source: "https://lore.kernel.org/bpf/ABBF5150-2913-4BE5-80B2-AC8432C4526D@dtucker.co.uk",
    kind: "mail",
    file: "mail.txt",
    text: lines(
      "> $ mount | grep /tmp/b",
      "> none on /tmp/b type bpf (rw,relatime,uid=1000,gid=1000,delegate_cmds=any,delegate_maps=any,delegate_progs=any,delegate_attachs=any)",
      "> bwrap --unshare-user --uid 0 --gid 0 --bind /tmp/b /sys/fs/bpf --cap-add CAP_BPF -- sh",
    ),
    mistakes: [],
    why: "the mount is in the wrong namespace, but the print does not show that",
  },
  {
    source: systemdTest,
    kind: "test",
    file: "private-bpf.sh",
    text: lines(
      "systemd-run --wait -p PrivateUsers=yes -p PrivateMounts=yes -p DelegateNamespaces=mnt -p PrivateBPF=yes \\",
      "  grep -q '^none /sys/fs/bpf bpf rw' /proc/mounts",
      "systemd-run -p PrivateBPF=no --wait true",
    ),
    mistakes: [],
    why: "a private BPF filesystem without a delegation",
  },
  {
    source: systemdTest,
    kind: "test",
    file: "private-bpf.sh",
    text: lines(
      "check() {",
      "  local delegate=$1 options=$2",
      "  systemd-run --wait -p PrivateUsers=yes -p PrivateMounts=yes \\",
      '    -p DelegateNamespaces=mnt -p PrivateBPF=yes -p "$delegate" \\',
      '    grep -q "$options" /proc/mounts',
      "}",
    ),
    mistakes: [],
    why: "the caller fills in the delegation",
  },
  {
    source: `${github}/lxc/incus/blob/e5c2c52b61d2/test/suites/container_bpf_tokens.sh`,
    kind: "test",
    file: "container_bpf_tokens.sh",
    text: lines(
      'check "" "map_create,prog_attach" "hash,array" "socket_filter,xdp,kprobe" "cgroup_inet_ingress"',
      "check() {",
      '  incus config set c1 security.bpffs.path="$1"',
      '  incus config set c1 security.bpffs.delegate_cmds="$2"',
      '  incus config set c1 security.bpffs.delegate_maps="$3"',
      '  incus config set c1 security.bpffs.delegate_progs="$4"',
      '  incus config set c1 security.bpffs.delegate_attachs="$5"',
      "}",
    ),
    mistakes: [],
    why: "the caller fills in each mask",
  },
  {
    source: `${github}/cloud-gouv/portail/blob/2376463fc6f2/nix/module.nix`,
    kind: "repository",
    file: "module.nix",
    text: lines(
      "{ systemd.services.a.serviceConfig = {",
      "  PrivateTmp = true;",
      "  ProtectKernelTunables = true;",
      "  PrivateBPF = true;",
      '  ProtectControlGroups = "strict";',
      "  DynamicUser = true;",
      "}; }",
    ),
    mistakes: [],
    why: "hides the host's BPF filesystem and delegates nothing",
  },
  {
    source: `${github}/agoodkind/terraform-provider-pveguest/blob/b00476a7274c/README.md`,
    kind: "documentation",
    file: "README.md",
    text: block(
      "",
      "bpfdelegate: cmds=prog_load;map_create;btf_load,maps=hash,progs=sched_cls;socket_filter,attachs=tcx_ingress;tcx_egress;cgroup_inet_ingress",
    ),
    mistakes: [],
    why: "a format of its own, with names that are right",
  },
  {
    source: `${github}/ebpfsentinel/ebpfsentinel/blob/3825c1eb081d/dist/ebpfsentinel-token.service.d/override.conf`,
    kind: "repository",
    file: "agent.service.d/override.conf",
    text: lines(
      "[Service]",
      "# The token stands for CAP_BPF and CAP_NET_ADMIN.",
      "ExecStartPre=/usr/local/bin/token-setup.sh /sys/fs/bpf/agent",
      "AmbientCapabilities=CAP_NET_RAW",
      "CapabilityBoundingSet=CAP_NET_RAW",
      "RestrictNamespaces=yes",
    ),
    mistakes: [],
    why: "no process can get a token so, but the drop-in has no delegation",
  },
  {
    source: `${github}/ebpfsentinel/ebpfsentinel/blob/58c6b23b7528/dist/kubernetes/bpf-token-daemonset.yaml`,
    kind: "repository",
    file: "daemonset.yaml",
    text: lines(
      "apiVersion: apps/v1",
      "kind: DaemonSet",
      "metadata: { name: agent }",
      "spec:",
      "  template:",
      "    spec:",
      "      hostNetwork: true",
      "      containers:",
      "        - name: agent",
      "          securityContext:",
      "            capabilities: { drop: [ALL], add: [SYS_ADMIN, NET_RAW] }",
      "          volumeMounts: [{ name: bpf, mountPath: /sys/fs/bpf }]",
    ),
    mistakes: [],
    why: "the program in the image delegates; the manifest has no delegation",
  },
  {
    source: `${github}/ebpfsentinel/ebpfsentinel-docs (docs/operations/deployment/bpf-token.md, an older version)`,
    kind: "documentation",
    file: "bpf-token.md",
    text: block(
      "bash",
      "findmnt -T /sys/fs/bpf/agent -o OPTIONS",
      "# rw,nosuid,nodev,noexec,relatime,delegate_cmds=map_create,prog_load,obj_get_info_by_fd,btf_load,delegate_maps=any,delegate_progs=any,delegate_attachs=any",
    ),
    mistakes: [],
    why: "a comment that says what a command prints; a comment delegates nothing",
  },
  {
    source: `${dbpf}/3c63390df8c6/_book_chapters/act-4/chapter-24-the-token-hand-off.md`,
    kind: "book",
    file: "chapter-24.md",
    text: lines(
      "A server mounts it with `delegate_cmds=prog_load,map_create`, `delegate_progs=tracepoint` and",
      "`delegate_maps=ringbuf`. Never write `delegate_cmds=any`.",
    ),
    mistakes: [],
    why: "wrong, but in a sentence: in Markdown, only blocks of code count",
  },
  {
    source: `${dbpf}/4c3b9391aa4b/dBPF-pocs/pocs/ch24-bpf-token-delegation/README.md`,
    kind: "book",
    file: "README.md",
    text: block(
      "",
      "[server] bpffs mounted at /run/b with delegate_cmds=prog_load",
      "[server] BPF_TOKEN_CREATE -> fd=5",
      "[client] BPF_PROG_LOAD(tracepoint, token_fd=4) -> fd=6",
    ),
    mistakes: [],
    why: "a log that names one mask of a mount",
  },
  {
    source: `${github}/deik0/bpf-rbacd/blob/7169f9c90bc1/README.md`,
    kind: "repository",
    file: "policy.yaml",
    text: lines(
      "roles:",
      "  tracing:",
      "    map_types: [hash, array, ringbuf]",
      "    prog_types: [kprobe, kretprobe, uprobe, tracepoint]",
      "    attach_types: [probe]",
    ),
    mistakes: [],
    why: "the policy of a daemon with keys and names of its own",
  },
  {
    source:
      "https://lore.kernel.org/bpf/moeyk2noput6zen2dan3s7xsudvxtjc6kf7anieyugwbj6z3uf@kcxw4a3ffvnj",
    kind: "mail",
    file: "mail.txt",
    text: lines("And in lower case for the output:", "delegate_progs=socket_filter:xdp:sched_cls."),
    mistakes: [],
    why: "names without a prefix; the dot ends a sentence",
  },
];
