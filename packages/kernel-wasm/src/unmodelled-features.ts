// SPDX-License-Identifier: GPL-2.0-only

/** Something that real kernels do and the model, on purpose, does not. */
export interface UnmodelledFeature {
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
export const unmodelledFeatures: readonly UnmodelledFeature[] = [
  {
    rules: [],
    what: "threads, and processes that share a root directory or a table of descriptors",
    reason:
      "Each process has its own of everything, so the part of UN-11 that is about them never refuses.",
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
    names: ["program signatures"],
  },
  {
    rules: [],
    what: "hashes of programs and of maps",
    reason:
      "Nothing about permissions depends on them but maps that are for one program alone (MC-16): a program that uses one is not judged. The tag in the information about a program is 0.",
    names: ["program hashes", "map hashes"],
  },
  {
    rules: ["VF-10", "VF-11"],
    what: "machine code and tags of programs: symbols, blinding, memory limit, devices that run programs",
    reason: "No machine code is made here, and nothing offloads.",
    names: [
      "JITed code and tags of programs",
      "translated instructions of loaded programs",
      "programs that are bound to a network device",
    ],
  },
  {
    rules: [],
    what: "what programs know of the kernel around them",
    reason: "It takes the kernel's own BTF, which is here an object without contents.",
    names: [
      "instructions that no compiler emits",
      "calls to kernel functions (kfuncs)",
      "kernel variables (ksyms)",
      "function and line info of programs",
      "programs attached by a BTF id",
      "programs that use an arena",
      "struct_ops maps of kernel modules",
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
      "multi-probe links",
      "links to network devices",
      "tracepoints",
      "attaching programs",
      "attaching programs to netfilter",
      "attaching programs to sockets",
      "attaching programs to a network namespace",
      "attaching programs to network devices",
      "detaching programs",
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
      "mapping maps into memory",
    ],
  },
  {
    rules: [],
    what: "pipes, sockets, event counters, perf events, kernel modules, openat2 and fchdir",
    reason:
      "No program needs them to get a token or to load an object. A memfd exists: libbpf reserves file descriptor numbers with one.",
    names: [
      "syscall …",
      "removing a directory that is not empty, and paths below a removed directory",
      "rename",
    ],
  },
  {
    rules: [],
    what: "contents of regular files and directories, and positions in files",
    reason:
      "Only files of bpffs, /proc and fsopen contexts have contents. lseek goes to the start.",
    names: [
      "contents of regular files and memfds",
      "reading a directory",
      "read and write of 2 GiB or more",
      "lseek other than to the start of a file",
      "these mmap arguments",
    ],
  },
  {
    rules: [],
    what: "paths that the model does not have",
    reason:
      "The model has /dev/null, /mnt, /tmp, /sys/fs/bpf, the files of /proc that concern tokens, and what its processes create. Any other name in /, /sys or /proc may exist on a real kernel.",
    names: [
      "this file in the root directory",
      "this file in /sys",
      "this file in /proc",
      "/proc/PID of a process that has exited",
      "a mount point that was removed or is in /proc/PID",
      "opening this kind of file",
      "device files on a nodev mount",
      "symbolic links on a nosymfollow mount",
    ],
  },
  {
    rules: [],
    what: "changes of files that bpffs, tmpfs and /proc do not take",
    reason: "Which errno each file system answers is general file system behaviour.",
    names: [
      "changing immutable files",
      "chmod and chown in /proc",
      "mkdir in this filesystem",
      "unlink in this filesystem, or of a mount point",
      "O_CREAT where the path names a directory",
      "O_CREAT with a path that ends in a slash",
    ],
  },
  {
    rules: [],
    what: "mounts beyond what a bpffs needs",
    reason:
      "Every mount is private. Mounts are created, bind-mounted, attached, moved, remounted and unmounted in the caller's mount namespace.",
    names: [
      "this change of mount propagation",
      "umount of the root directory",
      "moving a locked mount, or a mount below itself",
      "move_mount without a path",
      "move_mount of a path that is not the root of a mount, or onto another kind of file",
      "mounts of another mount namespace or internal to the kernel",
      "bind-mounted namespace files (nsfs)",
      "a bind mount without a source",
      "mount without a filesystem type",
      "other filesystem types",
      "mount options of tmpfs other than mode, uid and gid",
      "mount options of proc",
    ],
  },
  {
    rules: [],
    what: "namespaces other than user and mount namespaces",
    reason: "unshare checks the capability that they need and creates none.",
    names: [],
  },
  {
    rules: [],
    what: "rare flags and arguments of calls",
    reason:
      "The calls are those of the table in docs/scenario.md. docs/scope.md lists the flags that real programs use on the way to a token.",
    names: [
      "these open flags",
      "these fchownat flags",
      "these newfstatat flags",
      "these memfd_create flags",
      "a memfd name of this length",
      "readlinkat without a buffer",
      "readlinkat of a file descriptor",
      "these mount flags",
      "these umount2 flags",
      "these unlinkat flags",
      "these move_mount flags",
      "these open_tree flags",
      "these unshare flags",
      "this fcntl command",
      "this prctl option",
      "this prctl argument",
      "locked and unknown securebits",
      "resource limits of other processes",
      "this resource limit value",
      "more than 64 supplementary groups",
      "this many processes",
      "this ioctl of namespace files",
      "ioctl commands that every file has",
    ],
  },
];
