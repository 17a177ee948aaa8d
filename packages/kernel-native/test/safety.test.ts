// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import {
  bpf,
  createToken,
  delegateBpffs,
  fsopen,
  getCapabilities,
  NotModelledError,
  openRoot,
  raw,
  SafetyError,
  setCapabilities,
  type Task,
  unshare,
  writeFile,
  writeIdMaps,
} from "@bpf-token/syscall";
import {
  AF,
  BpfCmd,
  CLONE,
  Errno,
  F,
  MapType,
  MNT,
  MS,
  O,
  OPEN_TREE,
  PERF_COUNT_SW,
  PERF_FLAG,
  PERF_TYPE,
  PR,
  SO,
  SOCK,
  SOL,
  structLayout,
} from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { describeNative, useKernels } from "./native.ts";

const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_SYMLINK_NOFOLLOW = 0x100;

function openPath(task: Task, path: string, flags = 0): number {
  return raw.openat(task, AT_FDCWD, path, flags, 0o600);
}

/** openat2(2) with resolve flags. */
function openPath2(task: Task, path: string, flags: number, resolve: number): number {
  const how = structLayout("open_how").encode({ flags, mode: 0, resolve });
  return raw.openat2(task, AT_FDCWD, path, how, how.bytes.length);
}

describeNative("what is kept from the running kernel", () => {
  const open = useKernels();

  test("no path through a link of /proc/PID opens anything", () => {
    const { init } = open();
    // Never try this on a token: if the rule failed, it would harm the host.
    const fd = raw.memfd_create(init, "m", 0);
    for (const path of [`/proc/self/fd/${fd}`, `/proc/${init.pid}/fd/${fd}`, "/proc/self/exe"]) {
      expect(openPath(init, path)).toBe(-Errno.ELOOP);
      expect(openPath(init, path, O.PATH)).toBe(-Errno.ELOOP);
      expect(openPath2(init, path, O.RDONLY, 0)).toBe(-Errno.ELOOP);
      expect(raw.open_tree(init, AT_FDCWD, path, 0)).toBe(-Errno.ELOOP);
      expect(raw.fspick(init, AT_FDCWD, path, 0)).toBe(-Errno.ELOOP);
    }
    for (const path of ["/proc/self/root", "/proc/self/cwd", "/proc/1/root/tmp"]) {
      expect(openPath(init, path)).toBe(-Errno.ELOOP);
      expect(raw.chdir(init, path)).toBe(-Errno.ELOOP);
      expect(raw.chroot(init, path)).toBe(-Errno.ELOOP);
      expect(raw.umount2(init, path, 2)).toBe(-Errno.ELOOP);
      expect(raw.mount(init, path, "/mnt", null, MS.BIND, null)).toBe(-Errno.ELOOP);
      expect(raw.mount(init, "x", path, "tmpfs", 0, null)).toBe(-Errno.ELOOP);
      expect(raw.move_mount(init, AT_FDCWD, path, AT_FDCWD, "/mnt", 0)).toBe(-Errno.ELOOP);
      expect(raw.move_mount(init, AT_FDCWD, "/tmp", AT_FDCWD, path, 0)).toBe(-Errno.ELOOP);
    }
    expect(openPath(init, "/proc/self/ns/user")).toBe(-Errno.ELOOP);
    const link = { bytes: new Uint8Array(64) };
    expect(raw.readlinkat(init, AT_FDCWD, "/proc/self/exe", link, 64)).toBeGreaterThan(0);
  });

  test("the check before a call needs no free file descriptor of the task", () => {
    const { init } = open();
    const limit = new BigUint64Array([3n, 4096n]);
    expect(raw.prlimit64(init, 0, 7, new Uint8Array(limit.buffer), null)).toBe(0);
    expect(raw.chdir(init, "/tmp")).toBe(0);
    expect(raw.chdir(init, "/proc/self/root")).toBe(-Errno.ELOOP);
    expect(raw.dup(init, 0)).toBe(-Errno.EMFILE);
  });

  test("a token is not mounted", () => {
    const { init } = open();
    const container = init.fork();
    unshare(container, "user", "mnt");
    writeIdMaps(container);
    const token = createToken(container, delegateBpffs(container, init, { delegate_cmds: "any" }));
    for (const task of [container, init]) {
      const fd = task === container ? token.fd : token.sendTo(init).fd;
      const clone = OPEN_TREE.CLONE | AT_EMPTY_PATH;
      expect(() => raw.open_tree(task, fd, "", clone)).toThrow(SafetyError);
      expect(() => raw.open_tree(task, fd, "", clone)).toThrow(
        /a token is never opened or mounted/,
      );
      expect(() => raw.move_mount(task, fd, "", AT_FDCWD, "/mnt", 4)).toThrow(SafetyError);
      expect(() => raw.move_mount(task, AT_FDCWD, "/mnt", fd, "", 0x40)).toThrow(SafetyError);
    }
  });

  test("a token is not opened again by an empty path", () => {
    const { init } = open();
    const container = init.fork();
    unshare(container, "user", "mnt");
    writeIdMaps(container);
    const token = createToken(container, delegateBpffs(container, init, { delegate_cmds: "any" }));
    const again = (fd: number, flags: number) => raw.openat(container, fd, "", flags, 0);
    expect(() => again(token.fd, O.EMPTYPATH | O.RDWR)).toThrow(SafetyError);
    expect(() => again(token.fd, O.EMPTYPATH)).toThrow(/a token is never opened or mounted/);
    const how = { bytes: new Uint8Array(24) };
    new DataView(how.bytes.buffer).setUint32(0, O.EMPTYPATH, true);
    expect(() => raw.openat2(container, token.fd, "", how, 24)).toThrow(SafetyError);
    expect(again(token.fd, O.RDONLY)).toBe(-Errno.ENOENT);
    expect(again(openPath(container, "/tmp", O.DIRECTORY), O.EMPTYPATH)).toBe(-Errno.ENOENT);
  });

  test("extended attributes are set only on files of bpffs and /proc", () => {
    const { init } = open();
    const value = new Uint8Array(1);
    const folder = openPath(init, "/tmp", O.DIRECTORY);
    const calls: readonly (() => number)[] = [
      () => raw.setxattr(init, "/tmp", "trusted.a", value, 1, 0),
      () => raw.lsetxattr(init, "/tmp", "trusted.a", value, 1, 0),
      () => raw.fsetxattr(init, folder, "trusted.a", value, 1, 0),
      () => raw.removexattr(init, "/tmp", "trusted.a"),
      () => raw.lremovexattr(init, "/tmp", "trusted.a"),
      () => raw.fremovexattr(init, folder, "trusted.a"),
    ];
    for (const call of calls) {
      expect(call).toThrow(SafetyError);
      expect(call).toThrow("only on files of bpffs and /proc");
    }
    expect(raw.setxattr(init, "/none", "trusted.a", value, 1, 0)).toBe(-Errno.ENOENT);
    expect(raw.setxattr(init, "/proc", "trusted.a", value, 1, 0)).toBe(-Errno.EOPNOTSUPP);
    expect(raw.setxattr(init, "/proc/self/exe", "trusted.a", value, 1, 0)).toBe(-Errno.ELOOP);
    // Reading an attribute changes nothing.
    expect(raw.getxattr(init, "/tmp", "trusted.a", value, 1)).toBe(-Errno.ENODATA);
  });

  test("the sandbox root is not unmounted: it stays writable and covers what is beneath", () => {
    const { init } = open();
    const nofollow = 8;
    for (const path of ["/", ".", "/tmp/..", "/proc/.."]) {
      for (const flags of [0, MNT.FORCE, MNT.DETACH, nofollow]) {
        expect(() => raw.umount2(init, path, flags)).toThrow(SafetyError);
      }
    }
    const other = init.fork();
    unshare(other, "mnt");
    expect(() => raw.umount2(other, "/", 0)).toThrow("read-only for all tasks");
    expect(raw.mkdirat(init, AT_FDCWD, "/tmp/still", 0o755)).toBe(0);
  });

  test("umount of other mounts, and refused umounts, reach the kernel", () => {
    const { init } = open();
    expect(raw.umount2(init, "/", MNT.EXPIRE)).toBe(-Errno.EINVAL);
    expect(raw.umount2(init, "/", 16)).toBe(-Errno.EINVAL);
    expect(raw.umount2(init, "/tmp", 0)).toBe(-Errno.EINVAL);
    expect(raw.umount2(init, "/none", 0)).toBe(-Errno.ENOENT);
    const container = init.fork();
    unshare(container, "user", "mnt");
    writeIdMaps(container);
    // EINVAL if the sandbox root is locked over the host's first root, as in an initramfs;
    // otherwise EPERM.
    expect([-Errno.EINVAL, -Errno.EPERM]).toContain(raw.umount2(container, "/", 0));
    expect(raw.umount2(container, "/", MNT.DETACH)).toBe(-Errno.EINVAL);
    const bare = init.fork();
    setCapabilities(bare, { ...getCapabilities(bare), effective: 0n });
    expect(raw.umount2(bare, "/", 0)).toBe(-Errno.EPERM);
    // The kernel makes a task's own root read-only.
    const caged = init.fork();
    unshare(caged, "mnt");
    expect(raw.mount(caged, "own", "/mnt", "tmpfs", 0, null)).toBe(0);
    expect(raw.chroot(caged, "/mnt")).toBe(0);
    expect(raw.umount2(caged, "/", 0)).toBe(0);
    expect(raw.mkdirat(caged, AT_FDCWD, "/a", 0o755)).toBe(-Errno.EROFS);
    expect(raw.mkdirat(init, AT_FDCWD, "/tmp/still", 0o755)).toBe(0);
  });

  test("openat behaves as on the kernel", () => {
    const { init } = open();
    const fd = openPath(init, "/tmp/a", O.CREAT | O.RDWR | 0x1_0000000);
    expect(fd).toBe(3);
    // O_LARGEFILE and O_RDWR; the kernel ignores the unknown flag.
    expect(raw.fcntl(init, fd, F.GETFL, 0)).toBe(0o100002);
    const path = openPath(init, "/tmp/a", O.PATH | O.CREAT | O.RDWR | O.NONBLOCK);
    expect(raw.fcntl(init, path, F.GETFL, 0)).toBe(O.PATH);
    expect(raw.openat(init, AT_FDCWD, "/tmp/a", O.RDONLY, -1)).toBe(5);
    expect(openPath(init, "/tmp/a", O.CREAT | O.EXCL)).toBe(-Errno.EEXIST);
    expect(openPath(init, "/tmp/a", O.DIRECTORY)).toBe(-Errno.ENOTDIR);
    expect(openPath(init, "/tmp", O.RDWR)).toBe(-Errno.EISDIR);
    expect(openPath(init, "/tmp", 0o20000000 | O.DIRECTORY)).toBe(-Errno.EINVAL);
    expect(openPath(init, "/tmp", 0o20000000 | O.DIRECTORY | O.RDWR)).toBe(6);
    expect(openPath(init, "")).toBe(-Errno.ENOENT);
    expect(openPath(init, `/${"x".repeat(4096)}`)).toBe(-Errno.ENAMETOOLONG);
    const how = { bytes: new Uint8Array(23) };
    expect(raw.openat2(init, AT_FDCWD, "/tmp", how, 23)).toBe(-Errno.EINVAL);
    expect(raw.openat2(init, AT_FDCWD, "/tmp", how, 24)).toBe(-Errno.EFAULT);
    expect(openPath2(init, "/tmp", O.RDONLY, 1 << 20)).toBe(-Errno.EINVAL);
  });

  test("sysctls are not written, whatever the path or mount", () => {
    const { init } = open();
    const name = "kernel/unprivileged_bpf_disabled";
    const before = readFileSync(`/proc/sys/${name}`, "utf8");
    const refused = "only the id maps of tasks are opened for writing";
    expect(() => openPath(init, `/proc/sys/${name}`, O.WRONLY)).toThrow(refused);
    expect(() => openPath(init, `/proc/sys/${name}`, O.RDWR | O.TRUNC)).toThrow(SafetyError);
    expect(() => openPath2(init, `/proc/sys/${name}`, O.WRONLY, 0)).toThrow(SafetyError);
    expect(() => openPath(init, "/proc/self/oom_score_adj", O.WRONLY)).toThrow(SafetyError);
    const dir = openPath(init, "/proc/sys/kernel", O.DIRECTORY);
    expect(() => raw.openat(init, dir, "hostname", O.RDWR, 0)).toThrow(SafetyError);
    expect(openPath(init, `/proc/sys/${name}`)).toBeGreaterThan(0);
    // A sysctl under the name of an id map.
    raw.mkdirat(init, AT_FDCWD, "/tmp/7", 0o755);
    raw.close(init, openPath(init, "/tmp/7/uid_map", O.CREAT | O.WRONLY));
    const over = raw.mount(init, `/proc/sys/${name}`, "/tmp/7/uid_map", null, MS.BIND, null);
    expect(over).toBe(0);
    expect(() => openPath(init, "/tmp/7/uid_map", O.WRONLY)).toThrow(SafetyError);
    // Another procfs mount.
    expect(raw.mount(init, "p", "/mnt", "proc", 0, null)).toBe(0);
    expect(() => openPath(init, `/mnt/sys/${name}`, O.WRONLY)).toThrow(SafetyError);
    expect(() => openPath(init, "/mnt/self/uid_map", O.WRONLY)).toThrow(SafetyError);
    expect(readFileSync(`/proc/sys/${name}`, "utf8")).toBe(before);
  });

  test("files of /proc keep their modes and owners, files of a tmpfs do not", () => {
    const { init } = open();
    // These are the current values: if the rule failed, nothing on the host would change.
    const proc = openPath(init, "/proc", O.DIRECTORY);
    expect(() => raw.fchmodat(init, AT_FDCWD, "/proc/filesystems", 0o444)).toThrow(
      /modes and owners/,
    );
    expect(() => raw.fchmodat(init, proc, "filesystems", 0o444)).toThrow(SafetyError);
    expect(() => raw.fchownat(init, AT_FDCWD, "/proc/mounts", 0, 0, AT_SYMLINK_NOFOLLOW)).toThrow(
      SafetyError,
    );
    expect(() => raw.fchownat(init, proc, "", 0, 0, AT_EMPTY_PATH)).toThrow(SafetyError);
    expect(raw.chdir(init, "/proc")).toBe(0);
    expect(() => raw.fchownat(init, AT_FDCWD, "", 0, 0, AT_EMPTY_PATH)).toThrow(SafetyError);
    expect(raw.chdir(init, "/tmp")).toBe(0);
    expect(raw.fchownat(init, AT_FDCWD, "", 0, 0, AT_EMPTY_PATH)).toBe(0);
    expect(raw.fchmodat(init, AT_FDCWD, "/proc/self/exe", 0o755)).toBe(-Errno.ELOOP);
    expect(raw.fchmodat(init, AT_FDCWD, "/proc/none", 0o444)).toBe(-Errno.ENOENT);
    expect(raw.mkdirat(init, AT_FDCWD, "/tmp/d", 0o700)).toBe(0);
    expect(raw.fchmodat(init, AT_FDCWD, "/tmp/d", 0o755)).toBe(0);
    expect(raw.fchownat(init, AT_FDCWD, "/tmp/d", 1, 1, 0)).toBe(0);
  });

  test("a task writes its own id maps and a child's", () => {
    const { init } = open();
    const child = init.fork();
    unshare(child, "user");
    writeIdMaps(child, {}, init);
    unshare(init.fork(), "user");
    const other = init.fork();
    unshare(other, "user");
    writeIdMaps(other);
    expect(() => writeFile(other, "/proc/self/uid_map", "0 0 1\n")).toThrow("EPERM");
  });

  test("sysctls are read, not written", () => {
    const kernel = open();
    const name = "kernel.unprivileged_bpf_disabled";
    const now = Number(readFileSync("/proc/sys/kernel/unprivileged_bpf_disabled", "utf8"));
    expect(kernel.readSysctl(name)).toBe(now);
    expect(() => kernel.writeSysctl(kernel.init, name)).toThrow(NotModelledError);
    expect(Object.entries(kernel.features).filter(([, has]) => has)).toEqual([["verifier", true]]);
  });

  test("commands that attach and BPF_ENABLE_STATS are refused", () => {
    const { init } = open();
    const attr = new Uint8Array(64);
    const commands = [
      "PROG_ATTACH",
      "PROG_DETACH",
      "LINK_CREATE",
      "LINK_UPDATE",
      "LINK_DETACH",
      "RAW_TRACEPOINT_OPEN",
    ] as const;
    for (const cmd of commands) {
      expect(() => raw.bpf(init, BpfCmd[cmd], attr, 64)).toThrow(/that attach, detach or link/);
    }
    expect(() => raw.bpf(init, BpfCmd.ENABLE_STATS, attr, 64)).toThrow(/BPF_ENABLE_STATS/);
    // The kernel reads the command as an int.
    expect(() => raw.bpf(init, 2 ** 32 + BpfCmd.LINK_CREATE, attr, 64)).toThrow(SafetyError);
  });

  test("maps are limited by their estimated size", () => {
    const { init } = open();
    const map = (type: keyof typeof MapType, key: number, value: number, entries: number): number =>
      bpf(init, "MAP_CREATE", {
        map_type: MapType[type],
        key_size: key,
        value_size: value,
        max_entries: entries,
      });
    expect(map("ARRAY", 4, 1 << 20, 60)).toBe(3);
    expect(() => map("ARRAY", 4, 1 << 20, 64)).toThrow("a map on a real kernel has at most 64 MiB");
    expect(() => map("HASH", 4, 4, 2 ** 32 - 1)).toThrow(SafetyError);
    expect(() => map("HASH", 2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1)).toThrow(SafetyError);
    expect(() => map("PERCPU_ARRAY", 4, 1 << 15, 2000)).toThrow(SafetyError);
    expect(() => map("RINGBUF", 0, 0, 1 << 27)).toThrow(SafetyError);
    expect(map("RINGBUF", 0, 0, 1 << 12)).toBe(4);
    const structOps = { map_type: MapType.STRUCT_OPS, btf_vmlinux_value_type_id: 1 };
    expect(() => bpf(init, "MAP_CREATE", structOps)).toThrow(/BPF_F_LINK/);
  });

  test("objects of other processes on the host are not opened by id", () => {
    const [mine, other] = [open(), open()];
    const hash = { map_type: MapType.HASH, key_size: 4, value_size: 4, max_entries: 1 };
    const id = (task: Task, fd: number): number => {
      const info = new Uint8Array(8);
      bpf(task, "OBJ_GET_INFO_BY_FD", { bpf_fd: fd, info_len: 8, info });
      return new DataView(info.buffer).getUint32(4, true);
    };
    const foreign = id(other.init, bpf(other.init, "MAP_CREATE", hash));
    const own = id(mine.init, bpf(mine.init, "MAP_CREATE", hash));
    expect(foreign).not.toBe(own);
    const get = (task: Task, map_id: number): number => bpf(task, "MAP_GET_FD_BY_ID", { map_id });
    expect(get(mine.init, own)).toBe(4);
    expect(get(mine.init.fork(), own)).toBe(5);
    expect(() => get(mine.init, foreign)).toThrow(/of other processes on this host/);
    expect(get(mine.init, 0xffffffff)).toBe(-Errno.ENOENT);
    const later = mine.init.fork();
    later.exec();
    expect(get(later, own)).toBe(3);
    expect(() => get(later, foreign)).toThrow(SafetyError);
    expect(mine.openFds(mine.init).filter(({ kind }) => kind === "map")).toHaveLength(2);
  });

  test("only four file system types are created; the kernel refuses unknown ones", () => {
    const { init } = open();
    for (const type of ["sysfs", "devtmpfs", "cgroup2", "debugfs", "overlay", "tracefs"]) {
      expect(() => raw.fsopen(init, type, 0)).toThrow(/only file systems of type bpf/);
      expect(() => raw.mount(init, "x", "/mnt", type, 0, null)).toThrow(SafetyError);
      // With the old magic number in the upper half, which looks like MS_PRIVATE and other flags.
      expect(() => raw.mount(init, "x", "/mnt", type, 0xc0ed0000, null)).toThrow(SafetyError);
    }
    expect(() => raw.fsopen(init, "sysfs.x", 0)).toThrow(SafetyError);
    expect(raw.fsopen(init, "nosuchfs", 0)).toBe(-Errno.ENODEV);
    expect(raw.fsopen(init, "nosuchfs", 0xff)).toBe(-Errno.EINVAL);
    expect(raw.mount(init, "x", "/mnt", "nosuchfs", 0, null)).toBe(-Errno.ENODEV);
    const name = new TextEncoder().encode("nosuchfs\0");
    expect(raw.fsopen(init, { bytes: name, dir: "inout" }, 0)).toBe(-Errno.ENODEV);
    expect(new TextDecoder().decode(name)).toBe("nosuchfs\0");
    for (const type of ["bpf", "tmpfs", "ramfs", "proc"]) {
      expect(raw.fsopen(init, type, 0)).toBeGreaterThan(2);
      expect(raw.mount(init, "x", "/mnt", type, 0, null)).toBe(0);
    }
    const child = init.fork();
    unshare(child, "user");
    expect(raw.fsopen(child, "nosuchfs", 0xff)).toBe(-Errno.EPERM);
    expect(openRoot(init, fsopenMount(init)).kind).toBe("dir");
  });

  test("other calls that could harm the host are refused", () => {
    const { init } = open();
    const limit = new Uint8Array(16);
    expect(() => raw.ioctl(init, 0, 0x5412, new Uint8Array(8))).toThrow(SafetyError);
    expect(raw.ioctl(init, 0, 0x5401, new Uint8Array(64))).toBe(-Errno.ENOTTY);
    expect(() => raw.fcntl(init, 0, 8, 1)).toThrow(/fcntl on a real kernel/);
    expect(() => raw.prctl(init, 15, 1, 0, 0, 0)).toThrow(/prctl on a real kernel/);
    expect(raw.prctl(init, 38, 1, 0, 0, 0)).toBe(0);
    expect(raw.prctl(init, 39, 0, 0, 0, 0)).toBe(1);
    expect(raw.prctl(init, PR.GET_SECCOMP, 0, 0, 0, 0)).toBe(0);
    expect(() => raw.prlimit64(init, 1, 7, limit, null)).toThrow(/first process/);
    expect(() => raw.unshare(init, CLONE.NEWPID)).toThrow(/PID namespace/);
    expect(() => raw.mmap(init, 0, 4096, 3, 0x32, -1, 0)).toThrow(/no MAP_FIXED/);
    expect(() => raw.mmap(init, 4096, 4096, 3, 0x22, -1, 0)).toThrow(SafetyError);
    expect(() => raw.mmap(init, 0, 2 ** 40, 3, 0x8022, -1, 0)).toThrow(SafetyError);
    expect(() => raw.init_module(init, new Uint8Array(8), 8, "")).toThrow(/into kernels of guests/);
    expect(raw.getpid(init)).toBe(init.pid);
  });

  test("perf events are of the task itself or BPF output", () => {
    const { init } = open();
    const { SOFTWARE, TRACEPOINT, BREAKPOINT } = PERF_TYPE;
    const { CPU_CLOCK, BPF_OUTPUT } = PERF_COUNT_SW;
    const make = (type: number, config: number, pid: number, cpu: number, flags = 0): number => {
      const attr = { type, size: 136, config, sample_period: 1_000_000 };
      const event = structLayout("perf_event_attr").encode(attr);
      return raw.perf_event_open(init, event, pid, cpu, -1, flags);
    };
    expect(make(SOFTWARE, CPU_CLOCK, 0, -1)).toBeGreaterThan(2);
    expect(make(SOFTWARE, BPF_OUTPUT, -1, 0)).toBeGreaterThan(2);
    expect(make(SOFTWARE, CPU_CLOCK, 0, -1, 1 << 20)).toBe(-Errno.EINVAL);
    expect(raw.perf_event_open(init, new Uint8Array(8), 0, -1, -1, 0)).toBe(-Errno.EFAULT);
    expect(() => make(SOFTWARE, CPU_CLOCK, -1, 0)).toThrow(SafetyError);
    expect(() => make(SOFTWARE, CPU_CLOCK, 1, -1)).toThrow(/of the task itself/);
    expect(() => make(SOFTWARE, CPU_CLOCK, 0, 0, PERF_FLAG.PID_CGROUP)).toThrow(SafetyError);
    expect(() => make(TRACEPOINT, 1, 0, -1)).toThrow(SafetyError);
    expect(() => make(BREAKPOINT, 0, 0, -1)).toThrow(SafetyError);
  });

  test("setsockopt sets only filters", () => {
    const { init } = open();
    const pair = new Uint8Array(8);
    expect(raw.socketpair(init, AF.UNIX, SOCK.DGRAM, 0, pair)).toBe(0);
    const [socket = -1] = new Int32Array(pair.buffer);
    const one = new Uint8Array([1, 0, 0, 0]);
    expect(raw.setsockopt(init, socket, SOL.SOCKET, SO.DETACH_BPF, one, 4)).toBe(-Errno.ENOENT);
    expect(raw.setsockopt(init, socket, SOL.SOCKET, SO.ATTACH_BPF, one, 4)).toBe(-Errno.EINVAL);
    expect(raw.setsockopt(init, 0, SOL.SOCKET, SO.LOCK_FILTER, one, 4)).toBe(-Errno.ENOTSOCK);
    expect(() => raw.setsockopt(init, socket, SOL.SOCKET, 7, one, 4)).toThrow(SafetyError);
    expect(() => raw.setsockopt(init, socket, 6, SO.ATTACH_BPF, one, 4)).toThrow(SafetyError);
  });
});

function fsopenMount(task: Task): number {
  const context = fsopen(task, "tmpfs");
  expect(raw.fsconfig(task, context.fd, 6, null, null, 0)).toBe(0);
  return raw.fsmount(task, context.fd, 0, 0);
}
