// SPDX-License-Identifier: MIT
// Differences that follow from the executor, which adds and refuses things, and from the guests.
import type { KnownDifference } from "./known-difference.js";

/** A directory with the mode of `/proc/self/fd`. */
const MODE_DESCRIPTORS = 0o40500;
const RAMFS_MAGIC = 0x858458f6;
const TMPFS_MAGIC = 0x01021994;

/** Differences that follow from the executor and the guests. */
export const executorDifferences: readonly KnownDifference[] = [
  {
    id: "executor.struct-ops",
    applies: { backend: "native" },
    shownBy: ["matrix"],
    where: [
      {
        call: "bpf",
        args: { cmd: "BPF_MAP_CREATE" },
        attr: { map_type: "BPF_MAP_TYPE_STRUCT_OPS" },
        kernel: "kept-away",
      },
    ],
    why: "the executor refuses struct_ops maps on the running kernel",
    evidence: "SECURITY.md",
  },
  {
    id: "executor.token-room",
    applies: { from: "6.19" },
    shownBy: ["fuzz"],
    where: [{ call: "bpf", args: { cmd: "BPF_TOKEN_CREATE" }, kernel: "kept-away" }],
    why: "the executor keeps BPF_TOKEN_CREATE away from a kernel when few file descriptors are free",
    evidence: "SECURITY.md, rule TP-24",
  },
  {
    id: "executor.standard-files",
    applies: {},
    shownBy: ["fuzz"],
    where: [
      { call: ["fstat", "fstatfs"], args: { fd: ["0", "1", "2"] }, what: "memory" },
      { call: "fcntl", args: { fd: ["0", "1", "2"], cmd: "F_GETFL" } },
    ],
    why: "the first three file descriptors of a real task belong to the executor",
    evidence: "the executor's tasks inherit them",
  },
  {
    id: "executor.open-descriptors",
    applies: {},
    shownBy: ["fuzz"],
    where: [
      { call: "newfstatat", args: { filename: { endsWith: "/proc/self/fd" } } },
      { call: "fstat" },
    ].map((which) => ({
      ...which,
      what: "memory" as const,
      memory: { name: "statbuf", only: ["st_size"], model: { st_mode: MODE_DESCRIPTORS } },
    })),
    why: "the size of /proc/self/fd also counts the executor's file descriptors",
    evidence: "stat /proc/self/fd in a task of the executor",
  },
  {
    id: "executor.root-filesystem",
    applies: {},
    shownBy: ["fuzz"],
    where: [
      {
        call: "fstatfs",
        what: "memory",
        memory: {
          name: "buf",
          ...{ model: { f_type: RAMFS_MAGIC }, kernel: { f_type: TMPFS_MAGIC } },
        },
      },
    ],
    why: "the first root of a real kernel's tasks is a tmpfs",
    evidence: "the executor mounts it",
  },
  {
    id: "executor.proc-links",
    applies: { backend: "native" },
    shownBy: ["fuzz"],
    where: ["/proc", "proc"].map((path) => ({
      kernel: "ELOOP",
      after: { some: { under: path } },
    })),
    why: "the executor follows no links of /proc on the running kernel",
    evidence: "SECURITY.md: RESOLVE_NO_MAGICLINKS",
  },
  {
    id: "guest.sysfs",
    applies: { backend: "guest" },
    shownBy: ["fuzz"],
    where: [
      { call: "fsopen", args: { fs_name: "sysfs" }, model: "EPERM" },
      { call: "mount", args: { filesystemtype: "sysfs" }, model: "EPERM" },
    ],
    why: "the owner of a network namespace may open sysfs, and the model has no network namespaces",
    evidence: "guest 6.12",
  },
  {
    id: "guest.sysfs-unmounted",
    applies: { backend: "guest" },
    shownBy: ["fuzz"],
    where: [
      {
        call: "fsconfig",
        args: { cmd: "FSCONFIG_CMD_CREATE_EXCL" },
        ...{ model: "EBUSY", kernel: "ok" },
      },
    ],
    why: "nobody has mounted sysfs in a guest",
    evidence: "guest 6.12",
  },
  {
    id: "guest.modes-of-proc",
    applies: { backend: "guest" },
    shownBy: ["fuzz"],
    where: [
      {
        call: "open_namespace",
        ...{ model: "ok", kernel: "EACCES" },
        after: { call: "fchmodat", some: { endsWith: "/proc" } },
      },
    ],
    why: "namespaces are opened by paths of /proc, and root of a guest can change their modes",
    evidence: "guest 6.12",
  },
];
