// SPDX-License-Identifier: MIT
// Delegations that others published, with the mistakes that a reader sees in each.
// The values, the options and their order are those of the source; names, paths and the words around are ours.

/** A published delegation. */
export interface PublicSnippet {
  /** Where it stands. */
  readonly source: string;
  /** The kind of place. */
  readonly kind: "book" | "documentation" | "issue" | "mail" | "repository" | "test";
  /** The name of the file decides how it is read. */
  readonly file: string;
  readonly text: string;
  /** `LINE ID` of each kind of mistake in a line, without `lint.`. What only auditors read is not labelled. */
  readonly mistakes: readonly string[];
  /** Those of the mistakes that lint does not find. */
  readonly missed?: readonly string[];
  /** Why these and no others. */
  readonly why: string;
}

const lines = (...parts: readonly string[]): string => `${parts.join("\n")}\n`;
const block = (language: string, ...parts: readonly string[]): string =>
  lines(`\`\`\`${language}`, ...parts, "```");
const run = "systemd-run -p PrivateUsers=yes -p PrivateMounts=yes -p DelegateNamespaces=mnt";

const github = "https://github.com";
const systemdTest = `${github}/systemd/systemd/blob/HEAD/test/units/TEST-07-PID1.private-bpf.sh`;
const eunomia = `${github}/eunomia-bpf/bpf-developer-tutorial/blob/3a722c03d512/src/features/bpf_token`;
const sentinel = `${github}/ebpfsentinel/ebpfsentinel/blob`;
const incusTest = `${github}/lxc/incus, test/suites/container_bpf_tokens.sh`;
const kernel = "https://git.kernel.org/torvalds/c";
const lore = "https://lore.kernel.org/bpf";
const hardening =
  "https://www.systemshardening.com/articles/linux/linux-bpf-token-unprivileged-ebpf/";
const aya = `${github}/patterncatalyst/ebpf-with-aya/blob/2710ef2ccdb5/examples/53-bpf-token/demo.sh`;

/** Files with a mistake. */
export const publicWrong: readonly PublicSnippet[] = [
  {
    source: `${systemdTest} (first version, in pull request 36134)`,
    kind: "test",
    file: "private-bpf.sh",
    text: lines(
      `${run} -p PrivateBPF=yes -p BPFDelegateCommands=BPFProgLoad,BPFProgTestRun --wait true`,
    ),
    mistakes: ["1 inert_command", "1 lacks_types"],
    why: "no token check reads prog_run, and no program type is delegated for prog_load",
  },
  {
    source: `${github}/systemd/systemd/blob/0284d4b5319c/test/units/TEST-07-PID1.private-bpf.sh`,
    kind: "test",
    file: "private-bpf.sh",
    text: lines(
      "systemd-run \\",
      "  -p PrivateUsers=yes \\",
      "  -p PrivateMounts=yes \\",
      "  -p DelegateNamespaces=mnt \\",
      "  -p PrivateBPF=yes \\",
      "  -p BPFDelegateCommands=BPFObjPin,BPFBtfLoad,BPFMapFreeze,BPFLinkDetach \\",
      "  --wait grep -q obj_pin:btf_load:map_freeze:link_detach /proc/mounts",
    ),
    mistakes: ["6 inert_command"],
    why: "of the four commands, only btf_load takes a token; it needs no types",
  },
  {
    source: `${github}/systemd/systemd/blob/0284d4b5319c/test/units/TEST-07-PID1.private-bpf.sh`,
    kind: "test",
    file: "private-bpf.sh",
    text: lines(
      "systemd-run \\",
      "  -p PrivateUsers=yes \\",
      "  -p PrivateMounts=yes \\",
      "  -p DelegateNamespaces=mnt \\",
      "  -p PrivateBPF=yes \\",
      "  -p BPFDelegateCommands=BPFProgLoad \\",
      "  --wait ./get-a-token",
    ),
    mistakes: ["6 lacks_types"],
    why: "prog_load without program and attach types loads nothing",
  },
  {
    source: systemdTest,
    kind: "test",
    file: "private-bpf.sh",
    text: lines(
      "check 'BPFDelegateCommands=BPFObjPin,BPFBtfLoad,BPFMapFreeze,BPFLinkDetach' 'delegate_cmds=obj_pin:btf_load:map_freeze:link_detach'",
      "check 'BPFDelegateMaps=BPFMapTypeArray,BPFMapTypeCpumap,BPFMapTypeRingbuf' 'delegate_maps=array:cpumap:ringbuf'",
      "check 'BPFDelegatePrograms=BPFProgTypeTracepoint,BPFProgTypeXdp,BPFProgTypeTracing' 'delegate_progs=tracepoint:xdp:tracing'",
      "check 'BPFDelegateAttachments=BPFFlowDissector,BPFCgroupSysctl,BPFNetfilter' 'delegate_attachs=flow_dissector:cgroup_sysctl:netfilter'",
    ),
    mistakes: ["1 inert_command"],
    why: "three of the commands take no token; each argument is one setting, so what it lacks is unknown",
  },
  {
    source: `${github}/systemd/systemd/pull/38238`,
    kind: "issue",
    file: "comment.md",
    text: block(
      "",
      "test.sh[1]: + ./get-a-token",
      "test.sh[2]: Failed to create bpf token: Invalid argument",
      "test.sh[1]: + systemd-run --wait -p PrivateUsers=yes -p PrivateMounts=yes -p DelegateNamespaces=mnt -p PrivateBPF=yes -p BPFDelegateCommands=BPFProgLoad ./get-a-token",
    ),
    mistakes: ["4 lacks_types"],
    why: "a command in a log: prog_load without program and attach types",
  },
  {
    source: `${eunomia}/README.md, and https://eunomia.dev/tutorials/features/bpf_token`,
    kind: "documentation",
    file: "README.md",
    text: lines(
      "The mount has these masks:",
      "",
      "```text",
      "delegate_cmds=prog_load:map_create:btf_load:link_create",
      "delegate_maps=array",
      "delegate_progs=xdp:socket_filter",
      "delegate_attachs=any",
      "```",
    ),
    mistakes: ["4 inert_command"],
    why: "link_create takes no token; the rest is what libbpf's probes and the program need",
  },
  {
    source: `${eunomia}/setup_token_bpffs.sh`,
    kind: "repository",
    file: "setup.sh",
    text: lines(
      `DIR="\${1:-/tmp/t}"`,
      'OPTS="delegate_cmds=prog_load:map_create:btf_load:link_create,delegate_maps=array,delegate_progs=xdp:socket_filter,delegate_attachs=any"',
      `mkdir -p "\${DIR}"`,
      `mount -t bpf bpf "\${DIR}" -o "\${OPTS}"`,
    ),
    mistakes: ["2 inert_command", "4 host_mount"],
    why: "the variable has the masks of a mount on the host, and link_create takes no token",
  },
  {
    source: aya,
    kind: "book",
    file: "demo.sh",
    text: lines(
      'DIR="/tmp/d"',
      'OPTS="delegate_cmds=prog_load:map_create,delegate_progs=socket_filter,delegate_maps=ringbuf"',
      '$SSH "u@$IP" "sudo mkdir -p $DIR && sudo mount -t bpf -o $OPTS bpffs $DIR 2>&1 && echo mounted"',
    ),
    mistakes: ["2 lacks_types", "3 host_mount"],
    why: "no attach type is delegated, which PROG_LOAD checks for each program type",
  },
  {
    source: aya,
    kind: "book",
    file: "demo.sh",
    text: lines(
      '$SSH "u@$IP" "sudo mount -t bpf -o delegate_cmds=not_a_real_cmd bpffs $DIR 2>&1 | head -1 || true"',
    ),
    mistakes: ["1 host_mount", "1 unknown_name"],
    why: "wrong on purpose, which the text does not say: the kernel refuses the name",
  },
  {
    source: `${sentinel}/97eecbc6a379/deploy/ebpfsentinel-token-setup.sh`,
    kind: "repository",
    file: "token-setup.sh",
    text: lines(
      'mkdir -p "$DIR"',
      'mount -t bpf none "$DIR" \\',
      "  -o delegate_cmds=btf_load:map_create:prog_load:prog_attach:link_create \\",
      "  -o delegate_maps=array:percpu_array:hash:lru_hash:ringbuf:prog_array \\",
      "  -o delegate_progs=xdp:sched_cls:kprobe:tracepoint \\",
      "  -o delegate_attachs=xdp:tc:uprobe:kprobe:tracepoint",
    ),
    mistakes: ["2 host_mount", "3 inert_command", "6 unknown_name"],
    why: "tc, uprobe, kprobe and tracepoint are no attach types; prog_attach and link_create take no token",
  },
  {
    source: `${sentinel}/8d2e5b6c2ea8/dist/ebpfsentinel-token-setup.sh`,
    kind: "repository",
    file: "token-setup.sh",
    text: lines(
      'DELEGATE_CMDS="map_create,prog_load,obj_get_info_by_fd,btf_load"',
      'DELEGATE_MAPS="any"',
      'DELEGATE_PROGS="any"',
      'DELEGATE_ATTACHS="any"',
      'mount -t bpf delegated "$DIR" \\',
      `  -o "delegate_cmds=\${DELEGATE_CMDS},delegate_maps=\${DELEGATE_MAPS},delegate_progs=\${DELEGATE_PROGS},delegate_attachs=\${DELEGATE_ATTACHS}"`,
    ),
    mistakes: ["1 inert_command", "1 separator", "5 host_mount"],
    missed: ["1 inert_command"],
    why: "the first comma of the variable ends delegate_cmds; obj_get_info_by_fd takes no token",
  },
  {
    source: "https://linuxcontainers.org/incus/docs/main/explanation/bpf-tokens",
    kind: "documentation",
    file: "bpf-tokens.md",
    text: lines(
      "| Key | Value |",
      "| :-- | :-- |",
      "| `security.bpffs.delegate_cmds` | `map_create,obj_get,link_create` |",
      "| `security.bpffs.delegate_maps` | `hash,array,devmap,queue,stack` |",
      "| `security.bpffs.delegate_progs` | `socket_filter,kprobe,cgroup_sysctl` |",
      "| `security.bpffs.delegate_attachs` | `any` |",
      "",
      "```bash",
      "$ mount -t bpf",
      "none on /sys/fs/bpf type bpf (rw,relatime,delegate_cmds=map_create:obj_get:link_create,delegate_maps=hash:array:devmap:queue:stack,delegate_progs=socket_filter:kprobe:cgroup_sysctl,delegate_attachs=any)",
      "```",
    ),
    mistakes: ["10 inert_command", "10 lacks_command"],
    why: "program types without prog_load; obj_get and link_create take no token; a table is not a block of code",
  },
  {
    source: `${incusTest} (in a fork, before the merge)`,
    kind: "test",
    file: "bpf_token.sh",
    text: lines(
      "incus config set c1 security.bpffs.delegate_cmds=map_create,prog_attach",
      "incus config set c1 security.bpffs.delegate_maps=hash,array",
      "incus config set c1 security.bpffs.delegate_progs=socket_filter,xdp,kprobe",
      "incus config set c1 security.bpffs.delegate_attachs=cgroup_inet_ingress,sk_skb_stream_parser",
      "incus start c1",
    ),
    mistakes: ["1 inert_command", "3 lacks_command"],
    why: "prog_attach takes no token, and prog_load is missing",
  },
  {
    source: `${incusTest} (in a fork, an earlier version)`,
    kind: "test",
    file: "bpf_token.sh",
    text: lines(
      "incus launch image c1 \\",
      "  security.bpffs.delegate_cmds=map_create,prog_attach \\",
      "  security.bpffs.delegate_maps=hash,array \\",
      "  security.bpffs.delegate_progs=socket_filter,xdp,kprobe \\",
      "  security.bpffs.delegate_attachs=cgroup_inet_ingress,sk_skb_stream_parser",
    ),
    mistakes: ["2 inert_command", "4 lacks_command"],
    why: "prog_attach takes no token, and prog_load is missing",
  },
  {
    source: `${kernel}/6c1752e0b6ca (commit message)`,
    kind: "mail",
    file: "commit.txt",
    text: lines(
      "  $ sudo mkdir -p /sys/fs/bpf/t",
      "  $ sudo mount -t bpf bpffs /sys/fs/bpf/t \\",
      "               -o delegate_cmds=prog_load:MAP_CREATE \\",
      "               -o delegate_progs=kprobe \\",
      "               -o delegate_attachs=xdp",
      "  $ mount | grep t",
      "  bpffs on /sys/fs/bpf/t type bpf (rw,relatime,delegate_cmds=map_create:prog_load,delegate_progs=kprobe,delegate_attachs=xdp)",
    ),
    mistakes: ["2 host_mount", "3 lacks_types", "7 lacks_types"],
    why: "map_create without map types, in the command and in what the kernel prints",
  },
  {
    source: `${lore}/moeyk2noput6zen2dan3s7xsudvxtjc6kf7anieyugwbj6z3uf@kcxw4a3ffvnj (quoting the first version)`,
    kind: "mail",
    file: "mail.txt",
    text: lines(
      ">   $ sudo mount -t bpf bpffs /sys/fs/bpf/t \\",
      ">                -o delegate_cmds=BPF_PROG_LOAD \\",
      ">                -o delegate_cmds=BPF_MAP_CREATE \\",
      ">                -o delegate_cmds=BPF_TOKEN_CREATE:BPF_BTF_LOAD:BPF_LINK_CREATE",
    ),
    mistakes: [
      ...["1 host_mount", "2 full_name", "2 lacks_types", "3 full_name", "3 lacks_types"],
      ...["4 full_name", "4 inert_command"],
    ],
    why: "the released kernel refuses the prefix, and with it the mount; no types are delegated",
  },
  {
    source: `${lore}/moeyk2noput6zen2dan3s7xsudvxtjc6kf7anieyugwbj6z3uf@kcxw4a3ffvnj`,
    kind: "mail",
    file: "mail.txt",
    text: lines(
      "With prefixes, it reads:",
      "delegate_progs=BPF_PROG_TYPE_SOCKET_FILTER:BPF_PROG_TYPE_SOCKET_XDP:BPF_PROG_TYPE_SCHED_CLS",
      "Better:",
      "delegate_progs=SOCKET_FILTER:XDP:SCHED_CLS",
    ),
    mistakes: ["2 full_name", "2 unknown_name"],
    why: "two names with the prefix, and one that is no program type even without it",
  },
  {
    source: `${lore}/20231103190523.6353-3-andrii@kernel.org`,
    kind: "mail",
    file: "commit.txt",
    text: lines(
      "Several values add up: `mount -t bpf nodev /mnt/b -o",
      "delegate_maps=0x1 -o delegate_maps=0x2` gives the mask 0x3.",
    ),
    mistakes: ["1 host_mount", "2 lacks_command"],
    missed: ["1 host_mount", "2 lacks_command"],
    why: "a whole command, over two lines: map types without map_create",
  },
  {
    source: `${lore}/20231103190523.6353-3-andrii@kernel.org`,
    kind: "mail",
    file: "mail.txt",
    text: lines("Names would be easier to read (e.g., `-o", "delegate_progs=kprobe|tracepoint`)."),
    mistakes: ["2 separator"],
    why: "names are separated by ':', not by '|'",
  },
  {
    source: `${github}/torvalds/linux/blob/a4a508df2aa3/tools/bpf/bpftool/Documentation/bpftool-token.rst`,
    kind: "documentation",
    file: "bpftool-token.rst",
    text: lines(
      "| **# mkdir -p /sys/fs/bpf/t**",
      "| **# mount -t bpf bpffs /sys/fs/bpf/t** \\",
      "|         **-o delegate_cmds=prog_load:map_create** \\",
      "|         **-o delegate_progs=kprobe** \\",
      "|         **-o delegate_attachs=xdp**",
      "| **# bpftool token list**",
    ),
    mistakes: ["2 host_mount", "3 lacks_types"],
    why: "map_create without map types; the stars are bold type, not part of the names",
  },
  {
    source: hardening,
    kind: "documentation",
    file: "bpf-token.md",
    text: block(
      "bash",
      "sudo mkdir -p /run/t",
      "sudo mount -t bpf tokens /run/t \\",
      "    -o nosuid,nodev,noexec,mode=0755 \\",
      "    -o delegate_cmds=prog_load:map_create:btf_load:link_create \\",
      "    -o delegate_progs=kprobe:tracepoint:perf_event \\",
      "    -o delegate_attachs=trace_kprobe:trace_tracepoint:perf_event \\",
      "    -o delegate_maps=hash:array:perf_event_array:ringbuf",
    ),
    mistakes: ["3 host_mount", "5 inert_command", "7 unknown_name"],
    why: "trace_kprobe and trace_tracepoint are no attach types; link_create takes no token",
  },
  {
    source: hardening,
    kind: "documentation",
    file: "bpf-token.md",
    text: block(
      "ini",
      "[Service]",
      "User=agent",
      "AmbientCapabilities=CAP_BPF CAP_PERFMON",
      "CapabilityBoundingSet=CAP_BPF CAP_PERFMON",
      "PrivateUsers=yes",
      "BPF=token:/run/t/observability",
      "ExecStart=/usr/local/bin/agent",
    ),
    mistakes: ["7 unknown_key"],
    missed: ["7 unknown_key"],
    why: "systemd has no setting BPF=, so the unit delegates nothing",
  },
  {
    source: `${github}/jtdub/learn-ebpf-in-c-as-a-python-developer/blob/bfb50f2bdec0/docs/part5-security/ch31-ebpf-security-model.md`,
    kind: "book",
    file: "ch31.md",
    text: block("bash", "mount -t bpf bpffs /sys/fs/bpf -o delegate_cmds=prog_load,map_create"),
    mistakes: ["2 host_mount", "2 lacks_types", "2 separator"],
    why: "the comma ends delegate_cmds, and no types are delegated for prog_load",
  },
  {
    source: `${github}/deik0/bpf-rbacd/blob/cff8e3a2313b/docs/DESIGN.md`,
    kind: "repository",
    file: "DESIGN.md",
    text: block(
      "",
      "2. daemon (now in the namespaces of the client)",
      "       │",
      "       │ mount -t bpf bpf /sys/fs/bpf -o delegate_cmds=...,delegate_progs=...",
      "       ▼",
    ),
    mistakes: ["4 host_mount"],
    why: "in a user namespace of its own, a process may not set the masks with mount(2)",
  },
];
