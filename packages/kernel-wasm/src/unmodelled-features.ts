// SPDX-License-Identifier: GPL-2.0-only

/** A feature of real kernels that the model deliberately does not have. */
export interface UnmodelledFeature {
  /**
   * Rules of docs/spec that the model does not implement for this reason; empty if no rule covers
   * it.
   */
  readonly rules: readonly string[];
  /** The feature, in a few words. */
  readonly what: string;
  /** Why the model does not have it, and what the model does instead. */
  readonly reason: string;
  /**
   * The values of `NotModelledError.what` for this feature; `…` at the end stands for any suffix.
   * Empty if no call throws for it: {@link UnmodelledFeature.reason} then describes what happens.
   */
  readonly names: readonly string[];
}

/**
 * The features that the model deliberately does not have.
 *
 * @example
 * ```ts
 * for (const { what, reason } of unmodelledFeatures) console.log(`${what}: ${reason}`);
 * ```
 */
export const unmodelledFeatures: readonly UnmodelledFeature[] = [
  {
    rules: [],
    what: "threads, and processes that share a root directory or a file descriptor table",
    reason:
      "Each process has its own root directory and file descriptor table, so the part of UN-11 about shared ones never refuses.",
    names: [],
  },
  {
    rules: ["VL-01"],
    what: "contents of the logs of the verifier and of BTF_LOAD",
    reason:
      "The model writes only the log of MAP_CREATE. For other logs it reports a log length only if the caller requested no log. It never answers ENOSPC for a log buffer that is too small.",
    names: [],
  },
  {
    rules: [],
    what: "the verifier's value tracking",
    reason:
      "The model follows a program up to the first jump or call that depends on a value, and checks only jumps, helpers, maps, pointers and the stack. It accepts opcodes and instruction fields, uninitialised registers, unreachable code and everything after that point, and records the decision prog.load.not_verified. It does not check the range of return values.",
    names: [],
  },
  {
    rules: ["VF-07"],
    what: "speculative execution (Spectre)",
    reason:
      "The verifier finds speculative paths by value tracking, which the model does not have. The model accepts such programs.",
    names: [],
  },
  {
    rules: ["PL-05"],
    what: "CPUs without efficient unaligned access",
    reason: "The model models x86-64, where BPF_F_ANY_ALIGNMENT requires no capability.",
    names: [],
  },
  {
    rules: ["TP-24"],
    what: "the end of a filesystem on which TOKEN_CREATE did not release an inode",
    reason:
      "Real kernels behave unsafely there. The model throws, and continues with the next call.",
    names: ["shutting down a filesystem that still has inodes (TP-24)"],
  },
  {
    rules: [],
    what: "program signatures",
    reason:
      "The model checks size, keyring and memory of a signature. Verifying it needs certificates and PKCS#7. Before Linux 6.18 programs have no signatures.",
    names: ["program signatures"],
  },
  {
    rules: [],
    what: "program hashes and map hashes",
    reason:
      "The only permission that depends on them is that of maps for one exclusive program (MC-16). A program that uses such a map is unmodelled. The tag in bpf_prog_info is 0.",
    names: ["program hashes", "map hashes"],
  },
  {
    rules: ["VF-10", "VF-11"],
    what: "JIT: machine code, program tags, symbols, constant blinding, memory limit, offload to devices",
    reason: "The model has no JIT and no devices to offload to.",
    names: [
      "JITed code and tags of programs",
      "translated instructions of loaded programs",
      "programs that are bound to a network device",
    ],
  },
  {
    rules: ["VF-13", "VF-14"],
    what: "capabilities of kfuncs and of untrusted pointers (Linux 7.3)",
    reason:
      "The model has no kfuncs and does not track values, so it accepts or omits such programs.",
    names: [],
  },
  {
    rules: [],
    what: "extended attributes of other filesystems than bpffs and /proc, ACLs and file capabilities",
    reason:
      "They give no permission for tokens. Since Linux 7.2 a bpffs has attributes, which the model has.",
    names: ["extended attributes of other filesystems", "POSIX ACLs and file capabilities"],
  },
  {
    rules: [],
    what: "mount namespaces that open_tree creates (Linux 7.0)",
    reason: "The model has those that fsmount creates since 7.1. OPEN_TREE_NAMESPACE throws.",
    names: [],
  },
  {
    rules: [],
    what: "kernel BTF in programs",
    reason:
      "These features need the BTF of vmlinux, which is an object without contents in the model.",
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
    what: "matching of bpf_spin_lock, bpf_list_head and bpf_rb_root with each other and with their map",
    reason:
      "The model checks whether BTF and the map's creator allow such a field. It assumes that a list or tree has a lock in the same struct and a tag with the type of its elements.",
    names: [],
  },
  {
    rules: [],
    what: "running and attaching programs",
    reason:
      "The model has no events that run a program. It checks the permissions that attaching requires, but has no attach points.",
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
    what: "elements of maps except arrays, hash maps, program arrays and maps of maps",
    reason:
      "Maps of every type can be created, insn_array without BTF. Their elements exist where a loader needs them: arrays, hash maps, LRU maps that are not full, their per-CPU variants, program arrays and maps of maps.",
    names: [
      "elements of …",
      "insn_array maps with BTF, and as inner maps",
      "eviction from LRU maps",
      "values of one CPU",
      "values with locks, timers or kernel pointers",
      "mapping maps into memory",
    ],
  },
  {
    rules: [],
    what: "pipes, sockets, event counters, perf events, kernel modules, openat2 and fchdir",
    reason:
      "No program needs them to create a token or to load an object. memfd_create exists, because libbpf reserves file descriptor numbers with it.",
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
