// SPDX-License-Identifier: MIT
import {
  BpfError,
  fsopen,
  OwnedFd,
  raw,
  SafetyError,
  type Task,
  UseAfterCloseError,
  unshare,
} from "@bpf-token/syscall";
import { CLONE, Errno, F, FD, RLIMIT } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { describeNative, tree, useKernels } from "./native.ts";

function memfd(task: Task, flags = 0): number {
  const fd = raw.memfd_create(task, "m", flags);
  expect(fd).toBeGreaterThanOrEqual(0);
  return fd;
}

function limitFds(task: Task, soft: number): void {
  const limit = new Uint8Array(16);
  new DataView(limit.buffer).setBigUint64(0, BigInt(soft), true);
  new DataView(limit.buffer).setBigUint64(8, 4096n, true);
  expect(raw.prlimit64(task, 0, RLIMIT.NOFILE, limit, null)).toBe(0);
}

describeNative("tasks of the running kernel", () => {
  const open = useKernels();

  test("the first task is root with three file descriptors on /dev/null and the usual limits", () => {
    const kernel = open();
    expect(kernel.openFds(kernel.init).map(({ fd, kind }) => `${fd} ${kind}`)).toEqual([
      "0 null",
      "1 null",
      "2 null",
    ]);
    const limit = new Uint8Array(16);
    raw.prlimit64(kernel.init, 0, RLIMIT.NOFILE, null, limit);
    expect([...new BigUint64Array(limit.buffer)]).toEqual([1024n, 4096n]);
    expect(raw.umask(kernel.init, 0o77)).toBe(0o22);
    const ids = [new Uint8Array(4), new Uint8Array(4), new Uint8Array(4)] as const;
    expect(raw.getresuid(kernel.init, ...ids)).toBe(0);
    expect(ids.map((id) => id.join())).toEqual(["0,0,0,0", "0,0,0,0", "0,0,0,0"]);
  });

  test("fork copies the file descriptors, which share one open file description", () => {
    const kernel = open();
    const fd = memfd(kernel.init);
    const child = kernel.init.fork();
    expect(raw.getpid(child)).toBe(child.pid);
    expect(raw.write(child, fd, new Uint8Array(5), 5)).toBe(5);
    expect(raw.lseek(kernel.init, fd, 0, 1)).toBe(5);
    expect(raw.close(child, fd)).toBe(0);
    expect(raw.lseek(kernel.init, fd, 0, 1)).toBe(5);
  });

  test("wait returns the exit status once, only to the parent", () => {
    const { init } = open();
    const child = init.fork();
    const grandchild = child.fork();
    expect(init.wait(child)).toBe(-Errno.ECHILD);
    expect(init.wait(grandchild)).toBe(-Errno.ECHILD);
    grandchild.exit(300);
    expect(grandchild.closed).toBe(true);
    expect(init.wait(grandchild)).toBe(-Errno.ECHILD);
    expect(child.wait(grandchild)).toBe(300 & 255);
    expect(child.wait(grandchild)).toBe(-Errno.ECHILD);
    expect(() => raw.getpid(grandchild)).toThrow(UseAfterCloseError);
    child.close();
    expect(init.wait(child)).toBe(-Errno.ECHILD);
  });

  test("a closed task leaves no process, not even a zombie", () => {
    const kernel = open();
    const child = kernel.init.fork();
    const orphan = child.fork();
    const exited = kernel.init.fork();
    exited.exit();
    for (const task of [exited, child, orphan]) task.close();
    orphan.close();
    kernel.settle();
    const left = tree(kernel.executorPid);
    expect(left.map(({ state }) => state)).toHaveLength(3);
  });

  test("exec closes file descriptors with CLOEXEC and keeps the others", () => {
    const kernel = open();
    const task = kernel.init.fork();
    const kept = memfd(task);
    const closing = memfd(task, 1);
    expect(task.exec()).toBe(0);
    expect(raw.fcntl(task, kept, F.GETFD, 0)).toBe(0);
    expect(raw.fcntl(task, closing, F.GETFD, 0)).toBe(-Errno.EBADF);
    expect(raw.getpid(task)).toBe(task.pid);
    expect(task.exec()).toBe(0);
    expect(task.fork().exec()).toBe(0);
  });

  test("exec of a task that seems to gain privileges works without file descriptors 0 to 2", () => {
    const { init } = open();
    const task = init.fork();
    expect(raw.close(task, 0)).toBe(0);
    expect(raw.fcntl(task, 1, F.SETFD, FD.CLOEXEC)).toBe(0);
    expect(raw.setresgid(task, 8, 0x7fff, 511)).toBe(0);
    expect(raw.setfsgid(task, 127)).toBeGreaterThanOrEqual(0);
    expect(task.exec()).toBe(0);
    expect(init.kernel.openFds(task).map(({ fd }) => fd)).toEqual([2]);
  });

  test("exec works without a free file descriptor, without privileges and without /proc", () => {
    const { init } = open();
    const task = init.fork();
    expect(raw.umount2(task, "/proc", 2)).toBe(0);
    limitFds(task, 3);
    expect(raw.setresuid(task, 12345, 12345, 12345)).toBe(0);
    expect(task.exec()).toBe(0);
    expect(task.fork().exec()).toBe(0);
    expect(raw.dup(task, 0)).toBe(-Errno.EMFILE);
  });

  test("sendFd returns the lowest number without CLOEXEC, which stays open after the sender closes it", () => {
    const kernel = open();
    const [a, b] = [kernel.init.fork(), kernel.init.fork()];
    const fd = memfd(a, 1);
    raw.write(a, fd, new Uint8Array(7), 7);
    memfd(b);
    expect(a.sendFd(fd, b)).toBe(4);
    expect(raw.close(a, fd)).toBe(0);
    expect(raw.fcntl(b, 4, F.GETFD, 0) & FD.CLOEXEC).toBe(0);
    expect(raw.lseek(b, 4, 0, 1)).toBe(7);
    expect(b.sendFd(4, b)).toBe(5);
    expect(a.sendFd(fd, b)).toBe(-Errno.EBADF);
    limitFds(b, 6);
    expect(kernel.init.sendFd(0, b)).toBe(-Errno.EMFILE);
    expect(kernel.init.sendFd(0, a)).toBe(3);
  });

  test("a file descriptor cannot be sent to another kernel", () => {
    const [one, other] = [open(), open()];
    expect(() => one.init.sendFd(0, other.init)).toThrow(TypeError);
    expect(() => one.openFds(other.init)).toThrow(TypeError);
    expect(() => one.init.wait(other.init)).toThrow(TypeError);
  });

  test("openNamespace opens namespaces of any task, which can be entered", () => {
    const kernel = open();
    const child = kernel.init.fork();
    unshare(child, "user", "mnt");
    const fd = kernel.init.openNamespace("user", child);
    const mnt = kernel.init.openNamespace("mnt", child);
    const fds = kernel.openFds(kernel.init).slice(3);
    expect(fds.map(({ kind, cloexec }) => [kind, cloexec])).toEqual([
      ["userns", true],
      ["mntns", true],
    ]);
    const other = kernel.init.fork();
    expect(raw.setns(other, fd, CLONE.NEWUSER)).toBe(0);
    expect(raw.setns(other, mnt, CLONE.NEWNS)).toBe(0);
    expect(raw.setns(kernel.init, fd, CLONE.NEWNS)).toBe(-Errno.EINVAL);
    raw.setresuid(kernel.init, 1000, 1000, 1000);
    expect(kernel.init.openNamespace("mnt", child)).toBe(-Errno.EACCES);
  });

  test("openFds lists kinds, CLOEXEC and O_PATH", () => {
    const kernel = open();
    const task = kernel.init;
    const pair = new Uint8Array(8);
    fsopen(task);
    raw.pipe2(task, pair, 0);
    raw.socketpair(task, 1, 1, 0, pair);
    raw.eventfd2(task, 0, 0);
    memfd(task, 1);
    raw.openat(task, -100, "/tmp", 0x200000, 0);
    raw.openat(task, -100, "/tmp/file", 0x42, 0o600);
    expect(kernel.openFds(task).slice(3)).toEqual([
      { fd: 3, kind: "fscontext", cloexec: true, path: false },
      { fd: 4, kind: "pipe", cloexec: false, path: false },
      { fd: 5, kind: "pipe", cloexec: false, path: false },
      { fd: 6, kind: "socket", cloexec: false, path: false },
      { fd: 7, kind: "socket", cloexec: false, path: false },
      { fd: 8, kind: "eventfd", cloexec: false, path: false },
      { fd: 9, kind: "memfd", cloexec: true, path: false },
      { fd: 10, kind: "dir", cloexec: false, path: true },
      { fd: 11, kind: "file", cloexec: false, path: false },
    ]);
  });

  test("a task can use every file descriptor number up to its limit", () => {
    const { init } = open();
    const task = init.fork();
    for (let fd = 3; fd < 1024; fd++) expect(raw.dup(task, 0)).toBe(fd);
    expect(raw.dup(task, 0)).toBe(-Errno.EMFILE);
    expect(task.fork().sendFd(0, task)).toBe(-Errno.EMFILE);
    expect(task.openNamespace("user")).toBe(-Errno.EMFILE);
  });

  test("a task cannot use the executor's file descriptors", () => {
    const { init } = open();
    for (let fd = 3890; fd < 4010; fd++) {
      expect(raw.close(init, fd)).toBe(-Errno.EBADF);
      expect(raw.dup2(init, 0, fd)).toBe(-Errno.EBADF);
      expect(init.sendFd(fd, init)).toBe(-Errno.EBADF);
    }
    expect(raw.getpid(init)).toBe(init.pid);
  });

  test("a write to a pipe without a reader is EPIPE and does not end the task", () => {
    const { init } = open();
    const fds = new Int32Array(2);
    raw.pipe2(init, new Uint8Array(fds.buffer), 0);
    raw.close(init, fds[0] ?? -1);
    expect(raw.write(init, fds[1] ?? -1, new Uint8Array(1), 1)).toBe(-Errno.EPIPE);
    init.exec();
    expect(raw.write(init, fds[1] ?? -1, new Uint8Array(1), 1)).toBe(-Errno.EPIPE);
  });

  test("there are at most 64 tasks, and the slot of a task that ended is free again", () => {
    const kernel = open();
    const tasks = Array.from({ length: 63 }, () => kernel.init.fork());
    expect(() => kernel.init.fork()).toThrow(SafetyError);
    expect(() => kernel.init.fork()).toThrow("refused by the safety rules: at most 64 tasks");
    tasks[5]?.close();
    tasks[6]?.exit();
    expect(raw.getpid(kernel.init.fork())).toBeGreaterThan(0);
    expect(raw.getpid(kernel.init.fork())).toBeGreaterThan(0);
    expect(() => kernel.init.fork()).toThrow(SafetyError);
    expect(tree(kernel.executorPid)).toHaveLength(2 + 64 + 1);
  });

  test("a fork that the kernel refuses throws with the errno", () => {
    const kernel = open();
    const task = kernel.init.fork();
    const limit = new Uint8Array(16);
    expect(raw.setresuid(task, 54321, 54321, 54321)).toBe(0);
    expect(raw.prlimit64(task, 0, RLIMIT.NPROC, limit, null)).toBe(0);
    expect(() => task.fork()).toThrow(BpfError);
    expect(() => task.fork()).toThrow("fork: EAGAIN");
    expect(raw.getpid(task)).toBe(task.pid);
  });

  test("calls on a closed kernel, task or file descriptor throw UseAfterCloseError", () => {
    const kernel = open();
    const task = kernel.init.fork();
    const fd = OwnedFd.adopt(task, memfd(task), "memfd", { syscall: "memfd_create" });
    task.close();
    expect(() => raw.getpid(task)).toThrow(new UseAfterCloseError(`task ${task.pid}`));
    fd.close();
    expect(() => fd.fd).toThrow(UseAfterCloseError);
    kernel.close();
    kernel.close();
    expect(kernel.closed).toBe(true);
    expect(() => raw.getpid(kernel.init)).toThrow("the native kernel is closed");
    expect(() => kernel.openFds(kernel.init)).toThrow(UseAfterCloseError);
    expect(() => kernel.settle()).toThrow(UseAfterCloseError);
    kernel.init.close();
  });
});
