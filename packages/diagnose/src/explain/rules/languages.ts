// SPDX-License-Identifier: MIT

import { refusedLoad, refusedMap } from "./refused.js";
import { anyOf, denied, eperm, inOrder, type Rule } from "./rule.js";

/** Texts of cilium/ebpf, aya, BCC and bpftrace. */
export const languageRules: readonly Rule[] = [
  {
    find: inOrder(/next BTF ID/i, eperm),
    causes: ["bpf.admin", "doctor.seccomp", "doctor.lsm"],
    strength: 3,
    says: () =>
      "listing the BTF of modules needs CAP_SYS_ADMIN on the host; the loader does it for a kfunc that vmlinux lacks",
  },
  {
    find: anyOf(
      inOrder(/map create:/i, /MEMLOCK may be too low/i),
      inOrder(/creat(?:e|ed|ing|ion) (?:perf )?map/i, /MEMLOCK/i),
    ),
    causes: refusedMap,
    strength: 2,
    says: () =>
      "creating a map is refused: CAP_BPF, or a token that allows it, is missing; the remark about MEMLOCK fits Linux before 5.11 only",
  },
  {
    find: /MEMLOCK may be too low/,
    causes: refusedLoad,
    strength: 2,
    says: () =>
      "EPERM from a missing permission; the remark about MEMLOCK fits Linux before 5.11 only",
  },
  {
    find: /not supported \(requires >= v?([\d.]+)\)/,
    causes: ["explain.kernel_old", "doctor.seccomp"],
    strength: 2,
    says: ([, release]) =>
      `the kernel lacks a feature of Linux ${release}, or a refused probe looks like it`,
  },
  {
    find: inOrder(/perf event|creat(?:e|ed|ing) perf_[ku]probe PMU|perf_event_open/i, denied),
    causes: ["explain.perf_event", "doctor.seccomp", "doctor.lockdown", "doctor.lsm"],
    strength: 3,
  },
  {
    find: inOrder(/\bmmap\b(?! \/)/i, eperm),
    causes: ["explain.perf_event", "explain.memlock"],
    strength: 2,
    says: () =>
      "the perf buffer exceeds kernel.perf_event_mlock_kb and RLIMIT_MEMLOCK, which count without CAP_IPC_LOCK",
  },
  {
    find: /Error calling perf_event_open|No access to perf events|PERF_COUNT_SW_BPF_OUTPUT support|perf_event_(?:paranoid|mlock_kb)(?! ?=)|performance monitoring and observability|permission to collect (?:stats|\w{0,10} ?samples)|open perf (?:ring )?buffer/,
    causes: ["explain.perf_event"],
    strength: 2,
  },
  {
    find: anyOf(
      /read(?:ing)? kernel symbols|kallsyms addresses|no (?:kernel )?symbols found|(?<!Couldn't write .{1,20})kptr_restrict/i,
      inOrder(/Kernel (?:symbols|address maps)/i, /unavailable|restricted/i),
    ),
    causes: ["explain.kptr", "explain.kernel_config"],
    strength: 2,
  },
  {
    find: inOrder(
      /could not open bpf map|create_map\(\) failed|create_map_xattr|create map|Error creating (?:\w+ )?map/i,
      eperm,
    ),
    causes: refusedMap,
    strength: 2,
  },
  {
    find: inOrder(/bpf_prog_load|Failed to load program|load_func|loading program/i, eperm),
    causes: refusedLoad,
    strength: 2,
  },
  {
    find: anyOf(
      /error relocating|relocation error/i,
      inOrder(/unknown symbol/i, /\.(?:bss|rodata|data)/i),
    ),
    causes: ["prog.load.sysctl", "explain.probe_answer", "explain.object"],
    strength: 2,
    says: () =>
      "the loader's probes are refused for want of CAP_BPF, so it loads the object as for an old kernel and cannot relocate it",
  },
  {
    find: anyOf(
      inOrder(/`?bpf_link_create`? failed|BPF_LINK_CREATE/, /XDP|TCX|NETKIT/i),
      inOrder(/\binterface /i, /`?bpf_link_create`? failed/),
    ),
    causes: ["explain.xdp_driver", "explain.busy", "explain.kernel_old", "doctor.seccomp"],
    strength: 1,
  },
  {
    find: /`?bpf_link_create`? failed|BPF_LINK_CREATE/,
    causes: ["explain.cgroup", "attach.link.capable", "explain.kernel_old"],
    strength: 1,
  },
  {
    find: /kconfig\.h' file not found|Unable to find kernel headers|modprobe kheaders/i,
    causes: ["explain.headers"],
    strength: 2,
  },
  {
    find: /only supports running as the root user|must be run as root|requires root|are you root|need(?:s)? (?:to be )?root|run bpftrace as the root user|super-user privileges|required for full feature probing; run as root/i,
    causes: ["explain.rootless"],
    strength: 2,
  },
  {
    find: /Missing (CAP_[A-Z_]{3,30}) capability/,
    causes: ["explain.rootless"],
    strength: 2,
    says: ([, name]) => `the tool refuses to start without ${name}`,
  },
  {
    find: /Object BTF couldn't be loaded in the kernel/,
    causes: ["btf.load.capable", "token.dropped.cmd", "explain.kernel_old"],
    strength: 2,
  },
  {
    find: /insufficient permissions or unsupported kernel/,
    causes: ["bpf.admin", "map.create.sysctl", "explain.kernel_old"],
    strength: 1,
  },
  {
    find: /Failed to attach BPF function with attach_type/,
    causes: ["explain.cgroup", "explain.kernel_old"],
    strength: 2,
  },
];
