// SPDX-License-Identifier: MIT
import { allOf, anyOf, betweenColons, EPERM, eperm, inOrder, quoted, type Rule } from "./rule.js";

const trivial = /Couldn't load trivial BPF program/i;

/** Texts of libbpf, its skeletons, libxdp and bpftool. */
export const libbpfRules: readonly Rule[] = [
  {
    find: inOrder(/Invalid argument|EINVAL/i, trivial),
    causes: ["explain.kernel_old", "doctor.lockdown"],
    strength: 2,
  },
  {
    find: inOrder(/not implemented|ENOSYS|\(38\)/i, trivial),
    causes: ["explain.kernel_config", "doctor.seccomp"],
    strength: 2,
  },
  {
    find: inOrder(eperm, trivial),
    causes: ["prog.load.sysctl", "explain.libbpf_probe", "doctor.seccomp", "explain.memlock"],
    strength: 2,
    says: () => "loading a program is refused: CAP_BPF, or a token that allows it, is missing",
  },
  { find: trivial, causes: ["prog.load.sysctl", "explain.memlock", "doctor.seccomp"], strength: 1 },
  {
    find: allOf(
      /fail|error|n't|cannot|not |denied|unable|(?:rlimit|memlock):/i,
      betweenColons(
        inOrder(/set|bump|lower|restor|original|remov|increas|adjust|rais/i, /rlim|memlock/i),
      ),
    ),
    causes: ["explain.rlimit", "explain.memlock"],
    strength: 1,
  },
  {
    find: /try raising 'ulimit -l'\? current value: 64\.0 KiB/,
    causes: ["explain.memlock", "prog.load.sysctl", "explain.no_token", "doctor.seccomp"],
    strength: 3,
    says: () =>
      "the limit RLIMIT_MEMLOCK of 64 KiB is too small: it is the default of old kernels, which count programs and maps against it",
  },
  {
    find: /try raising 'ulimit -l'/,
    causes: [
      "prog.load.sysctl",
      "explain.attach_type",
      "explain.no_token",
      "explain.memlock",
      "doctor.seccomp",
    ],
    strength: 2,
    says: () =>
      "EPERM from a missing permission; the advice about ulimit only fits Linux before 5.11",
  },
  {
    find: /(?:program|map) type (?:\w{1,40} )?is not supported|unsupported (?:program|map) type/i,
    causes: ["explain.kernel_old", "explain.kernel_config"],
    strength: 2,
  },
  {
    find: /failed to find valid kernel BTF|kernel BTF is missing at|failed to get kernel btf|failed to load vmlinux BTF|require kernel BTF|Error loading vmlinux BTF|vmlinux BTF is not found|no BTF found for kernel|kernel doesn't (?:have|support) BTF/i,
    causes: ["explain.btf_missing", "explain.btf_newer"],
    strength: 3,
  },
  {
    find: inOrder(
      /failed to (?:iterate BTF objects|get BTF object #\d+|perform CO-RE relocations|find BTF for extern|find kernel BTF type ID)|relo #\d+: failed to relocate/,
      new RegExp(`: (?:-1\\b|${EPERM})`, "i"),
    ),
    causes: ["bpf.admin", "btf.fd_by_id.capable"],
    strength: 3,
    says: () =>
      "the loader opens the BTF of modules by id, which needs CAP_SYS_ADMIN on the host, or btf_get_fd_by_id in the token",
  },
  {
    find: /skipping module BTFs loading, missing privileges/,
    causes: ["explain.probe_answer"],
    strength: 2,
    says: () =>
      "libbpf cannot read the BTF of modules without CAP_SYS_ADMIN, and continues without it",
  },
  {
    find: anyOf(
      /struct \S+ is not found in kernel BTF|Cannot find member \S+ in kernel BTF/,
      /can't find bpf_map_info from btf_vmlinux/,
    ),
    causes: ["explain.kernel_old", "explain.kernel_config", "explain.btf_missing"],
    strength: 2,
    says: () => "the BTF of this kernel lacks a type that the program or tool uses",
  },
  {
    find: /(?:kfunc\/kretfunc|fentry\/fexit) not available for your kernel/,
    causes: ["explain.btf_missing", "explain.kernel_old"],
    strength: 2,
  },
  {
    find: /failed to find kernel BTF type ID of '([^']*)'|bpf: (\w+) is not found in vmlinux BTF/,
    causes: ["explain.attach_target"],
    strength: 3,
    says: ([, libbpf, bcc]) =>
      `the kernel's BTF has no function ${quoted(libbpf ?? bcc)} to attach to`,
  },
  {
    find: /parse target BTF: -2\b/,
    causes: ["explain.btf_missing"],
    strength: 2,
  },
  {
    find: /parse target BTF|load BTF for kmod|parsing \.BTF|parse types for module|btf_vmlinux is malformed/,
    causes: ["explain.btf_newer", "explain.btf_missing"],
    strength: 3,
    says: () => "the BTF of the kernel or of a module cannot be read: it is newer, or damaged",
  },
  {
    // These lines name the step only: the reason is in another part of the line, or in another line.
    find: /failed to perform CO-RE relocations|apply(?:ing)? CO-RE relocations/i,
    causes: ["explain.core", "explain.btf_newer"],
    strength: 2,
  },
  {
    find: anyOf(
      /relo #\d+: no matching targets|\brelocate \w+:"|CORERelocation\(/i,
      inOrder(/relo #\d+: /i, /failed to relocate/i),
    ),
    causes: ["explain.core"],
    strength: 3,
  },
  {
    find: anyOf(
      inOrder(/extern (?:\(\w{1,8} ksym\) )?'([\w.]*)'/, /not found|not defined/i),
      inOrder(/kfunc/i, /not found|not supported/i),
    ),
    causes: ["explain.kfunc"],
    strength: 3,
    says: ([, name]) =>
      `the kernel does not have ${quoted(name) || "a kfunc"}, which the program refers to`,
  },
  {
    find: /fd \d+ is not pointing to valid bpf_map/,
    causes: ["explain.libbpf_probe", "explain.verifier"],
    strength: 3,
    says: () =>
      "libbpf did not create the map of the program's variables, because its probe for it was refused",
  },
  {
    find: anyOf(inOrder(/elf: failed to open /, /: No such file/), /failed to open object file/),
    causes: ["explain.object"],
    strength: 2,
    says: () => "the object file does not exist, or cannot be read",
  },
  {
    find: /failed to open system Kconfig/,
    causes: ["explain.kernel_config"],
    strength: 2,
    says: () =>
      "libbpf finds no configuration of the kernel: /proc/config.gz (CONFIG_IKCONFIG_PROC) or /boot/config-RELEASE",
  },
  {
    find: inOrder(/\bopen\b[^:]{1,200}\.o\b/i, /no such file/i),
    causes: ["explain.object"],
    strength: 2,
    onlyForBpf: true,
  },
  {
    find: anyOf(
      /failed to find program symbol|failed to find BTF (?:for extern|info for object)|No ELF library support|BTF is required, but is missing|missing BPF prog type|missing (?:program|map) "|reference to \.?\w+: not supported|object file doesn't contain any bpf program|missing program section|unknown section|unrecognized ELF section|legacy map definitions/i,
      inOrder(/sections? /i, / not supported/i),
    ),
    causes: ["explain.object"],
    strength: 2,
  },
  {
    find: /(?:-524\b|error 524|errno 524|ENOTSUPP)/,
    causes: ["explain.attach_unsupported"],
    strength: 2,
  },
  {
    find: /can't mount BPF file system to pin|not (?:on|in) (?:a )?(?:BPF FS|bpffs|bpf file ?system)/i,
    causes: ["explain.bpffs_place"],
    strength: 2,
  },
  {
    find: /No bpffs found at|without a working bpffs|can't mount bpffs|(?:bpffs|BPF filesystem|\/sys\/fs\/bpf) (?:is )?not mounted|no BPF file system found|without mounted eBPF fs|\/sys\/fs\/bpf (?:does )?not exist/i,
    causes: ["doctor.bpffs", "explain.bpffs_place"],
    strength: 2,
  },
  {
    find: /Got 'permission denied' error while attaching program to dispatcher/,
    causes: ["explain.verifier_capability", "explain.kernel_old", "doctor.lsm"],
    strength: 2,
    says: () =>
      "the kernel refuses to attach the program to the dispatcher of libxdp: CAP_PERFMON is missing, or the kernel is too old",
  },
  {
    find: anyOf(
      inOrder(/pin(?:ning)?\b/i, /no such file|read-only file system/i),
      // sysfs has no directories to create; a BPF filesystem has.
      inOrder(/mkdir \/sys\/fs\/bpf/, eperm),
      /\/sys\/fs\/bpf(?:(?!\/sys\/)\S)*: (?:no such file|read-only file system)/i,
    ),
    causes: ["explain.bpffs_place", "doctor.bpffs"],
    strength: 2,
  },
  {
    find: inOrder(/can't get (?:next )?(?:prog|map|link|btf)|get by id \(/i, eperm),
    causes: ["bpf.admin", "doctor.seccomp", "doctor.lsm"],
    strength: 3,
  },
];
