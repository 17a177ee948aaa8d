// SPDX-License-Identifier: MIT
// Differences that follow from the machine or a stable release, not from a rule.
import type { Applies } from "./configuration.js";
import type { KnownDifference } from "./known-difference.js";
import type { CallPattern, ValuePattern } from "./pattern.js";

const proc = { some: { startsWith: "/proc/" } } as const;
/** A directory with the mode of `/proc`. */
const MODE_PROC = 0o40555;

/** The fields that BPF_OBJ_GET_INFO_BY_FD writes, except these. */
const info = (
  struct: "bpf_map_info" | "bpf_btf_info" | "bpf_prog_info",
  only: readonly string[],
  zero: readonly string[] = [],
): CallPattern => ({
  call: "bpf",
  args: { cmd: "BPF_OBJ_GET_INFO_BY_FD" },
  what: "memory",
  memory: { name: "info", struct, only, zero },
});

const anyLoad = ["BPF_PROG_LOAD", "BPF_BTF_LOAD"] as const;

/** Calls that write a log of the verifier or of BTF. */
const logOf = (
  cmd: ValuePattern,
  rest: Pick<CallPattern, "attr" | "what" | "kernel" | "memory">,
): CallPattern => ({ call: "bpf", args: { cmd }, ...rest });

/** Numbers, texts and sizes that differ between machines. */
const ofMachines: readonly KnownDifference[] = [
  {
    id: "machine.object-info",
    applies: { property: "the ids of objects" },
    shownBy: ["suite", "fuzz"],
    where: [
      info("bpf_map_info", ["id", "btf_id"]),
      info("bpf_btf_info", ["id"]),
      info(
        "bpf_prog_info",
        ["id", "tag", "jited_prog_len", "load_time", "attach_btf_obj_id", "attach_btf_id"],
        ["tag", "jited_prog_len", "load_time"],
      ),
    ],
    why: "ids of objects and of BTF types, and the tag, code size and load time of programs, differ between machines",
    evidence: "the structures of the uapi headers; the model computes no tags and compiles nothing",
  },
  {
    id: "machine.ids-of-others",
    applies: {},
    shownBy: ["fuzz"],
    where: [{ what: "memory" as const }, { model: "ENOENT", kernel: "ok" }].map((rest) => ({
      call: "bpf",
      args: {
        cmd: ["PROG", "MAP", "BTF", "LINK"].map((kind) => `BPF_${kind}_GET_NEXT_ID`),
      },
      ...rest,
    })),
    why: "objects of other processes have ids as well",
    evidence: "bpftool lists them on the running kernel",
  },
  {
    id: "machine.process-links",
    applies: {},
    shownBy: ["fuzz"],
    where: [{ what: "memory" as const }, { model: "ok", kernel: ["ok", "EFAULT"] }].map((rest) => ({
      call: "readlinkat",
      args: { pathname: ["/proc/self", "/proc/thread-self"] },
      ...rest,
    })),
    why: "process ids differ between machines",
    evidence: "proc(5): the links hold the id of the process",
  },
  {
    id: "machine.proc-links",
    applies: {},
    shownBy: ["fuzz"],
    where: [{ call: "readlinkat", model: "ok", kernel: "ok", after: proc }],
    why: "the length of a link in /proc depends on the process id",
    evidence: "proc(5): the path of such a file has the id in it",
  },
  {
    id: "machine.proc-texts",
    applies: {},
    shownBy: ["fuzz"],
    where: [
      { call: "read", what: "memory", after: proc },
      { call: "read", model: "ok", kernel: { atLeast: 1 }, after: proc },
    ],
    why: "texts of /proc list mounts and ids, which differ between machines",
    evidence: "proc(5)",
  },
  {
    id: "machine.resource-limits",
    applies: {},
    shownBy: ["fuzz"],
    where: [{ call: "prlimit64", what: "memory", memory: { name: "old_rlim" } }],
    why: "resource limits differ between machines, except that of open files",
    evidence: "the executor sets RLIMIT_NOFILE and inherits the others",
  },
  {
    id: "machine.proc-root",
    applies: {},
    shownBy: ["fuzz"],
    where: [
      {
        call: ["newfstatat", "fstat"],
        what: "memory",
        memory: {
          name: "statbuf",
          only: ["st_nlink"],
          model: { st_nlink: 2, st_mode: MODE_PROC },
        },
      },
      {
        call: "newfstatat",
        args: { filename: ["/proc", "/proc/self", "/proc/thread-self"] },
        what: "memory",
        memory: { name: "statbuf", only: ["st_nlink"] },
      },
    ],
    why: "the link count of /proc counts the processes of the machine, and that of /proc/PID its directories",
    evidence: "stat /proc and /proc/self on the running kernel",
  },
  {
    id: "machine.address-space",
    applies: {},
    shownBy: ["fuzz"],
    where: [{ call: ["read", "write"], args: { count: { atLeast: 2 ** 32 } }, kernel: "EFAULT" }],
    why: "the address of a buffer decides which sizes reach beyond the address space",
    evidence: "buffers lie in the last terabyte of user memory",
  },
  {
    id: "machine.verifier-log",
    applies: { property: "the text of its verifier's logs" },
    shownBy: ["suite", "fuzz"],
    where: [
      logOf(anyLoad, { kernel: "ENOSPC" }),
      logOf(anyLoad, { what: "memory", memory: { name: "common.log_buf" } }),
      logOf(anyLoad, { what: "memory", memory: { name: "common", only: ["log_true_size"] } }),
      logOf("BPF_PROG_LOAD", { what: "memory", memory: { name: "log_buf" } }),
      logOf("BPF_PROG_LOAD", {
        attr: { log_level: { atLeast: 1 } },
        ...{ what: "memory", memory: { name: "attr", only: ["log_true_size"] } },
      }),
      logOf("BPF_BTF_LOAD", { what: "memory", memory: { name: "btf_log_buf" } }),
      logOf("BPF_BTF_LOAD", {
        attr: { btf_log_level: { atLeast: 1 } },
        ...{ what: "memory", memory: { name: "attr", only: ["btf_log_true_size"] } },
      }),
    ],
    why: "the model writes no log of the verifier, so it does not know its length either",
    evidence: "guests 7.2 and 7.3 write the log and its size where the common attributes say",
  },
  {
    id: "machine.partial-copy",
    applies: { property: "the copy routine" },
    shownBy: ["suite", "fuzz"],
    where: [
      {
        call: "bpf",
        args: { cmd: "BPF_MAP_LOOKUP_ELEM" },
        ...{ what: "memory", model: "EFAULT", kernel: "EFAULT", memory: { name: "value" } },
      },
      {
        call: "bpf",
        args: { cmd: "BPF_MAP_CREATE" },
        ...{ what: "memory", model: "EFAULT", kernel: "EFAULT" },
        memory: { name: "common.log_buf" },
      },
    ],
    why: "how the kernel copies decides which bytes it has written when it reaches a bad address",
    evidence:
      "a per-CPU value in a buffer of 7 bytes: 7.1.13 to 7.3.4 write 4, 6.18.44 writes 7, 6.12.118 for arm64 writes 1; a log in one that is too small",
  },
  {
    id: "machine.return-values",
    applies: {},
    shownBy: ["fuzz"],
    where: [
      {
        call: "bpf",
        args: { cmd: "BPF_PROG_LOAD" },
        attr: {
          expected_attach_type: [
            ...["INET4", "INET6", "UNIX"].flatMap((kind) => [
              `BPF_CGROUP_${kind}_GETPEERNAME`,
              `BPF_CGROUP_${kind}_GETSOCKNAME`,
            ]),
            ...["UDP4", "UDP6", "UNIX"].map((kind) => `BPF_CGROUP_${kind}_RECVMSG`),
          ],
        },
        ...{ model: "ok", kernel: "EINVAL" },
      },
    ],
    why: "these programs may only return 1, and the model does not check return values",
    evidence: "the log of the running kernel's verifier",
  },
];

/** Linux 7.1 and a stable release of 6.18 added the check, so two ranges of kernels lack it. */
function exclusiveInner(id: string, applies: Applies): KnownDifference {
  const allows = { model: "ENOTSUPP", kernel: ["ok", "EINVAL"] } as const;
  const map_type = ["BPF_MAP_TYPE_ARRAY_OF_MAPS", "BPF_MAP_TYPE_HASH_OF_MAPS"];
  return {
    id,
    applies,
    shownBy: ["suite", "fuzz"],
    where: [
      { call: "bpf", args: { cmd: "BPF_MAP_CREATE" }, attr: { map_type }, ...allows },
      { call: "bpf", args: { cmd: "BPF_MAP_UPDATE_ELEM" }, ...allows },
    ],
    why: "a map of maps may hold an exclusive map until a stable release",
    evidence:
      "6.18.15, 6.19.14 and 7.0.13 allow it; 6.18.44, 7.1.13, 7.2.12 and 7.3.4 return ENOTSUPP",
  };
}

/** Differences between stable releases. */
const ofReleases: readonly KnownDifference[] = [
  {
    id: "release.detach-by-device",
    applies: { from: "6.12.118" },
    shownBy: ["suite"],
    where: [
      {
        call: "bpf",
        args: { cmd: "BPF_PROG_DETACH" },
        attr: { attach_type: "BPF_TCX_INGRESS" },
        ...{ model: "ENODEV", kernel: "EPERM" },
      },
    ],
    why: "detaching from a network device without naming the program needs CAP_NET_ADMIN in the initial user namespace since a stable release",
    evidence:
      "6.12.118, 6.18.15, 6.19.14, 7.0.13, 7.1.13, 7.2.12 and 7.3.4 behave so, and 6.12.113 does not",
  },
  exclusiveInner("release.exclusive-inner", { from: "6.18", before: "6.18.44" }),
  exclusiveInner("release.exclusive-inner-later", { from: "6.19", before: "7.1" }),
  {
    id: "release.info-padding",
    applies: { before: "7.1" },
    shownBy: ["fuzz"],
    where: [{ call: "bpf", args: { cmd: "BPF_OBJ_GET_INFO_BY_FD" }, kernel: "E2BIG" }],
    why: "later stable releases check the padding of bpf_map_info",
    evidence: "the running kernel, 6.18.44, behaves so; the first such release is unknown",
  },
];

/** Known differences of machines, then of stable releases. */
export const machineDifferences: readonly KnownDifference[] = [...ofMachines, ...ofReleases];
