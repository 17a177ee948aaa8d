// SPDX-License-Identifier: GPL-2.0-only
import { raw } from "@bpf-token/syscall";
import { AT, BpfCmd, Errno, O } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { createKernel } from "../src/index.ts";

describe("a kernel without bpf()", () => {
  test("answers ENOSYS with a reason", () => {
    using kernel = createKernel({ bpfSyscall: false });
    const { init } = kernel;
    expect(raw.bpf(init, BpfCmd.TOKEN_CREATE, null, 0)).toBe(-Errno.ENOSYS);
    expect(init.refusal()?.check).toBe("bpf.configured");
    expect(raw.bpf(init, 99, null, 5000)).toBe(-Errno.ENOSYS);
  });

  test("has no bpffs, no mount point for it, and no sysctl", () => {
    using kernel = createKernel({ bpfSyscall: false });
    const { init } = kernel;
    expect(raw.fsopen(init, "bpf", 0)).toBe(-Errno.ENODEV);
    expect(raw.fsopen(init, "tmpfs", 0)).toBeGreaterThanOrEqual(0);
    const open = (path: string): number => raw.openat(init, AT.FDCWD, path, O.RDONLY, 0);
    expect(open("/sys/fs/bpf")).toBe(-Errno.ENOENT);
    expect(kernel.readSysctl("kernel.unprivileged_bpf_disabled")).toBe(-Errno.ENOENT);
    expect(kernel.writeSysctl(init, "kernel.unprivileged_bpf_disabled", 0)).toBe(-Errno.ENOENT);
  });

  test("is requested with a boolean", () => {
    expect(() => createKernel({ bpfSyscall: 0 as unknown as boolean })).toThrow(TypeError);
    using kernel = createKernel({ bpfSyscall: true });
    expect(raw.fsopen(kernel.init, "bpf", 0)).toBeGreaterThanOrEqual(0);
  });
});
