// SPDX-License-Identifier: MIT
// Short logs of strace. Each differs from a neighbour in one thing that can decide.

const eperm = "-1 EPERM (Operation not permitted)";
const einval = "-1 EINVAL (Invalid argument)";
const enoent = "-1 ENOENT (No such file or directory)";
const eacces = "-1 EACCES (Permission denied)";

const option = (axis: string, value: string, answer = "0"): string =>
  `fsconfig(3, FSCONFIG_SET_STRING, "delegate_${axis}", "${value}", 0) = ${answer}`;
const token = (answer: string): string =>
  `bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) = ${answer}`;
const map = (type: string, flags: string, answer: string, more = ""): string =>
  `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_${type}, key_size=4, value_size=4, max_entries=1, map_flags=${flags}${more}}, 80) = ${answer}`;
const mine = "BPF_F_TOKEN_FD";
const ofFd = ", map_token_fd=7";
const load = (type: string, fields: string, answer: string): string =>
  `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_${type}, ${fields}}, 148) = ${answer}`;
const withToken = "insn_cnt=85, prog_flags=BPF_F_TOKEN_FD, prog_token_fd=4";
const real = 'insn_cnt=85, prog_flags=0, prog_name="count"';
const probe = 'insn_cnt=2, prog_flags=0, prog_name=""';
const tokenProbe =
  'insn_cnt=2, prog_flags=BPF_F_TOKEN_FD, prog_name="", expected_attach_type=BPF_CGROUP_INET_INGRESS, prog_token_fd=4';
const log = (text: string): string => `insn_cnt=3, prog_flags=0, log_level=1, log_buf="${text}"`;
const all = ["cmds", "maps", "progs", "attachs"].map((axis) => option(axis, "any"));
const readsVariables =
  "insn_cnt=2, insns=[{code=BPF_LD|BPF_DW|BPF_IMM, dst_reg=BPF_REG_1, src_reg=BPF_REG_2, off=0, imm=0x5}, {code=BPF_LD|BPF_W|BPF_IMM, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=0}], prog_flags=0x10000";
const types = (answer: string, more = ""): string =>
  `bpf(BPF_BTF_LOAD, {btf="", btf_log_buf=NULL, btf_size=24${more}}, 40) = ${answer}`;
const link = (attach: string, answer: string): string =>
  `bpf(BPF_LINK_CREATE, {link_create={prog_fd=5, target_fd=6, attach_type=${attach}}}, 64) = ${answer}`;
const netlink = (args: string): string => `recvmsg(3, {${args}}, 0) = 84`;
const open = (path: string, answer: string): string =>
  `openat(AT_FDCWD, "${path}", O_RDONLY) = ${answer}`;

/** Many calls that differ. */
const many = (count: number, one: (i: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, i) => one(i));

/** Calls that other calls do not change. */
const singleCalls: readonly string[] = [
  ...[eperm, einval, enoent, eacces, "-1 EOPNOTSUPP (x)", "-1 EBADF (x)", "-1 ENOSYS (x)"].flatMap(
    (answer) => [
      token(answer),
      map("HASH", "0", answer),
      map("HASH", mine, answer, ofFd),
      map("ARRAY", "0", answer, ofFd),
      map("DEVMAP", mine, answer, ofFd),
      load("XDP", real, answer),
      load("XDP", withToken, answer),
      load("KPROBE", withToken, answer),
      load("SOCKET_FILTER", probe, answer),
      load("SOCKET_FILTER", tokenProbe, answer),
      load("TRACEPOINT", tokenProbe, answer),
      load("KPROBE", 'insn_cnt=2, prog_flags=0, prog_name="libbpf_x"', answer),
      load(
        "KPROBE",
        'insn_cnt=2, prog_flags=0x10000, prog_name="libbpf_x", prog_token_fd=3',
        answer,
      ),
      load("XDP", readsVariables, answer),
      types(answer),
      types(answer, ", btf_flags=0x10000, btf_token_fd=4"),
      link("BPF_XDP", answer),
      link("BPF_CGROUP_INET_EGRESS", answer),
      "bpf(BPF_BTF_GET_FD_BY_ID, {btf_id=1, next_id=0, open_flags=0}, 12) = ".concat(answer),
      'bpf(BPF_OBJ_PIN, {pathname="/sys/fs/bpf/x", bpf_fd=3}, 16) = '.concat(answer),
      "perf_event_open({type=1}, -1, 0, -1, 0) = ".concat(answer),
      'fsopen("bpf", FSOPEN_CLOEXEC) = '.concat(answer),
      'fsopen("tmpfs", 0) = '.concat(answer),
      'mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) = '.concat(answer),
      'mount("none", "/tmp", "tmpfs", 0, NULL) = '.concat(answer),
      "fsconfig(3, FSCONFIG_CMD_CREATE, NULL, NULL, 0) = ".concat(answer),
      'fsconfig(3, FSCONFIG_SET_STRING, "source", "x", 0) = '.concat(answer),
      option("progs", "xdp", answer),
      open("/sys/fs/bpf/x", answer),
      open("/run/bpffs/x", answer),
      open("/sys/kernel/debug/tracing/events", answer),
      open("/sys/kernel/tracing/kprobe_events", answer),
      open("/sys/kernel/btf/vmlinux", answer),
      open("/etc/passwd", answer),
      "setrlimit(RLIMIT_MEMLOCK, {rlim_cur=1, rlim_max=1}) = ".concat(answer),
      "prlimit64(0, RLIMIT_NOFILE, {rlim_cur=1}, NULL) = ".concat(answer),
      "unshare(CLONE_NEWUSER) = ".concat(answer),
    ],
  ),
  open("/sys/fs/bpf/x", "-1 EROFS (Read-only file system)"),
  "bpf(0x24, {token_create={bpffs_fd=3}}, 8) = -1 EINVAL (Invalid argument)",
  "bpf(36, 0x7ffc, 8) = -1 EINVAL (Invalid argument)",
  "bpf(99, 0x7ffc, 8) = -1 EINVAL (Invalid argument)",
  "bpf(99, 0x7ffc, 8) = -1 EPERM (Operation not permitted)",
  "bpf(BPF_TOKEN_CREATE, 0x7ffc, 8) = -1 EINVAL (Invalid argument)",
  ...["", "BPF_PROG_LOAD", "prog_load:", "Any", "hash:array", "0x5", "none"].flatMap((value) =>
    ["cmds", "maps", "unknown"].map((axis) => option(axis, value, einval)),
  ),
  netlink("{nlmsg_type=NLMSG_ERROR}, {error=-EPERM, msg={RTM_SETLINK}}"),
  netlink("{nlmsg_type=NLMSG_ERROR}, {error=-EPERM, msg={IFLA_XDP}}"),
  netlink("{nlmsg_type=NLMSG_ERROR}, {error=-EPERM, msg={RTM_NEWQDISC}}"),
  netlink("{nlmsg_type=NLMSG_ERROR}, {error=-EPERM, msg={RTM_GETLINK}}"),
  netlink("{nlmsg_type=NLMSG_ERROR}, {error=-EINVAL, msg={RTM_SETLINK}}"),
  netlink("{nlmsg_type=NLMSG_DONE}, {error=-EPERM, msg={RTM_SETLINK}}"),
  ...["R1 !read_ok", "R1 leaks addr", "a new reason", "unknown func bpf_x#7"].flatMap((reason) =>
    [eacces, einval, eperm].map((answer) =>
      load("XDP", log(`0: (b7) r0 = 0\\n${reason}\\nprocessed 1 insns`), answer),
    ),
  ),
  "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_ARRAY, key_size=5, value_size=8, max_entries=1}, 80) = -1 EINVAL (x)",
  "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, map_flags=BPF_F_TOKEN_FD}, 80) = -1 EPERM (x)",
  "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, ...}, 80) = -1 EPERM (x)",
  "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH_OF_MAPS, key_size=4, value_size=4, inner_map_fd=5, max_entries=1}, 80) = -1 EPERM (x)",
  "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_RINGBUF, max_entries=4096, map_flags=0x10000}, 80) = -1 EPERM (x)",
  "bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=2000000}, 148) = -1 E2BIG (x)",
  "bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=9}, 148) = -1 ENOSPC (x)",
  "bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=9, ...}, 148) = ?",
  "seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=3}) = -1 EPERM (x)",
];

const masks = (...pairs: readonly (readonly [string, string])[]): readonly string[] =>
  pairs.map(([axis, value]) => option(axis, value));
const filter = "seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=3, filter=0x7f}) = 0";
const uname = (release: string): string => `uname({sysname="Linux", release="${release}"}) = 0`;

/** Several calls of which one decides about another. */
const sequences: readonly (readonly string[])[] = [
  [...all, map("HASH", mine, eperm, ofFd)],
  [...masks(["cmds", "map_create"], ["maps", "array"]), map("HASH", mine, eperm, ofFd)],
  [...masks(["cmds", "prog_load"], ["maps", "hash"]), map("HASH", mine, eperm, ofFd)],
  [...masks(["maps", "array"]), ...masks(["maps", "hash"]), map("HASH", mine, eperm, ofFd)],
  [option("maps", "hash", einval), map("HASH", mine, eperm, ofFd)],
  [option("maps", "what"), map("HASH", mine, eperm, ofFd)],
  ['fspick(AT_FDCWD, "/sys/fs/bpf", 0) = 3', ...all, map("HASH", mine, eperm, ofFd)],
  [
    ...['fspick(AT_FDCWD, "/sys/fs/bpf", 0) = 3', 'fsopen("bpf", 0) = 3'],
    ...[...all, map("HASH", mine, eperm, ofFd)],
  ],
  [...all, load("KPROBE", withToken, eperm)],
  [...masks(["cmds", "any"], ["progs", "xdp"]), load("KPROBE", withToken, eperm)],
  [...masks(["cmds", "any"], ["progs", "any"]), load("XDP", withToken, eperm)],
  [token(eperm), map("HASH", "0", eperm)],
  [token(enoent), load("XDP", real, eperm)],
  [token("-1 EOPNOTSUPP (x)"), load("XDP", real, eperm)],
  [token("4"), load("XDP", real, eperm)],
  [token(eperm), token("4"), load("XDP", real, eperm)],
  [...all, load("XDP", real, eperm)],
  ["unshare(CLONE_NEWUSER|CLONE_NEWNS) = 0", token(eperm)],
  ["clone(child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD) = 12", token(eperm)],
  ["clone3({flags=CLONE_NEWNS}, 88) = 12", token(eperm)],
  ["unshare(CLONE_NEWUSER) = 0", "fsmount(3, 0, 0) = 4", token(eperm)],
  ["unshare(CLONE_NEWUSER) = 0", 'mount("bpf", "/x", "bpf", 0, NULL) = 0', token(eperm)],
  ["unshare(CLONE_NEWUSER) = 0", 'mount("none", "/x", "tmpfs", 0, NULL) = 0', token(eperm)],
  [`unshare(CLONE_NEWUSER) = ${eperm}`, token(eperm)],
  [filter, map("HASH", "0", eperm)],
  [filter, map("HASH", "0", einval)],
  [filter, map("HASH", "0", "3"), map("HASH", "0", eperm)],
  [filter, "bpf(BPF_MAP_FREEZE, {map_fd=3}, 4) = -1 EBUSY (x)", map("HASH", "0", eperm)],
  ["prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=3}) = 0", load("XDP", real, eperm)],
  ["prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) = 0", load("XDP", real, eperm)],
  ["seccomp(SECCOMP_GET_ACTION_AVAIL, 0, [SECCOMP_RET_LOG]) = 0", load("XDP", real, eperm)],
  [uname("5.10.0-28-amd64"), map("HASH", "0", eperm), token(einval)],
  [uname("6.9.1"), token(einval), load("XDP", withToken, eperm)],
  [uname("6.18.4"), uname("5.4.0"), token(einval)],
  [`uname({sysname="Linux", release="5.4.0"}) = -1 EFAULT (x)`, token(einval)],
  [load("SOCKET_FILTER", probe, eperm), map("ARRAY", "0", "3")],
  [load("SOCKET_FILTER", probe, eperm), load("KPROBE", probe, eperm)],
  [load("SOCKET_FILTER", probe, eperm), load("XDP", real, eperm)],
  [load("SOCKET_FILTER", tokenProbe, eperm), load("TRACEPOINT", tokenProbe, "5")],
  [
    ...masks(["cmds", "any"], ["progs", "socket_filter"]),
    ...[load("SOCKET_FILTER", tokenProbe, eperm), load("TRACEPOINT", tokenProbe, eperm)],
  ],
  [map("ARRAY", mine, eperm, ofFd), load("XDP", readsVariables, einval)],
  [
    ...masks(["cmds", "any"], ["maps", "hash"]),
    map("ARRAY", mine, eperm, ofFd),
    load("XDP", readsVariables, einval),
  ],
  [
    ...masks(["cmds", "any"], ["maps", "hash"]),
    map("ARRAY", mine, eperm, ofFd),
    load("XDP", real, einval),
  ],
  [map("HASH", mine, eperm, ofFd), map("ARRAY", mine, eperm, ofFd)],
  [types(eperm), map("HASH", "0", "3")],
  [types(eperm), map("HASH", "0", eperm)],
  [token("4"), types(eperm)],
  [token("4"), types(eperm), map("HASH", "0", "3")],
  [token(eperm), types(eperm)],
  [...masks(["cmds", "map_create"]), token("4"), types(eperm)],
  [types(einval), map("HASH", "0", "3")],
  [map("HASH", "0", eperm), map("HASH", "0", eperm), load("XDP", real, eperm)],
  [load("XDP", real, einval), load("XDP", real, eacces)],
  [`setrlimit(RLIMIT_MEMLOCK, {rlim_cur=1}) = ${eperm}`, map("HASH", "0", eperm)],
  ["Seccomp:\t0", "CapEff:\t0000008000000000", map("HASH", "0", eperm)],
  ["kernel.unprivileged_bpf_disabled = 0", map("HASH", "0", eperm)],
  [
    "[pid  12] bpf(BPF_PROG_GET_NEXT_ID, {start_id=0} <unfinished ...>",
    `[pid  12] <... bpf resumed>, 12) = ${eperm}`,
  ],
  [`[pid  12] <... bpf resumed>, 12) = ${eperm}`],
  ["12 bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH} <unfinished ...>"],
  ['write(2, "libbpf: failed to load object", 29) = 29'],
  ["bpf(BPF_MAP_CREATE): Operation not permitted", "BPF_PROG_LOAD: Invalid argument"],
  [`ioctl(4, PERF_EVENT_IOC_SET_BPF, 5) = ${einval}`],
  [`bind(3, {sa_family=AF_XDP}, 16) = ${einval}`, "bpf: failed"],
];

/** More calls than are kept, and calls that few programs make. */
const rareCalls: readonly (readonly string[])[] = [
  many(20, (i) => load("SOCKET_FILTER", `${probe}, log_size=${i}`, eperm)),
  [
    ...many(20, (i) => load("SOCKET_FILTER", `${probe}, log_size=${i}`, eperm)),
    map("ARRAY", "0", "3"),
  ],
  many(205, (i) => map("HASH", mine, eperm, `, map_token_fd=${i + 3}`)),
  ["bpf(BPF_BTF_GET_FD_BY_ID, {btf_id=1, open_flags=0, fd_by_id_token_fd=4}, 16) = -1 EPERM (x)"],
  [
    "bpf(BPF_BTF_GET_FD_BY_ID, {btf_id=1, open_flags=0x10000, fd_by_id_token_fd=4}, 16) = -1 EPERM (x)",
  ],
  ["bpf(BPF_BTF_LOAD, {btf_size=24, btf_flags=0, btf_token_fd=4}, 40) = -1 EPERM (x)"],
  ...[
    `setrlimit(RLIMIT_MEMLOCK, {rlim_cur=1}) = ${eperm}`,
    open("/sys/fs/bpf/x", enoent),
    open("/sys/fs/bpf/x", eacces),
    open("/sys/kernel/tracing/kprobe_events", enoent),
    open("/sys/kernel/tracing/kprobe_events", eacces),
    open("/sys/kernel/btf/vmlinux", enoent),
    types(einval),
    types(eperm, ", btf_flags=0x10000"),
    load("KPROBE", 'insn_cnt=2, prog_flags=0, prog_name="libbpf_x"', eperm),
    load("KPROBE", 'insn_cnt=2, prog_flags=0, prog_name="libbpf_x"', einval),
    load("XDP", "insn_cnt=9, prog_flags=0", "-1 ENOSPC (x)"),
    "bpf(BPF_PROG_GET_NEXT_ID, {start_id=0}, 12) = -1 EACCES (x)",
    token(eperm),
    token(enoent),
    link("BPF_XDP", einval),
  ].flatMap((last) => [
    [map("HASH", "0", eperm), last],
    [load("XDP", log("a new reason"), eacces), last],
  ]),
  ["bpf(BPF_TOKEN_CREATE, 0x7ffc, 8) = -1 EPERM (Operation not permitted)"],
  [filter, "bpf(99, 0x7ffc, 8) = -1 EPERM (Operation not permitted)"],
  [filter, "bpf(BPF_MAP_FREEZE, {map_fd=3}, 4) = -1 EPERM (Operation not permitted)"],
  [token("-1 ENOMEM (x)")],
  [token("-1 EINTR (x)"), map("HASH", "0", eperm)],
  ['open("/sys/fs/bpf/x", O_RDONLY) = -1 EACCES (Permission denied)'],
  ['open("/sys/kernel/tracing/kprobe_events", O_RDONLY) = -1 ENOENT (x)'],
  ["prlimit64(0, RLIMIT_MEMLOCK, {rlim_cur=1}, NULL) = -1 EPERM (x)"],
  [`recvfrom(3, {{nlmsg_type=NLMSG_ERROR}, {error=-EPERM, msg={RTM_NEWTFILTER}}}, 0) = 84`],
  ["recvmsg(3, {{nlmsg_type=NLMSG_ERROR}, {error=-EPERMX, msg={RTM_SETLINK}}}, 0) = 84"],
  ["setns(3, CLONE_NEWUSER) = -1 EPERM (x)"],
  ['mkdir("/sys/fs/bpf/x", 0700) = -1 EPERM (Operation not permitted)'],
  ["bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, ...}, 80) = 3"],
  [...all, option("cmds", "0x1"), map("HASH", mine, eperm, ofFd)],
  [option("cmds", "0x1"), option("maps", "0x2:array"), map("HASH", mine, eperm, ofFd)],
  [option("cmds", "any"), option("maps", "99999999999999999999"), map("HASH", mine, eperm, ofFd)],
  [option("unknown", "any"), map("HASH", mine, eperm, ofFd)],
  [uname("6.9.0"), token("-1 EOPNOTSUPP (x)")],
  [uname("6.8.12"), token("-1 EPERM (x)"), map("HASH", "0", eperm)],
  ["clone3({flags=CLONE_NEWUSER}, 88) = 12", token(eperm)],
  ["clones(CLONE_NEWUSER) = 12", token(eperm)],
  [filter, token(eperm), map("HASH", "0", "-1 ENOSYS (x)")],
  ["Seccomp:\t2", map("HASH", "0", eperm)],
  ["CapEff:\t0000000000200000", map("HASH", "0", eperm)],
  ["none [integrity] confidentiality", load("KPROBE", real, eperm)],
  ["[none] integrity confidentiality", load("KPROBE", real, eperm)],
];

export const logs: readonly string[] = [
  ...singleCalls,
  ...[...sequences, ...rareCalls].map((lines) => lines.join("\n")),
];
