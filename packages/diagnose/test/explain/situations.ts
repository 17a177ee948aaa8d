// SPDX-License-Identifier: MIT
// The situations of real users, each from a log or a bundle.
import type { ObjectSpec } from "@bpf-token/object";
import { AttachType, MapType, ProgType } from "@bpf-token/uapi";
import { diagnose, explainErrno, explainText, type Facts } from "../../src/index.ts";
import { BPF, bpffs, container, withCapabilities } from "../facts.ts";

/** Returns the ids of the answer, most likely first; errors of doctor first. */
export type Answer = () => readonly string[];

/** Answers that come from a bundle; the others come from a log or an errno. */
export const fromBundle = new WeakSet<Answer>();

const text =
  (...lines: readonly string[]): Answer =>
  () => {
    const { candidates, harmless } = explainText(lines.join("\n"));
    return [...candidates, ...harmless].map(({ id }) => id);
  };
const doctor = (
  facts: Facts,
  object?: ObjectSpec,
  loader: "plain" | "libbpf" = "plain",
): Answer => {
  const objects = object === undefined ? {} : { objects: new Map([["o", object]]) };
  const answer = () => diagnose(facts, { ...objects, loader }).findings.map(({ id }) => id);
  fromBundle.add(answer);
  return answer;
};
const masks = (delegates: Readonly<Record<string, string>>): Facts =>
  container({ bpffs: [{ ...bpffs, delegates }] });
const everything = {
  delegate_cmds: "any",
  delegate_maps: "any",
  delegate_progs: "any",
  delegate_attachs: "any",
};

/** An object with one map and one program; only the fields that decide. */
const object = (type: number, attach: number, section: string): ObjectSpec =>
  ({
    maps: [{ name: "m", type: MapType.ARRAY, origin: "definition" }],
    programs: [
      { name: "p", section, type, attach, attachOptional: true, autoload: true, function: 0 },
    ],
    functions: [{ name: "p", insns: new Uint8Array(), calls: [], relocations: [] }],
    ...{ structOps: [], externs: [], btf: undefined },
  }) as unknown as ObjectSpec;
const xdp = object(ProgType.XDP, AttachType.XDP, "xdp");
const kprobe = object(ProgType.KPROBE, 0, "kprobe/f");

const EPERM = "= -1 EPERM (Operation not permitted)";
const EINVAL = "= -1 EINVAL (Invalid argument)";
const create = "bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8)";
const option = (value: string): string =>
  `fsconfig(3, FSCONFIG_SET_STRING, "${value.replace("=", '", "')}", 0)`;
const trivial =
  "libbpf: Error in bpf_object__probe_loading():Operation not permitted(1). Couldn't load trivial BPF program.";

/** The situations of real users: their number, what they saw, and the cause. */
export const situations: readonly (readonly [number, string, Answer, string])[] = [
  [
    1,
    "a bpffs is mounted inside a container",
    text(`mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) ${EPERM}`),
    "mount.capable",
  ],
  [
    2,
    "a bind mount of the host's bpffs",
    doctor(container({ bpffs: [{ ...bpffs, onHost: true }] })),
    "token.create.userns",
  ],
  [
    3,
    "LXD intercepts bpf() for device programs only",
    text("security.syscalls.intercept.bpf: true", "map create: operation not permitted"),
    "explain.intercept",
  ],
  [
    4,
    "btf_load is not delegated",
    text("delegate_cmds=map_create:prog_load", "libbpf: BTF loading error: -EPERM"),
    "token.dropped.cmd",
  ],
  [
    5,
    "the option has a typing error, so no attach type is delegated",
    doctor(masks({ delegate_cmds: "prog_load", delegate_progs: "xdp" })),
    "token.dropped.attach",
  ],
  [6, "fsopen() after CLONE_NEWUSER only", text(`fsopen("bpf", 0) ${EPERM}`), "fsopen.may_mount"],
  [
    7,
    "PrivateBPF=yes on Linux 6.8",
    text(
      "Linux version 6.8.0-63-generic",
      "Main process exited, code=exited, status=226/NAMESPACE",
    ),
    "doctor.release",
  ],
  [
    8,
    "a kernel without tokens",
    doctor(container({ release: "6.8.0-40-generic" })),
    "doctor.release",
  ],
  [
    9,
    "Incus with a typing error",
    text(`${option("delegate_maps=harsh")} ${EINVAL}`),
    "option.delegate.item",
  ],
  [
    10,
    "a comma ends the option",
    doctor(
      masks({ delegate_cmds: "prog_load", delegate_progs: "xdp", delegate_attachs: "xdp" }),
      xdp,
    ),
    "token.dropped.cmd",
  ],
  [
    11,
    "a name with its prefix",
    text(`${option("delegate_cmds=BPF_PROG_LOAD")} ${EINVAL}`),
    "option.delegate.item",
  ],
  [
    12,
    "a remount changes no mask",
    doctor(masks({ ...everything, delegate_maps: "hash" }), xdp),
    "token.dropped.map",
  ],
  [
    13,
    "a policy of a newer kernel",
    text(`${option("delegate_maps=insn_array")} ${EINVAL}`),
    "option.delegate.item",
  ],
  [
    14,
    "SELinux denies the bpffs",
    text(
      'avc:  denied  { search } for  pid=1 comm="agent" name="/" dev="bpf" tclass=dir permissive=0',
    ),
    "explain.selinux",
  ],
  [
    15,
    "libbpf's optional token on Linux 5.8",
    text("libbpf: failed (-22) to create BPF token from '/sys/fs/bpf', skipping optional step..."),
    "explain.token_optional",
  ],
  [
    16,
    "the wrong command number",
    text(`bpf(0x31 /* BPF_??? */, 0x7ffe, 8) ${EINVAL}`),
    "bpf.command",
  ],
  [
    17,
    "the fd of fsmount()",
    text(`${create} = -1 EBADF (Bad file descriptor)`),
    "token.create.fd",
  ],
  [
    18,
    "root of the host",
    text(`${create} = -1 EOPNOTSUPP (Operation not supported)`),
    "token.create.init_ns",
  ],
  [
    19,
    "a bpffs without delegation",
    text(`${create} = -1 ENOENT (No such file or directory)`),
    "token.create.delegation",
  ],
  [20, "a subdirectory, or another filesystem", text(`${create} ${EINVAL}`), "token.create.root"],
  [
    21,
    "CAP_SYS_ADMIN without CAP_BPF",
    doctor(withCapabilities((1n << 21n).toString(16))),
    "token.create.capable",
  ],
  [22, "the wrong user namespace", text(`${create} ${EPERM}`), "token.create.capable"],
  [
    23,
    "a library without token support",
    text(
      "delegate_cmds=any",
      `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, map_flags=0}, 80) ${EPERM}`,
    ),
    "explain.no_token",
  ],
  [
    24,
    "CAP_BPF in a container without a bpffs",
    doctor(withCapabilities(BPF, { bpffs: [] })),
    "doctor.bpffs",
  ],
  [25, "the container drops CAP_BPF", doctor(withCapabilities("0")), "token.create.capable"],
  [
    26,
    "a tight policy and libbpf 1.7",
    text("delegate_progs=xdp", trivial),
    "explain.libbpf_probe",
  ],
  [
    27,
    "the same with a newer libbpf",
    text(
      "delegate_progs=xdp",
      "libbpf: permission error while running as root; try raising 'ulimit -l'? current value: 8.0 MiB",
    ),
    "explain.attach_type",
  ],
  [
    28,
    "probes are refused, so aya cannot relocate",
    text("error relocating `p`: unknown symbol, index `.bss`"),
    "prog.load.sysctl",
  ],
  [
    29,
    "a refused probe looks like a missing feature",
    text("map type LRUHash: not supported (requires >= v4.10)"),
    "explain.kernel_old",
  ],
  [
    30,
    "a kprobe policy without attach types",
    doctor(masks({ ...everything, delegate_attachs: "xdp" }), kprobe),
    "token.dropped.attach",
  ],
  [
    31,
    "BTF_GET_FD_BY_ID",
    text(`bpf(BPF_BTF_GET_FD_BY_ID, {btf_id=1}, 12) ${EPERM}`),
    "btf.fd_by_id.capable",
  ],
  [
    32,
    "a weak kfunc that vmlinux lacks",
    text("iterate modules: get next BTF ID: operation not permitted"),
    "bpf.admin",
  ],
  [
    33,
    "bpftool prog list",
    text("Error: can't get next program: Operation not permitted"),
    "bpf.admin",
  ],
  [
    34,
    "perf_event_open() has no token",
    text("perf_event_open({type=0x8}, -1, 0, -1, 0) = -1 EACCES (Permission denied)"),
    "explain.perf_event",
  ],
  [
    35,
    "a helper needs CAP_PERFMON",
    text("program of this type cannot use helper bpf_get_current_task#35"),
    "explain.verifier_capability",
  ],
  [
    36,
    "BPF_PROG_ATTACH without CAP_NET_ADMIN",
    text(
      `bpf(BPF_PROG_ATTACH, {target_fd=6, attach_bpf_fd=5, attach_type=BPF_CGROUP_INET_INGRESS}, 16) ${EINVAL}`,
    ),
    "attach.prog.capable",
  ],
  [
    37,
    "a pin of an earlier run as root",
    text("load pinned map: permission denied"),
    "explain.pin_mode",
  ],
  [
    38,
    "Docker with CAP_BPF and an old profile",
    text("Seccomp:\t2", "CapEff:\t000000c000001000", "map create: operation not permitted"),
    "doctor.seccomp",
  ],
  [
    39,
    "MEMLOCK may be too low, on a new kernel",
    text(
      "Linux version 6.1.0",
      "map create: operation not permitted (MEMLOCK may be too low, consider rlimit.RemoveMemlock)",
    ),
    "map.create.sysctl",
  ],
  [
    40,
    "the limit on an old kernel",
    text("Linux version 5.4.0", "map create: operation not permitted"),
    "explain.memlock",
  ],
  [
    41,
    "lockdown",
    text("Lockdown: agent: use of bpf to read kernel RAM is restricted; see man kernel_lockdown.7"),
    "doctor.lockdown",
  ],
  [
    42,
    "AppArmor restricts user namespaces",
    text("unshare: write failed /proc/self/uid_map: Operation not permitted"),
    "explain.apparmor_userns",
  ],
  [
    43,
    "unprivileged_bpf_disabled",
    () =>
      explainErrno({
        errno: "EPERM",
        cmd: "map_create",
        type: "hash",
        token: false,
      }).candidates.map(({ id }) => id),
    "map.create.sysctl",
  ],
  [
    44,
    "raising a limit needs a capability of the host",
    text("setrlimit(RLIMIT_MEMLOCK, RLIM_INFINITY): Operation not permitted"),
    "explain.rlimit_refused",
  ],
  [
    45,
    "a nested container",
    text(`${option("delegate_cmds=any")} ${EPERM}`),
    "option.delegate.capable",
  ],
  [
    46,
    "strace without names for tokens",
    text(
      `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, map_flags=0x10000 /* BPF_F_??? */, ...}, 80) ${EPERM}`,
    ),
    "token.dropped.map",
  ],
];
