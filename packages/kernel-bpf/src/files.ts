// SPDX-License-Identifier: GPL-2.0-only
// The files and directories that a task of the module reads, writes and creates.
import { BpfError, NotModelledError, raw, type SysctlName, type Task } from "@bpf-token/syscall";
import { BACKEND } from "./machine.js";

const AT_FDCWD = -100;
const O_RDONLY = 0;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_DIRECTORY = 0o200000;
const O_CLOEXEC = 0o2000000;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;
const MS_MOVE = 8192;
const CLONE_NEWNS = 0x20000;
const CLONE_NEWUSER = 0x10000000;
const PR_SET_DUMPABLE = 4;
const FSCONFIG_CMD_CREATE = 6;
const MOVE_MOUNT_F_EMPTY_PATH = 4;

/** @throws BpfError if a call answered an errno. */
export function succeeded(syscall: string, ret: number): number {
  if (ret < 0) throw new BpfError({ syscall }, -ret);
  return ret;
}

/** The file of a sysctl. */
export function sysctlPath(name: SysctlName): string {
  if (name !== "kernel.unprivileged_bpf_disabled") throw new NotModelledError(BACKEND, name);
  return `/proc/sys/${name.replaceAll(".", "/")}`;
}

/** Reads a number from a file. */
export function readNumber(task: Task, path: string): number {
  const fd = succeeded("openat", raw.openat(task, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0));
  const bytes = new Uint8Array(32);
  const length = raw.read(task, fd, bytes, bytes.length);
  raw.close(task, fd);
  return Number(new TextDecoder().decode(bytes.subarray(0, succeeded("read", length))));
}

/** Writes a text to a file in one piece. Returns 0 or `-errno`. */
export function writeText(task: Task, path: string, text: string): number {
  const fd = raw.openat(task, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  const bytes = new TextEncoder().encode(text);
  const ret = raw.write(task, fd, bytes, bytes.length);
  raw.close(task, fd);
  return Math.min(ret, 0);
}

/** Moves a task into its own user and mount namespaces, where it is root. */
export function enterOwnNamespaces(task: Task, uid: number): void {
  succeeded("setresgid", raw.setresgid(task, uid, uid, uid));
  succeeded("setresuid", raw.setresuid(task, uid, uid, uid));
  // Without execve(2) after setresuid(2), /proc/self belongs to root.
  succeeded("prctl", raw.prctl(task, PR_SET_DUMPABLE, 1, 0, 0, 0));
  succeeded("unshare", raw.unshare(task, CLONE_NEWUSER | CLONE_NEWNS));
  succeeded("write", writeText(task, "/proc/self/setgroups", "deny"));
  for (const map of ["uid_map", "gid_map"])
    succeeded("write", writeText(task, `/proc/self/${map}`, `0 ${uid} 1\n`));
}

/** Opens /dev/null as standard input, output and error, as init/main.c does with the console. */
export function openStandardFiles(task: Task): void {
  for (const fd of [0, 1, 2]) {
    raw.close(task, fd);
    succeeded("openat", raw.openat(task, AT_FDCWD, "/dev/null", O_RDWR, 0));
  }
}

const directories = [
  ["/proc", 0o555],
  ["/sys", 0o555],
  ["/sys/fs", 0o755],
  ["/sys/fs/bpf", 0o755],
  ["/dev", 0o755],
  ["/mnt", 0o755],
  ["/tmp", 0o1777],
] as const;

/** An empty tmpfs as the root directory, with /proc, as a real kernel's tasks have in tests. */
export function makeRoot(task: Task): void {
  const options = "mode=755,size=16m,nr_inodes=16k";
  succeeded("mkdirat", raw.mkdirat(task, AT_FDCWD, "/root", 0o700));
  succeeded("mount", raw.mount(task, "tmpfs", "/root", "tmpfs", MS_NOSUID, options));
  succeeded("chdir", raw.chdir(task, "/root"));
  succeeded("mount", raw.mount(task, ".", "/", null, MS_MOVE, null));
  succeeded("chroot", raw.chroot(task, "."));
  succeeded("chdir", raw.chdir(task, "/"));
  const mask = raw.umask(task, 0);
  for (const [path, mode] of directories)
    succeeded("mkdirat", raw.mkdirat(task, AT_FDCWD, path, mode));
  raw.umask(task, mask);
  const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  succeeded("mount", raw.mount(task, "proc", "/proc", "proc", flags, null));
  // 0 to 2 are taken, as in any process.
  for (let fd = 0; fd < 3; fd++)
    succeeded("openat", raw.openat(task, AT_FDCWD, "/", O_DIRECTORY, 0));
}

/** Mounts bpffs where loaders look. */
export function mountBpffs(task: Task): void {
  const context = succeeded("fsopen", raw.fsopen(task, "bpf", 0));
  const create = raw.fsconfig(task, context, FSCONFIG_CMD_CREATE, null, null, 0);
  succeeded("fsconfig", create);
  const mount = succeeded("fsmount", raw.fsmount(task, context, 0, 0));
  const flags = MOVE_MOUNT_F_EMPTY_PATH;
  const moved = raw.move_mount(task, mount, "", AT_FDCWD, "/sys/fs/bpf", flags);
  succeeded("move_mount", moved);
  raw.close(task, mount);
  raw.close(task, context);
}
