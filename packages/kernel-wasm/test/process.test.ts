// SPDX-License-Identifier: GPL-2.0-only
import {
  BpfError,
  createToken,
  fsopen,
  raw,
  UseAfterCloseError,
  unshare,
} from "@bpf-token/syscall";
import { F, FD } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { createKernel } from "../src/index.ts";
import { container, delegated } from "./container.ts";

describe("processes", () => {
  test("fork, exit and wait restore every live count", () => {
    using kernel = createKernel();
    kernel.settle();
    const before = kernel.live();
    for (let i = 0; i < 300; i++) {
      const child = kernel.init.fork();
      raw.dup(child, 0);
      child.exit(i);
      expect(child.closed).toBe(true);
      expect(kernel.init.wait(child)).toBe(i % 256);
      expect(kernel.init.wait(child)).toBe(-10);
    }
    kernel.settle();
    expect(kernel.live()).toEqual(before);
  });

  test("closed containers leave no live objects", () => {
    using kernel = createKernel();
    const rounds = (): unknown => {
      for (let i = 0; i < 50; i++) {
        const { task, bpffs } = delegated(kernel);
        createToken(task, bpffs).close();
        task.close();
        task.close();
      }
      kernel.settle();
      return kernel.live();
    };
    // The first rounds also grow the table of process ids.
    const before = rounds();
    expect(rounds()).toEqual(before);
  });

  test("a child that outlives its parent is reaped", () => {
    using kernel = createKernel();
    const before = kernel.live();
    const parent = kernel.init.fork();
    const child = parent.fork();
    parent.close();
    expect(raw.getpid(child)).toBe(child.pid);
    child.close();
    kernel.settle();
    expect(kernel.live()).toEqual(before);
  });

  test("a task that has exited refuses all calls", () => {
    using kernel = createKernel();
    const child = kernel.init.fork();
    child.exit();
    const calls: (() => unknown)[] = [
      () => raw.getpid(child),
      () => child.fork(),
      () => child.exec(),
      () => child.exit(),
      () => child.sendFd(0, kernel.init),
      () => kernel.init.sendFd(0, child),
    ];
    for (const call of calls) expect(call).toThrow(new UseAfterCloseError(`task ${child.pid}`));
  });

  test("the first task cannot exit, and closing it closes the kernel", () => {
    using kernel = createKernel();
    expect(() => kernel.init.exit()).toThrow(RangeError);
    kernel.init.close();
    expect([kernel.closed, kernel.init.closed]).toEqual([true, true]);
  });

  test("tasks of another kernel are refused as arguments", () => {
    using kernel = createKernel();
    using other = createKernel();
    expect(() => kernel.init.sendFd(0, other.init)).toThrow(TypeError);
    expect(() => kernel.init.wait(other.init)).toThrow("'child' belongs to another kernel");
    expect(() => kernel.openFds(other.init)).toThrow(TypeError);
    expect(() => kernel.init.openNamespace("pid" as "user")).toThrow("(known: user, mnt)");
  });

  test("exec closes file descriptors with CLOEXEC", () => {
    using kernel = createKernel();
    const task = kernel.init.fork();
    const kept = raw.dup(task, 0);
    const gone = raw.fcntl(task, 0, F.DUPFD_CLOEXEC, 0);
    expect(raw.fcntl(task, gone, F.GETFD, 0)).toBe(FD.CLOEXEC);
    expect(kernel.openFds(task).find(({ fd }) => fd === gone)?.cloexec).toBe(true);
    expect(task.exec()).toBe(0);
    expect(kernel.openFds(task).map(({ fd }) => fd)).toEqual([0, 1, 2, kept]);
  });

  test("file descriptors are passed; both tasks know the reason of a refusal", () => {
    using kernel = createKernel();
    const { task, bpffs } = delegated(kernel);
    const token = createToken(task, bpffs);
    const there = task.sendFd(token.fd, kernel.init);
    expect(kernel.openFds(kernel.init).find(({ fd }) => fd === there)).toEqual({
      fd: there,
      kind: "token",
      cloexec: false,
      path: false,
    });
    expect(task.sendFd(999, kernel.init)).toBe(-9);
    expect(task.refusal()?.errno).toBe("EBADF");
    expect(kernel.init.refusal()).toEqual(task.refusal());
  });

  test("namespaces are opened by kind", () => {
    using kernel = createKernel();
    const task = container(kernel);
    const user = task.openNamespace("user");
    const mnt = kernel.init.openNamespace("mnt", task);
    expect(kernel.openFds(task).find(({ fd }) => fd === user)?.kind).toBe("userns");
    expect(kernel.openFds(kernel.init).find(({ fd }) => fd === mnt)).toMatchObject({
      kind: "mntns",
      cloexec: true,
    });
  });

  test("each task keeps the reason of its last refusal when other tasks make calls", () => {
    using kernel = createKernel();
    const [a, b] = [kernel.init.fork(), kernel.init.fork()];
    expect(raw.close(a, 77)).toBe(-9);
    expect(() => fsopen(b, "nonsense")).toThrow(BpfError);
    const other = kernel.init.fork();
    unshare(other, "user");
    expect(raw.close(a, 78)).toBe(-9);
    other.close();
    kernel.settle();
    kernel.live();
    kernel.openFds(b);
    kernel.snapshot();
    expect(a.refusal()).toMatchObject({ errno: "EBADF" });
    expect(b.refusal()).toMatchObject({ errno: "ENODEV" });
    expect(kernel.init.refusal()).toBeUndefined();
    expect(raw.getpid(a)).toBe(a.pid);
    expect(a.refusal()).toBeUndefined();
    expect(b.refusal()?.chain.at(-1)?.check).toBe(b.refusal()?.check);
  });
});
