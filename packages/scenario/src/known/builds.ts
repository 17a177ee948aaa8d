// SPDX-License-Identifier: MIT
// Differences that follow from the configuration with which a kernel was built.
import type { KnownDifference } from "./known-difference.js";
import type { CallPattern, ValuePattern } from "./pattern.js";

const load = (prog_type: ValuePattern, rest: Omit<CallPattern, "call">): CallPattern => ({
  call: "bpf",
  args: { cmd: "BPF_PROG_LOAD" },
  attr: { prog_type },
  ...rest,
});
const create = (map_type: ValuePattern, rest: Omit<CallPattern, "call">): CallPattern => ({
  call: "bpf",
  args: { cmd: "BPF_MAP_CREATE" },
  attr: { map_type },
  ...rest,
});
const refused = { kernel: "EINVAL" } as const;

/** Known differences, sorted by the missing option. */
export const buildDifferences: readonly KnownDifference[] = [
  {
    id: "build.infrared",
    applies: { without: "BPF_LIRC_MODE2" },
    shownBy: ["suite", "matrix", "fuzz"],
    where: [load("BPF_PROG_TYPE_LIRC_MODE2", refused)],
    why: "the kernel is built without programs for infrared receivers (BPF_LIRC_MODE2)",
    evidence: "the option is not set in the running kernel's config nor in those of the guests",
  },
  {
    id: "build.tmpfs",
    applies: { backend: "bpf" },
    shownBy: ["suite", "fuzz"],
    where: [
      { call: "fsconfig", args: { key: ["uid", "gid"] }, kernel: "ok" },
      { call: "mount", args: { filesystemtype: "tmpfs" }, model: "EINVAL", kernel: "ok" },
      { call: "fstatfs", what: "memory", memory: { name: "buf", only: ["f_type"] } },
      {
        call: ["fstat", "newfstatat"],
        what: "memory",
        memory: { name: "statbuf", only: ["st_ino", "st_size"] },
      },
      {
        call: ["fstat", "newfstatat"],
        what: "memory",
        memory: {
          name: "statbuf",
          only: ["st_ino", "st_mode", "st_size"],
          model: { st_mode: 0o41777 },
          kernel: { st_mode: 0o40755 },
        },
      },
    ],
    why: "the module has no pages of memory, so its tmpfs is that of a kernel without SHMEM, with other options, sizes and numbers",
    evidence: "mm/shmem.c of 6.12 and 7.3 without CONFIG_SHMEM",
  },
  {
    id: "build.perf-programs",
    applies: { without: "PERF_EVENTS" },
    shownBy: ["suite", "matrix", "fuzz"],
    where: [
      load(
        [
          "BPF_PROG_TYPE_KPROBE",
          "BPF_PROG_TYPE_TRACEPOINT",
          "BPF_PROG_TYPE_PERF_EVENT",
          "BPF_PROG_TYPE_RAW_TRACEPOINT",
          "BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE",
        ],
        refused,
      ),
    ],
    why: "the kernel is built without performance events and tracing (PERF_EVENTS)",
    evidence: "the config of Debian's user-mode-linux, 6.12.113",
  },
  {
    id: "build.perf-stacks",
    applies: { without: "PERF_EVENTS" },
    shownBy: ["matrix", "fuzz"],
    where: [create("BPF_MAP_TYPE_STACK_TRACE", refused)],
    why: "the kernel is built without performance events, so without stack trace maps (PERF_EVENTS)",
    evidence: "the config of Debian's user-mode-linux, 6.12.113",
  },
  {
    id: "build.xdp-sockets",
    applies: { without: "XDP_SOCKETS" },
    shownBy: ["matrix", "fuzz"],
    where: [create("BPF_MAP_TYPE_XSKMAP", refused)],
    why: "the kernel is built without AF_XDP sockets (XDP_SOCKETS)",
    evidence: "the config of Debian's user-mode-linux, 6.12.113",
  },
  {
    id: "build.lsm",
    applies: { without: "BPF_LSM" },
    shownBy: ["matrix", "fuzz"],
    where: [create("BPF_MAP_TYPE_INODE_STORAGE", refused)],
    why: "the kernel is built without BPF LSM programs, so without inode storage maps (BPF_LSM)",
    evidence: "the config of Debian's user-mode-linux, 6.12.113",
  },
  {
    id: "build.struct-ops",
    applies: { without: "BPF_JIT" },
    shownBy: ["suite", "matrix", "fuzz"],
    where: [create("BPF_MAP_TYPE_STRUCT_OPS", refused), load("BPF_PROG_TYPE_STRUCT_OPS", refused)],
    why: "the kernel is built without the BPF JIT compiler, so without struct_ops (BPF_JIT)",
    evidence: "the config of Debian's user-mode-linux, 6.12.113",
  },
  {
    id: "build.struct-ops-links",
    applies: { without: "BPF_JIT" },
    shownBy: ["suite"],
    where: [
      {
        call: "bpf",
        args: { cmd: "BPF_LINK_CREATE" },
        attr: { attach_type: "BPF_STRUCT_OPS" },
        kernel: "EOPNOTSUPP",
      },
    ],
    why: "the kernel is built without the BPF JIT compiler, so without struct_ops (BPF_JIT)",
    evidence: "the config of Debian's user-mode-linux, 6.12.113",
  },
  {
    id: "build.kernel-functions",
    applies: { without: "BPF_JIT" },
    shownBy: ["suite"],
    where: [{ call: "bpf", args: { cmd: "BPF_PROG_LOAD" }, kernel: "ENOTSUPP" }],
    why: "the kernel is built without the BPF JIT compiler, so programs cannot call kfuncs (BPF_JIT)",
    evidence: "the config of Debian's user-mode-linux, 6.12.113",
  },
  {
    id: "build.first-btf",
    applies: { without: "DEBUG_INFO_BTF" },
    shownBy: ["suite"],
    where: [{ call: "bpf", args: { cmd: "BPF_BTF_GET_FD_BY_ID" }, attr: { btf_id: "1" } }],
    why: "the kernel has no BTF of its own, so id 1 belonged to the first caller who loaded some (DEBUG_INFO_BTF)",
    evidence: "the config of Debian's user-mode-linux, 6.12.113",
  },
  {
    id: "build.trampolines",
    applies: { backend: "native", property: "refuses programs that need a trampoline" },
    shownBy: ["matrix", "fuzz"],
    where: [
      load(
        [
          "BPF_PROG_TYPE_TRACING",
          "BPF_PROG_TYPE_STRUCT_OPS",
          "BPF_PROG_TYPE_EXT",
          "BPF_PROG_TYPE_LSM",
        ],
        { kernel: "EPERM" },
      ),
    ],
    why: "some builds refuse programs that need a BPF trampoline (tracing, ext, lsm), even for root",
    evidence: "the running kernel, 6.18.44: EPERM with all capabilities; guest 6.12 loads them",
  },
  {
    id: "build.processors",
    applies: { property: "the largest number of processors (NR_CPUS)" },
    shownBy: ["fuzz"],
    where: [create("BPF_MAP_TYPE_CPUMAP", { kernel: "E2BIG" })],
    why: "the number of processors that a kernel supports is chosen when it is built",
    evidence: "NR_CPUS in the config of the running kernel is 256",
  },
  {
    id: "build.debug-files",
    applies: { property: "has bpffs files of its own (BPF_PRELOAD)" },
    shownBy: ["fuzz"],
    where: ["maps.debug", "progs.debug"].map((file) => ({
      some: { contains: file },
      model: "EPERM",
    })),
    why: "some builds put files of their own into every bpffs",
    evidence: "maps.debug and progs.debug on a kernel with BPF_PRELOAD",
  },
];
