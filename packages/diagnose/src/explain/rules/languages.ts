// SPDX-License-Identifier: MIT
import { refusedLoad, refusedMap } from "./libbpf.js";
import { EACCES, EPERM, pattern, quoted, type Rule } from "./rule.js";

/** Texts of cilium/ebpf, aya, BCC and bpftrace. */
export const languageRules: readonly Rule[] = [
  {
    find: /load pinned (?:map|program): permission denied|get object \S+: permission denied/i,
    causes: ["explain.pin_mode"],
    strength: 3,
  },
  {
    find: pattern("iterate modules: get next BTF ID: ", EPERM, "|next BTF ID.*", EPERM),
    causes: ["bpf.admin"],
    strength: 3,
    says: () =>
      "listing the BTF of modules needs CAP_SYS_ADMIN on the host; the loader does it for a kfunc that vmlinux lacks",
  },
  {
    find: /map create:.*MEMLOCK may be too low|creat\w+ (?:perf )?map.*MEMLOCK/i,
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
  { find: pattern("map create: ", EPERM), causes: refusedMap, strength: 2 },
  { find: pattern("load program: ", EPERM), causes: refusedLoad, strength: 2 },
  {
    find: /not supported \(requires >= v?([\d.]+)\)/,
    causes: ["explain.kernel_old", "doctor.seccomp"],
    strength: 2,
    says: ([, release]) =>
      `the kernel lacks a feature of Linux ${release}, or a refused probe looks like it`,
  },
  {
    find: pattern(
      "(?:opening perf event|creat\\w+ perf_[ku]probe PMU|perf_event_open|perf event).*(?:",
      EACCES,
      "|",
      EPERM,
      ")",
    ),
    causes: ["explain.perf_event", "doctor.seccomp"],
    strength: 3,
  },
  {
    find: /Error calling perf_event_open|No access to perf events|perf_event_paranoid/,
    causes: ["explain.perf_event"],
    strength: 2,
  },
  {
    find: /(?:read(?:ing)? kernel symbols|kallsyms addresses|no (?:kernel )?symbols found|Kernel (?:symbols|address maps).*(?:unavailable|restricted)|kptr_restrict)/i,
    causes: ["explain.kptr"],
    strength: 3,
  },
  {
    find: /(?:load program|failed to load program|Failed to load BPF program\b.*): argument list too long|Program\s+too large/i,
    causes: ["explain.program_size"],
    strength: 3,
  },
  {
    find: /load program: permission denied|Failed to load program: Permission denied/i,
    causes: ["explain.verifier"],
    strength: 1,
  },
  {
    find: /load program: invalid argument|Failed to load program: Invalid argument/i,
    causes: ["explain.verifier", "explain.kernel_old"],
    strength: 1,
  },
  {
    find: /(?:load program|Failed to load program): no space left/i,
    causes: ["explain.log_buffer"],
    strength: 2,
  },
  {
    find: pattern(
      "(?:could not open bpf map|create_map\\(\\) failed|create_map_xattr|Unable to create map|Error creating (?:\\w+ )?map|create map).*",
      EPERM,
    ),
    causes: refusedMap,
    strength: 2,
  },
  {
    find: pattern(
      "(?:bpf_prog_load|BPF_PROG_LOAD|Failed to load program|load_func|loading program).*",
      EPERM,
    ),
    causes: refusedLoad,
    strength: 2,
  },
  {
    find: /error relocating|relocation error|unknown symbol.*\.(?:bss|rodata|data)/i,
    causes: ["prog.load.sysctl", "explain.probe_answer", "explain.object"],
    strength: 2,
    says: () =>
      "the loader's probes are refused for want of CAP_BPF, so it loads the object as for an old kernel and cannot relocate it",
  },
  {
    find: /`?bpf_link_create`? failed|BPF_LINK_CREATE/,
    causes: ["explain.cgroup", "attach.link.capable", "explain.kernel_old"],
    strength: 1,
  },
  {
    find: /kconfig\.h' file not found|Unable to find kernel headers|modprobe kheaders/i,
    causes: ["explain.headers"],
    strength: 3,
  },
  {
    find: /only supports running as the root user|must be run as root|requires root|are you root|need(?:s)? (?:to be )?root/i,
    causes: ["explain.rootless"],
    strength: 2,
  },
  {
    find: /check your kernel for PERF_COUNT_SW_BPF_OUTPUT support/,
    causes: ["explain.perf_event"],
    strength: 2,
  },
  {
    find: /Failed to attach BPF function with attach_type/,
    causes: ["explain.cgroup", "explain.kernel_old"],
    strength: 2,
  },
  {
    find: /(?:insns at|at most) 4096/,
    causes: ["explain.program_size"],
    strength: 2,
    says: ([text]) => `the program exceeds a limit: ${quoted(text)} instructions`,
  },
];
