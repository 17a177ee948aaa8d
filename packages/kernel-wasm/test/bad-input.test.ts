// SPDX-License-Identifier: GPL-2.0-only
import { createToken, fdinfo, NotModelledError, raw, tokenInfo } from "@bpf-token/syscall";
import { BAD_ADDRESS, BpfCmd, Errno, type Mem, O, type Ptr, RLIMIT } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { createKernel, type WasmKernel } from "../src/index.ts";
import { delegated } from "./container.ts";

const UNION = 168;
const { E2BIG, EBADF, EFAULT, EINVAL, EMFILE, ENAMETOOLONG, ENOENT, ENOMEM } = Errno;

function attr(size: number, fd: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(size, 8));
  new DataView(bytes.buffer).setUint32(4, fd, true);
  return bytes.slice(0, size);
}

describe("an attribute", () => {
  const sizes: readonly (readonly [string, number, number, number])[] = [
    ["as long as needed", 8, 8, 0],
    ["as long as the union", UNION, UNION, 0],
    ["longer than the union, zeros", UNION + 8, UNION + 8, 0],
    ["a page long", 4096, 4096, 0],
    ["longer than a page", 4097, 4097, -E2BIG],
    ["longer than its memory", 8, 16, -EFAULT],
    ["longer than the union and its memory", UNION, UNION + 1, -EFAULT],
    ["too short for the descriptor", 4, 4, -EINVAL],
    ["with a size of 4 GiB - 1", 8, 0xffffffff, -E2BIG],
  ];
  test.each(sizes)("%s", (_, bytes, size, answer) => {
    using kernel = createKernel();
    const { task, bpffs } = delegated(kernel);
    const ret = raw.bpf(task, BpfCmd.TOKEN_CREATE, attr(bytes, bpffs.fd), size);
    expect(Math.min(ret, 0)).toBe(answer);
  });

  test("with nonzero bytes after the union is E2BIG", () => {
    using kernel = createKernel();
    const { task, bpffs } = delegated(kernel);
    const bytes = attr(UNION + 8, bpffs.fd);
    bytes[UNION + 7] = 1;
    expect(raw.bpf(task, BpfCmd.TOKEN_CREATE, bytes, bytes.length)).toBe(-E2BIG);
  });

  test.each<[string, Ptr]>([
    ["NULL", null],
    ["an address that faults", BAD_ADDRESS],
    ["no bytes at all", new Uint8Array()],
  ])("that is %s faults", (_, ptr) => {
    using kernel = createKernel();
    expect(raw.bpf(kernel.init, BpfCmd.TOKEN_CREATE, ptr, 8)).toBe(-EFAULT);
    expect(kernel.init.refusal()?.errno).toBe("EFAULT");
    expect(raw.bpf(kernel.init, BpfCmd.TOKEN_CREATE, ptr, 4097)).toBe(-E2BIG);
  });

  test("of a command that no release has is EINVAL", () => {
    using kernel = createKernel();
    for (const cmd of [-1, 4711, 0x7fffffff]) {
      expect(raw.bpf(kernel.init, cmd, new Uint8Array(8), 8)).toBe(-EINVAL);
    }
  });

  test("with pointers that fault inside", () => {
    using kernel = createKernel();
    const bytes = new Uint8Array(UNION);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 6, true);
    view.setUint32(4, 2, true);
    const insns: Mem = { bytes: new Uint8Array(8), dir: "in" };
    const load = (to: Ptr, license: Ptr): number =>
      raw.bpf(
        kernel.init,
        BpfCmd.PROG_LOAD,
        {
          bytes,
          pointers: [
            { offset: 8, to },
            { offset: 16, to: license },
          ],
        },
        UNION,
      );
    expect(load(BAD_ADDRESS, "GPL")).toBe(-EFAULT);
    expect(load(insns, "GPL")).toBe(-EFAULT);
    expect(load(null, null)).toBe(-EFAULT);
  });
});

describe("a string", () => {
  const endless = new Uint8Array(64).fill(0x61);
  test("without a NUL faults at the end of its memory", () => {
    using kernel = createKernel();
    const { init } = kernel;
    expect(raw.openat(init, -100, endless as never, 0, 0)).toBe(-EFAULT);
    expect(raw.fsopen(init, endless as never, 0)).toBe(-EFAULT);
    const context = raw.fsopen(init, "bpf", 0);
    expect(raw.fsconfig(init, context, 1, endless as never, "any", 0)).toBe(-EFAULT);
    expect(raw.fsconfig(init, context, 1, "delegate_cmds", endless as never, 0)).toBe(-EFAULT);
  });

  test("longer than PATH_MAX is ENAMETOOLONG", () => {
    using kernel = createKernel();
    expect(raw.openat(kernel.init, -100, `/${"a".repeat(4096)}`, 0, 0)).toBe(-ENAMETOOLONG);
    expect(raw.openat(kernel.init, -100, `/${"a".repeat(300)}`, 0, 0)).toBe(-ENAMETOOLONG);
    expect(raw.openat(kernel.init, -100, "x".repeat(1 << 20), 0, 0)).toBe(-ENAMETOOLONG);
    expect(raw.openat(kernel.init, -100, "", 0, 0)).toBe(-ENOENT);
  });
});

describe("a file descriptor out of range", () => {
  test.each([-1, -100, 3, 1023, 1024, 65_536, 0x7fffffff, -0x80000000])("%d", (fd) => {
    using kernel = createKernel();
    const { init } = kernel;
    expect(raw.close(init, fd)).toBe(-EBADF);
    expect(raw.dup(init, fd)).toBe(-EBADF);
    expect(raw.bpf(init, BpfCmd.TOKEN_CREATE, attr(8, fd), 8)).toBe(-EBADF);
    expect(init.sendFd(fd, init)).toBe(-EBADF);
    expect(kernel.openFds(init)).toHaveLength(3);
  });
});

test("a file descriptor is the low 32 bits of its argument, as in the kernel", () => {
  using kernel = createKernel();
  expect(raw.dup(kernel.init, 2 ** 40 + 1)).toBe(3);
  expect(raw.close(kernel.init, 2 ** 40)).toBe(0);
  expect(raw.dup(kernel.init, 2 ** 40)).toBe(-EBADF);
});

describe("files of /proc that real kernels have and the model does not", () => {
  test.each(["/proc/self/status", "/proc/1/maps", "/proc/version", "/proc/sys/kernel/ostype"])(
    "%s throws NotModelledError instead of ENOENT",
    (path) => {
      using kernel = createKernel();
      const open = () => raw.openat(kernel.init, -100, path, 0, 0);
      expect(open).toThrow(NotModelledError);
      expect(open).toThrow("this file in /proc");
      expect(raw.openat(kernel.init, -100, "/proc/99999/fd", 0, 0)).toBe(-ENOENT);
      expect(raw.openat(kernel.init, -100, "/proc/self/fd/99", 0, 0)).toBe(-ENOENT);
      expect(kernel.openFds(kernel.init)).toHaveLength(3);
    },
  );
});

describe("a delegate mask", () => {
  test("with bit 63 is kept unchanged", () => {
    using kernel = createKernel({ release: "6.18" });
    const mask = 0x8000_0000_0000_0001n;
    const { task, bpffs } = delegated(kernel, { delegate_cmds: "0x8000000000000001" });
    const token = createToken(task, bpffs);
    expect(tokenInfo(task, token).allowed_cmds).toBe(mask);
    expect(fdinfo(task, token)).toContain("allowed_cmds:\t0x8000000000000001\n");
  });
});

describe("memory", () => {
  /** Opens files until the kernel refuses. */
  function exhaust(kernel: WasmKernel): number {
    const limit = new Uint8Array(16).fill(0);
    new DataView(limit.buffer).setBigUint64(0, 1n << 20n, true);
    new DataView(limit.buffer).setBigUint64(8, 1n << 20n, true);
    const { init } = kernel;
    expect(raw.prlimit64(init, 0, RLIMIT.NOFILE, limit, null)).toBe(0);
    for (let i = 0; i < 1 << 20; i++) {
      const ret = raw.openat(init, -100, "/tmp", O.RDONLY | O.DIRECTORY, 0);
      if (ret < 0) return ret;
    }
    throw new Error("the core has no end");
  }

  test("that is exhausted gives ENOMEM, and the kernel stays usable", { timeout: 600_000 }, () => {
    using kernel = createKernel();
    expect(exhaust(kernel)).toBe(-ENOMEM);
    expect(raw.bpf(kernel.init, BpfCmd.TOKEN_CREATE, new Uint8Array(4096), 4096)).toBe(-EINVAL);
    expect(raw.getpid(kernel.init)).toBe(1);
    for (let fd = 3; fd < 1000; fd++) expect(raw.close(kernel.init, fd)).toBe(0);
    expect(raw.openat(kernel.init, -100, "/tmp", O.RDONLY | O.DIRECTORY, 0)).toBe(3);
  });

  test("of a call that is larger than the core gives ENOMEM", () => {
    using kernel = createKernel();
    const huge = new Uint8Array(80 << 20);
    expect(raw.write(kernel.init, 0, huge, huge.length)).toBe(-ENOMEM);
    expect(raw.getpid(kernel.init)).toBe(1);
  });

  test("does not grow over 10000 tokens", () => {
    using kernel = createKernel();
    const { task, bpffs } = delegated(kernel);
    createToken(task, bpffs).close();
    kernel.settle();
    const before = { live: kernel.live(), size: kernel.snapshot().size };
    for (let i = 0; i < 10_000; i++) createToken(task, bpffs).close();
    kernel.settle();
    expect({ live: kernel.live(), size: kernel.snapshot().size }).toEqual(before);
  });
});

describe("file descriptors", () => {
  test("run out with EMFILE at the limit", () => {
    using kernel = createKernel();
    let ret = 0;
    while (ret >= 0) ret = raw.dup(kernel.init, 0);
    expect(ret).toBe(-EMFILE);
    expect(kernel.openFds(kernel.init)).toHaveLength(1024);
  });
});

describe("injected faults", () => {
  test("fail one allocation, once", () => {
    using kernel = createKernel();
    const { task, bpffs } = delegated(kernel);
    const tokens = (): number => raw.bpf(task, BpfCmd.TOKEN_CREATE, attr(8, bpffs.fd), 8);
    const before = kernel.live();
    kernel.failNth("alloc", 1);
    expect(tokens()).toBeLessThan(0);
    kernel.settle();
    expect(kernel.live()).toEqual(before);
    expect(tokens()).toBeGreaterThanOrEqual(0);
    expect(() => kernel.failNth("aloc" as "alloc", 1)).toThrow("did you mean 'alloc'?");
    expect(() => kernel.failNth("alloc", -1)).toThrow(RangeError);
  });

  test("a security module refuses with the errno that was set", () => {
    using kernel = createKernel();
    const { task, bpffs } = delegated(kernel);
    kernel.lsm.answer("bpf_token_create", "EACCES");
    const tokens = (): number => raw.bpf(task, BpfCmd.TOKEN_CREATE, attr(8, bpffs.fd), 8);
    expect(tokens()).toBe(-Errno.EACCES);
    kernel.lsm.answer("bpf_token_create", 0);
    expect(tokens()).toBeGreaterThanOrEqual(0);
    expect(() => kernel.lsm.answer("bpf_token" as "bpf", 0)).toThrow(
      "unknown LSM hook 'bpf_token'",
    );
    expect(() => kernel.lsm.answer("bpf", "EWRONG" as "EPERM")).toThrow("unknown errno 'EWRONG'");
  });
});
