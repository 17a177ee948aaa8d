// SPDX-License-Identifier: MIT
import { AT, O, type syscallByName } from "@bpf-token/uapi";

/** The arguments of a call, as the registers hold them. */
export type Args = readonly bigint[];
type Name = keyof typeof syscallByName;

/** AT_FDCWD as an argument. */
export const CWD: bigint = BigInt.asUintN(64, BigInt(AT.FDCWD));
const NOFOLLOW = BigInt(AT.SYMLINK_NOFOLLOW);
/** What creat(2) opens a file with. */
const CREAT = BigInt(O.CREAT | O.WRONLY | O.TRUNC);
/** The longest path, with its NUL. */
export const PATH_MAX = 4096;

/** Calls of x86-64 in place of which newer ones are made. */
export const older: Readonly<Record<string, readonly [name: Name, change: (args: Args) => Args]>> =
  {
    2: ["openat", ([path = 0n, flags = 0n, mode = 0n]) => [CWD, path, flags, mode]],
    4: ["newfstatat", ([path = 0n, buf = 0n]) => [CWD, path, buf, 0n]],
    6: ["newfstatat", ([path = 0n, buf = 0n]) => [CWD, path, buf, NOFOLLOW]],
    83: ["mkdirat", ([path = 0n, mode = 0n]) => [CWD, path, mode]],
    84: ["unlinkat", ([path = 0n]) => [CWD, path, BigInt(AT.REMOVEDIR)]],
    87: ["unlinkat", ([path = 0n]) => [CWD, path, 0n]],
    85: ["openat", ([path = 0n, mode = 0n]) => [CWD, path, CREAT, mode]],
    90: ["fchmodat", ([path = 0n, mode = 0n]) => [CWD, path, mode]],
    92: ["fchownat", ([path = 0n, user = 0n, group = 0n]) => [CWD, path, user, group, 0n]],
    94: ["fchownat", ([path = 0n, user = 0n, group = 0n]) => [CWD, path, user, group, NOFOLLOW]],
    89: ["readlinkat", ([path = 0n, buf = 0n, size = 0n]) => [CWD, path, buf, size]],
  };

/** A path of a call: the positions of its directory and of its text; CWD for the working directory. */
export type PathPlace = readonly [dirfd: number | bigint, path: number];

/** Calls on paths that no kernel but the host's has here, with their paths. */
export const onlyHost: Readonly<Record<string, readonly [name: string, ...PathPlace[]]>> = {
  76: ["truncate", [CWD, 0]],
  82: ["rename", [CWD, 0], [CWD, 1]],
  86: ["link", [CWD, 0], [CWD, 1]],
  88: ["symlink", [CWD, 1]],
  132: ["utime", [CWD, 0]],
  133: ["mknod", [CWD, 0]],
  235: ["utimes", [CWD, 0]],
  254: ["inotify_add_watch", [CWD, 1]],
  259: ["mknodat", [0, 1]],
  261: ["futimesat", [0, 1]],
  264: ["renameat", [0, 1], [2, 3]],
  265: ["linkat", [0, 1], [2, 3]],
  266: ["symlinkat", [1, 2]],
  280: ["utimensat", [0, 1]],
  301: ["fanotify_mark", [3, 4]],
  303: ["name_to_handle_at", [0, 1]],
  316: ["renameat2", [0, 1], [2, 3]],
  463: ["setxattrat", [0, 1]],
  464: ["getxattrat", [0, 1]],
  465: ["listxattrat", [0, 1]],
  466: ["removexattrat", [0, 1]],
  468: ["file_getattr", [0, 1]],
  469: ["file_setattr", [0, 1]],
};

/** Numbers on x86-64 of calls that have a rule of their own. */
export const NR = {
  read: 0,
  write: 1,
  fstat: 5,
  lseek: 8,
  mmap: 9,
  ioctl: 16,
  pread64: 17,
  pwrite64: 18,
  readv: 19,
  writev: 20,
  access: 21,
  sendto: 44,
  sendmsg: 46,
  setsockopt: 54,
  clone: 56,
  execve: 59,
  uname: 63,
  ftruncate: 77,
  getdents: 78,
  chdir: 80,
  fchdir: 81,
  fchmod: 91,
  fchown: 93,
  getuid: 102,
  getgid: 104,
  setuid: 105,
  setgid: 106,
  geteuid: 107,
  getegid: 108,
  setreuid: 113,
  setregid: 114,
  getgroups: 115,
  setgroups: 116,
  setresuid: 117,
  setresgid: 119,
  capset: 126,
  statfs: 137,
  pivot_root: 155,
  prctl: 157,
  chroot: 161,
  getdents64: 217,
  epoll_ctl: 233,
  openat: 257,
  faccessat: 269,
  unshare: 272,
  perf_event_open: 298,
  setns: 308,
  execveat: 322,
  statx: 332,
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  clone3: 435,
  faccessat2: 439,
  mount_setattr: 442,
  fchmodat2: 452,
  open_tree_attr: 467,
} as const;

/** Calls that change what a child inherits: before them, the children of the process get their copy. */
export const changesProcess: ReadonlySet<number> = new Set<number>([
  ...[NR.setuid, NR.setgid, NR.setreuid, NR.setregid, NR.setgroups, NR.setresuid, NR.setresgid],
  ...[NR.capset, NR.prctl, NR.unshare, NR.setns],
]);

/** An argument as a signed 32-bit number. */
export const int = (arg: bigint): number => Number(BigInt.asIntN(32, arg));
