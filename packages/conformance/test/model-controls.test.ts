// SPDX-License-Identifier: MIT
import { createKernel, type FaultKind, type WasmKernel } from "@bpf-token/kernel-wasm";
import { bpf, delegateBpffs, type Task, unshare, writeIdMaps } from "@bpf-token/syscall";
import { defaultRelease, Errno, type ErrnoName } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";

/** A kernel with a container that has a bpffs with delegate options open. */
function container(release = defaultRelease): { kernel: WasmKernel; app: Task; bpffs: number } {
  const kernel = createKernel({ release });
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  writeIdMaps(app);
  const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "any", delegate_maps: "any" });
  return { kernel, app, bpffs: bpffs.fd };
}

const create = (app: Task, bpffs: number): number => bpf(app, "TOKEN_CREATE", { bpffs_fd: bpffs });

// From 6.19 on such a call can leave an inode: rule TP-22 has its own proof.
describe("TC-11 to TC-13, TC-15: TOKEN_CREATE of 6.18 without resources", () => {
  const faults: [FaultKind, number, ErrnoName][] = [
    ["inode", 1, "ENOSPC"],
    ["file", 1, "ENFILE"],
    ["fd", 1, "EMFILE"],
  ];
  test.each(faults)("no %s: the %d-th fails with %s, and leaks nothing", (kind, n, errno) => {
    const { kernel, app, bpffs } = container("6.18");
    kernel.settle();
    const before = kernel.live();
    kernel.failNth(kind, n);
    expect(create(app, bpffs)).toBe(-Errno[errno]);
    kernel.settle();
    expect(kernel.live()).toEqual(before);
    expect(create(app, bpffs)).toBeGreaterThanOrEqual(0);
    kernel.close();
  });

  test("every failed allocation returns an errno and leaks nothing", () => {
    const { kernel, app, bpffs } = container("6.18");
    kernel.settle();
    const before = kernel.live();
    const answers: number[] = [];
    for (let n = 1; n < 50; n++) {
      kernel.failNth("alloc", n);
      const ret = create(app, bpffs);
      kernel.failNth("alloc", 0);
      if (ret >= 0) break;
      answers.push(ret);
      kernel.settle();
      expect(kernel.live(), `after allocation ${n} failed`).toEqual(before);
    }
    expect(answers.length).toBeGreaterThan(1);
    expect(answers.length).toBeLessThan(49);
    const known: readonly number[] = [-Errno.ENOMEM, -Errno.ENFILE, -Errno.ENOSPC];
    expect(answers.filter((ret) => !known.includes(ret))).toEqual([]);
    kernel.close();
  });
});

describe("TC-06, TC-14: the security module", () => {
  test.each(["inode_permission", "bpf_token_create"] as const)(
    "%s refuses with its own errno, and nothing leaks",
    (hook) => {
      const { kernel, app, bpffs } = container();
      kernel.settle();
      const before = kernel.live();
      kernel.lsm.answer(hook, "EBUSY");
      expect(create(app, bpffs)).toBe(-Errno.EBUSY);
      expect(app.refusal()?.check).toBe(`lsm.${hook}`);
      kernel.settle();
      expect(kernel.live()).toEqual(before);
      kernel.lsm.answer(hook, 0);
      expect(create(app, bpffs)).toBeGreaterThanOrEqual(0);
      kernel.close();
    },
  );

  test.each([
    ["6.18", "EACCES"],
    [defaultRelease, "EMFILE"],
  ] as const)(
    "of %s: ENOENT first; without a free file descriptor the answer is %s",
    (release, errno) => {
      const { kernel, app, bpffs } = container(release);
      kernel.lsm.answer("bpf_token_create", "EACCES");
      const nothing = delegateBpffs(app, kernel.init, {});
      expect(create(app, nothing.fd)).toBe(-Errno.ENOENT);
      kernel.failNth("fd", 1);
      expect(create(app, bpffs)).toBe(-Errno[errno]);
      kernel.close();
    },
  );
});

describe("TP-16: a token is never opened again", () => {
  test("the model refuses with a reason", () => {
    const { kernel, app, bpffs } = container();
    const token = create(app, bpffs);
    const path = `/proc/self/fd/${token}`;
    expect(app.syscall(257, -100, path, 0, 0)).toBe(-Errno.ENXIO);
    expect(app.refusal()?.sentence).toMatch(/token/);
    kernel.close();
  });
});
