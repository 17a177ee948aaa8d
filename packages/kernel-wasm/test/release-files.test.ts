// SPDX-License-Identifier: GPL-2.0-only
import { raw } from "@bpf-token/syscall";
import { AT, Errno, type KernelRelease } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { createKernel } from "../src/index.ts";

const O_PATH = 0x200000;
const SET_FD = 5;

// Observed on Linux 6.12.118 and 6.18.44.
test.each<readonly [KernelRelease, number]>([
  ["6.12", -Errno.EBADF],
  ["6.15", -Errno.EINVAL],
  ["6.18", -Errno.EINVAL],
])("Linux %s: fsconfig() with an O_PATH file descriptor", (release, answer) => {
  using kernel = createKernel({ release });
  const { init } = kernel;
  const path = raw.openat(init, AT.FDCWD, "/", O_PATH, 0);
  const fs = raw.fsopen(init, "bpf", 0);
  expect(raw.fsconfig(init, fs, SET_FD, "delegate_progs", null, path)).toBe(answer);
});
