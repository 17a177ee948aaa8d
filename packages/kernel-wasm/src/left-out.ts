// SPDX-License-Identifier: GPL-2.0-only

/** Something that real kernels do and the model, on purpose, does not. */
export interface LeftOut {
  /** Rules of docs/spec that are not carried out because of it; empty where no rule tells of it. */
  readonly rules: readonly string[];
  /** What it is, in a few words. */
  readonly what: string;
  /** Why it is left out, and what the model answers instead. */
  readonly reason: string;
  /**
   * What `NotModelledError.what` says where a call comes to it; with `…` at the end, how that begins.
   * Empty where no call is answered so: the reason says what happens then.
   */
  readonly names: readonly string[];
}

/** What the model leaves out on purpose. */
export const leftOut: readonly LeftOut[] = [
  {
    rules: [],
    what: "threads, and processes that share a root directory or a table of descriptors",
    reason:
      "Each process has its own of everything, so the part of UN-11 that is about them never refuses.",
    names: [],
  },
  {
    rules: [],
    what: "mounts that go with a task, on what /proc says of it",
    reason:
      "What somebody mounted in the directory of a task stays in the list of mounts when the task ends; the kernel takes it away. Nothing new can be mounted there on either.",
    names: [],
  },
  {
    rules: [],
    what: "the text of the verifier's logs",
    reason:
      "Nothing is written to a log, and how long it would have been is told only where nobody asked for one; that it is too long for its memory (ENOSPC) is never said.",
    names: [],
  },
  {
    rules: [],
    what: "the verifier's following of values",
    reason:
      "A program is followed to the first jump or call that depends on something, and only for jumps, helpers, maps, pointers and the stack. Codes and fields of instructions, unset registers, unreachable code and everything after that point are accepted, and the call says so (prog.load.not_verified). Which values it may return is not looked at.",
    names: [],
  },
  {
    rules: ["VF-07"],
    what: "ways that a processor may take by mistake (Spectre)",
    reason:
      "They are followed by tracking values, which the model does not do: such programs are accepted.",
    names: [],
  },
  {
    rules: ["PL-05"],
    what: "processors without cheap unaligned access",
    reason: "The model is of x86-64, where BPF_F_ANY_ALIGNMENT asks for nothing.",
    names: [],
  },
  {
    rules: ["PL-15"],
    what: "signatures of programs",
    reason: "They take keyrings and PKCS#7. Before 6.18 no program has one.",
    names: ["signatures of programs"],
  },
  {
    rules: [],
    what: "hashes of programs and of maps",
    reason:
      "Nothing about permissions depends on them but maps that are for one program alone (MC-16): a program that uses one is not judged. The tag in the information about a program is 0.",
    names: ["hashes of programs", "hashes of maps"],
  },
  {
    rules: ["VF-10", "VF-11"],
    what: "machine code and tags of programs: symbols, blinding, memory limit, devices that run programs",
    reason: "No machine code is made here, and nothing offloads.",
    names: [
      "machine code and tags of programs",
      "instructions of programs that were loaded",
      "programs bound to network devices",
    ],
  },
  {
    rules: [],
    what: "mounts of namespaces, as ip-netns(8) makes them",
    reason: "No step on the way to a token needs them.",
    names: ["mounts of namespaces"],
  },
  {
    rules: [],
    what: "what programs know of the kernel around them",
    reason: "It takes the kernel's own BTF, which is here an object without contents.",
    names: [
      "calls of kernel functions",
      "variables of the kernel",
      "function and line information of programs",
      "programs attached by a BTF id",
      "programs that use an arena",
      "struct_ops maps of modules",
      "modules",
      "the contents of the kernel's BTF",
    ],
  },
  {
    rules: [],
    what: "which locks, lists and trees suit each other, and the map that they are in",
    reason:
      "That a struct may hold such a thing is asked of BTF and of the map's maker; that a list has a lock beside it and a tag that tells what it contains is taken for granted.",
    names: [],
  },
  {
    rules: [],
    what: "programs at work",
    reason:
      "Nothing happens here that a program could be run by. What attaching one asks of its caller is asked; where it would be put is no place.",
    names: [
      "PROG_TEST_RUN",
      "PROG_QUERY",
      "TASK_FD_QUERY",
      "links",
      "links of many probes",
      "links of tracing programs",
      "links at network devices",
      "tracepoints",
      "events",
      "options of sockets",
      "attaching programs",
      "attaching programs to netfilter",
      "attaching programs to sockets",
      "attaching programs to a network namespace",
      "attaching programs to network devices",
      "taking programs away",
    ],
  },
  {
    rules: [],
    what: "elements of maps other than arrays, hash maps, program arrays and maps of maps",
    reason:
      "Maps of every type can be created. Their elements exist where a loader needs them: arrays, hash maps, LRU maps that are not full, their per-CPU variants, program arrays and maps of maps.",
    names: [
      "elements of …",
      "eviction from LRU maps",
      "values with locks, timers or kernel pointers",
      "maps mapped into memory",
    ],
  },
  {
    rules: [],
    what: "contents of files, pipes and sockets",
    reason:
      "Such descriptors are there to be copied, passed on and refused. Only files of BPF FS and of /proc have a text.",
    names: [
      "contents of regular files",
      "contents of memfds",
      "reading from pipes and sockets",
      "writing to pipes and sockets",
      "ioctl on pipes and sockets",
      "a read that waits",
      "a write that waits",
      "notification pipes",
      "sockets other than AF_UNIX",
      "huge pages",
    ],
  },
  {
    rules: [],
    what: "mounts beyond what a BPF FS needs, and what else could be mounted",
    reason: "What is mounted in one place is not passed on to another.",
    names: [
      "shared and unbindable mounts",
      "umount of the root directory",
      "move_mount beneath a mount or into its group",
      "other types of file systems",
    ],
  },
  {
    rules: [],
    what: "namespaces but those of users and of mounts",
    reason:
      "unshare asks for what they take and makes none, so a kernel lets whoever has a network namespace open sysfs, and the model does not.",
    names: [],
  },
  {
    rules: [],
    what: "files of /proc that tell of none of this, and other sysctls",
    reason:
      "A name that no kernel has is ENOENT; one that a kernel has and the model has not is this.",
    names: ["/proc/…", "the sysctl …", "options of /proc"],
  },
  {
    rules: [],
    what: "other calls, and rare arguments of these",
    reason:
      "The calls are those of the table in docs/scenario.md. What the model does not know of them is never answered by a guess.",
    names: [
      "syscall …",
      "this option of prctl",
      "this command of fcntl",
      "this ioctl on a namespace file",
      "ioctl commands that every file has",
      "mmap at a chosen address",
      "anonymous memory",
      "O_TMPFILE",
      "RESOLVE_CACHED",
      "rename",
    ],
  },
];
