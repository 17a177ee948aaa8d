// SPDX-License-Identifier: MIT
import type { KnownReason } from "./subject.js";

/**
 * Whether what is told of an object differs in nothing but its number and, of a program, in what
 * only a machine that translates it has: tag, length of machine code, time.
 */
function isOtherInfo(message: string): boolean {
  const [, model = "", other = ""] =
    /: model info: ([0-9a-f]*), \S+ info: ([0-9a-f]*)$/.exec(message) ?? [];
  if (model.length !== other.length) return false;
  const words = (text: string): readonly string[] => text.match(/.{1,8}/g) ?? [];
  const [a, b] = [words(model), words(other)];
  const differ = a.flatMap((word, i) => (word === b[i] ? [] : [4 * i]));
  const ofProgram = [8, 12, 16, 40, 44].every((at) => /^0*$/.test(a[at / 4] ?? ""));
  const numbers = [[4], [4, 64], [12], ...(ofProgram ? [[4, 8, 12, 16, 40, 44]] : [])];
  return numbers.some((offsets) => differ.every((at) => offsets.includes(at)));
}

/** Where a real machine is not what the model is, although both are right. */
export const knownReasons: readonly KnownReason[] = [
  {
    match: / (fstatfs|fstat)\([012], .*: memory: | fcntl\([012], F_GETFL/,
    why: "what the first three descriptors of a real task lead to is the executor's",
  },
  {
    match: /prlimit64\(.*: memory: model old_rlim: /,
    why: "limits of resources are the machine's, but that of open files",
  },
  {
    match:
      /BPF_PROG_LOAD, (\{prog_type: BPF_PROG_TYPE_(TRACING|STRUCT_OPS|EXT|LSM)[,}]|\[1[abcd]000000).* (native|guest:\S+) EPERM$/,
    why: "some builds refuse programs behind trampolines to everybody",
  },
  {
    match:
      /BPF_PROG_LOAD, (.*expected_attach_type: BPF_CGROUP_\w*(RECVMSG|GETPEERNAME|GETSOCKNAME)\b|\[12000000).*: model \d+, (native|guest:\S+) EINVAL$/,
    why: "these programs may only return 1, and what a program returns is not looked at in the model",
  },
  {
    match: /BPF_PROG_LOAD, \{prog_type: BPF_PROG_TYPE_LIRC_MODE2,.* (native|guest:\S+) EINVAL$/,
    why: "some builds have no programs for infrared receivers",
  },
  {
    match:
      /BPF_MAP_CREATE, (\{map_type: BPF_MAP_TYPE_CPUMAP,|\[10000000).* (native|guest:\S+) E2BIG$/,
    why: "how many processors a kernel knows is chosen when it is built",
  },
  {
    match: /BPF_OBJ_GET_INFO_BY_FD, .*: memory: model info: /,
    only: isOtherInfo,
    why: "what is told of an object has its number and the time in it, which are the machine's",
  },
  {
    match:
      /bpf\(BPF_(PROG|MAP|BTF|LINK)_GET_NEXT_ID.*: (memory: |model ENOENT, (native|guest:\S+) 0$)/,
    why: "objects of others have ids as well",
  },
  {
    match:
      /: readlinkat\([^,]*, "\/proc\/(self|thread-self)".*: (memory: |model \d+, (native|guest:\S+) (\d+|EFAULT)$)/,
    why: "numbers of processes are the machine's",
  },
  {
    // The link of a descriptor that leads into /proc is as long as the number of the process.
    match: /: readlinkat\(.*: model \d+, (native|guest:\S+) \d+$/,
    after: /"\/proc\//,
    why: "numbers of processes are the machine's",
  },
  {
    match: /: read\(.*: (memory: |model \d+, (native|guest:\S+) [1-9]\d*$)/,
    after: /"\/proc\//,
    why: "texts of /proc tell of mounts and numbers, which are the machine's",
  },
  {
    match:
      /(newfstatat\([^,]*, "[^"]*\/proc\/self\/fd"|fstat\().*: memory: .*st_mode=16704 .*st_size=/,
    why: "how many descriptors a process has counts those of the executor",
  },
  {
    match: /bpf\(BPF_OBJ_GET_INFO_BY_FD, .* (native|guest:\S+) E2BIG$/,
    why: "later stable releases look at the padding of bpf_map_info",
  },
  {
    match: /BPF_(PROG|BTF)_LOAD, .* (native|guest:\S+) ENOSPC$/,
    why: "how long the log of a verifier is, the model does not know",
  },
  {
    match: /(newfstatat|fstat)\(.*: memory: .*st_nlink=2 st_mode=(16749|0) /,
    why: "the root of /proc counts the processes of the machine",
  },
  {
    match: /: (fsopen|mount)\(.*"sysfs", .* model EPERM, guest:/,
    why: "who has a network namespace may open sysfs; the model has none of those",
  },
  {
    match: /FSCONFIG_CMD_CREATE_EXCL, .* model EBUSY, guest:\S+ 0$/,
    why: "nobody has mounted sysfs in a guest",
  },
  {
    match: /: open_namespace\(.*: model \d+, guest:\S+ EACCES$/,
    after: /fchmodat\(.*"[^"]*\/proc"/,
    why: "namespaces are opened by paths of /proc, whose modes root of a guest can change",
  },
  {
    match: / native ELOOP$/,
    after: /"\/?proc\b/,
    why: "links of /proc are not followed for a test on the running kernel",
  },
  {
    match: /"[^"]*(maps|progs)\.debug.*: model EPERM, /,
    why: "some builds put files of their own into every BPF FS",
  },
  {
    // Memory begins anywhere in the last terabyte: from 2^32 on, as numbers are told.
    match: /: (read|write)\(.*, 0x[0-9a-f]{9,14}\): .* (native|guest:\S+) EFAULT$/,
    why: "where memory lies decides which sizes go beyond its end",
  },
  {
    match: /fstatfs\(.*: memory: model buf: f_type=2240043254 .* f_type=16914836 /,
    why: "the first root of a real kernel's tasks is a tmpfs",
  },
];
