// SPDX-License-Identifier: GPL-2.0-only
import { raw } from "@bpf-token/syscall";
import { AT, Errno, type KernelRelease } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { createKernel } from "../src/index.ts";

const O_PATH = 0x200000;
const SET_FD = 5;

// Seen on 6.12.118 and 6.18.44.
test.each<readonly [KernelRelease, number]>([
  ["6.12", -Errno.EBADF],
  ["6.15", -Errno.EINVAL],
  ["6.18", -Errno.EINVAL],
])("Linux %s: fsconfig() and a descriptor of a path alone", (release, answer) => {
  using kernel = createKernel({ release });
  const { init } = kernel;
  const path = raw.openat(init, AT.FDCWD, "/", O_PATH, 0);
  const fs = raw.fsopen(init, "bpf", 0);
  expect(raw.fsconfig(init, fs, SET_FD, "delegate_progs", null, path)).toBe(answer);
});

// Of 6.9 from memory, of the others seen on 6.12.118 and 6.18.44.
test.each<readonly [KernelRelease, number]>([
  ["6.9", 1 << 26],
  ["6.12", 1 << 25],
])("Linux %s: openat2() takes a flag of the kernel's own", (release, flag) => {
  const how = new Uint8Array(24);
  const open = (of: KernelRelease, flags: number): number => {
    using kernel = createKernel({ release: of });
    new DataView(how.buffer).setUint32(0, flags, true);
    return raw.openat2(kernel.init, AT.FDCWD, "/", how, how.length);
  };
  expect(open(release, flag)).toBeGreaterThan(0);
  expect(open("6.18", flag)).toBe(-Errno.EINVAL);
  expect(open(release, 1 << 27)).toBe(-Errno.EINVAL);
});
