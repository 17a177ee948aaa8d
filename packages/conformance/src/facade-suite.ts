// SPDX-License-Identifier: MIT
import {
  createToken,
  delegateBpffs,
  fdinfo,
  getCapabilities,
  type Kernel,
  mounts,
  NotModelledError,
  raw,
  type Task,
  UseAfterCloseError,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { AT, BAD_ADDRESS, Capability, CLONE, Errno, F, O } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";

const AT_FDCWD = AT.FDCWD;

/** Registers tests that a scenario cannot express: misuse, lifetimes, memory, and the facade's guarantees. */
export function facadeSuite(kernel: () => Kernel): void {
  describe("tasks", () => tasks(kernel));
  describe("memory", () => memory(kernel));
  describe("a container", () => container(kernel));
}

function tasks(kernel: () => Kernel): void {
  test("the first task is root and has CAP_BPF", () => {
    const { effective } = getCapabilities(kernel().init);
    expect((effective >> BigInt(Capability.BPF)) & 1n).toBe(1n);
  });

  test("a child has copies of the file descriptors, independent of its parent", () => {
    withChild(kernel(), (child) => {
      const fd = raw.openat(child, AT_FDCWD, "/", O.RDONLY | O.DIRECTORY, 0);
      expect(fd).toBeGreaterThanOrEqual(3);
      const grandchild = child.fork();
      expect(raw.close(grandchild, fd)).toBe(0);
      expect(raw.close(grandchild, fd)).toBe(-Errno.EBADF);
      expect(raw.close(child, fd)).toBe(0);
      grandchild.exit(7);
      expect(child.wait(grandchild)).toBe(7);
      expect(child.wait(grandchild)).toBe(-Errno.ECHILD);
    });
  });

  test("a task that has exited is closed, and a second close has no effect", () => {
    const child = kernel().init.fork();
    child.close();
    child.close();
    expect(child.closed).toBe(true);
    expect(() => raw.getpid(child)).toThrow(UseAfterCloseError);
  });

  test("a file descriptor passed to another task gets the lowest free number there", () => {
    withChild(kernel(), (child) => {
      const fd = raw.openat(child, AT_FDCWD, "/", O.RDONLY | O.DIRECTORY, 0);
      const other = child.fork();
      expect(raw.dup2(other, fd, 20)).toBe(20);
      expect(child.sendFd(fd, other)).toBe(fd + 1);
      expect(raw.fcntl(other, fd + 1, F.GETFD, 0)).toBe(0);
      expect(child.sendFd(99, other)).toBe(-Errno.EBADF);
      other.close();
    });
  });
}

function memory(kernel: () => Kernel): void {
  test("memory ends with a fault: one byte too few is EFAULT, the exact size is not", () => {
    withChild(kernel(), (child) => {
      const fd = raw.openat(child, AT_FDCWD, "/", O.RDONLY | O.DIRECTORY, 0);
      expect(raw.fstat(child, fd, new Uint8Array(143))).toBe(-Errno.EFAULT);
      expect(raw.fstat(child, fd, new Uint8Array(144))).toBe(0);
      expect(raw.fstat(child, fd, BAD_ADDRESS)).toBe(-Errno.EFAULT);
    });
  });

  test("a string without a NUL is EFAULT", () => {
    withChild(kernel(), (child) => {
      const path = new TextEncoder().encode("/");
      expect(raw.openat(child, AT_FDCWD, path, 0, 0)).toBe(-Errno.EFAULT);
      expect(raw.fsopen(child, new Uint8Array(0), 0)).toBe(-Errno.EFAULT);
    });
  });

  test("file descriptors out of range are EBADF", () => {
    withChild(kernel(), (child) => {
      for (const fd of [-1, 1 << 20, 2 ** 31 - 1, -(2 ** 31)]) {
        expect(raw.close(child, fd)).toBe(-Errno.EBADF);
      }
    });
  });

  test("bpf() with an attribute shorter, longer and much longer than the union", () => {
    withChild(kernel(), (child) => {
      expect(raw.bpf(child, 36, null, 0)).toBe(-Errno.EINVAL);
      expect(raw.bpf(child, 36, new Uint8Array(8), 8)).toBe(-Errno.EINVAL);
      const ones = new Uint8Array(4096).fill(1);
      expect(raw.bpf(child, 36, ones, 4096)).toBe(-Errno.E2BIG);
      expect(raw.bpf(child, 36, ones, 4097)).toBe(-Errno.E2BIG);
      expect(raw.bpf(child, 36, new Uint8Array(100), 4096)).toBe(-Errno.EFAULT);
      expect(raw.bpf(child, -1, new Uint8Array(8), 8)).toBe(-Errno.EINVAL);
    });
  });

  test("misuse is a TypeError and never reaches a kernel", () => {
    withChild(kernel(), (child) => {
      expect(() => raw.close(child, 0.5)).toThrow(TypeError);
      expect(() => child.syscall(3, "x")).toThrow(TypeError);
      expect(() => child.syscall(9999)).toThrow(NotModelledError);
    });
  });
}

function container(kernel: () => Kernel): void {
  test("creates a token with the typed calls, with its masks in fdinfo and /proc/mounts", () => {
    withChild(kernel(), (app) => {
      unshare(app, "user", "mnt");
      writeIdMaps(app);
      const bpffs = delegateBpffs(app, kernel().init, {
        delegate_cmds: "0x40001",
        delegate_maps: "any",
      });
      const token = createToken(app, bpffs);
      expect(fdinfo(app, token)).toMatch(/^allowed_cmds:\t0x40001$/m);
      expect(fdinfo(app, token)).toMatch(/^allowed_maps:\tany$/m);
      expect(mounts(app)).toMatch(/ \/proc proc /);
      token.close();
      bpffs.close();
    });
  });

  test("opens its namespaces, and cannot enter its own again", () => {
    withChild(kernel(), (app) => {
      unshare(app, "user");
      const own = app.openNamespace("user");
      expect(own).toBeGreaterThanOrEqual(3);
      expect(raw.setns(app, own, CLONE.NEWUSER)).toBe(-Errno.EINVAL);
      expect(raw.close(app, own)).toBe(0);
    });
  });
}

function withChild(kernel: Kernel, body: (child: Task) => void): void {
  const child = kernel.init.fork();
  try {
    body(child);
  } finally {
    child.close();
  }
}
