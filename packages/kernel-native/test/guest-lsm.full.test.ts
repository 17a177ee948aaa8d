// SPDX-License-Identifier: MIT
import { bpf, delegateBpffs, NotModelledError, raw, type Task, unshare } from "@bpf-token/syscall";
import { AT, CLONE, Errno, Insn, insn, O, ProgType } from "@bpf-token/uapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GuestKernel, openGuestKernel } from "../src/index.ts";
import { describeGuest } from "./guests.ts";

const map = (task: Task): number =>
  bpf(task, "MAP_CREATE", { map_type: 2, key_size: 4, value_size: 8, max_entries: 1 });

describeGuest("6.12", "the security module of a guest", () => {
  let kernel: GuestKernel;
  beforeAll(() => {
    kernel = openGuestKernel({ guest: "6.12" });
  }, 600_000);
  afterAll(() => kernel.close());

  test("a hook refuses with any errno, then another, and then allows again", () => {
    const task = kernel.init.fork();
    for (const errno of ["EACCES", "EBUSY"] as const) {
      kernel.lsm?.answer("bpf_map_create", errno);
      expect(map(task)).toBe(-Errno[errno]);
    }
    kernel.lsm?.answer("bpf_map_create", 0);
    expect(map(task)).toBeGreaterThanOrEqual(0);
    task.close();
  });

  test("a refusal of all bpf() commands can be removed again", () => {
    const task = kernel.init.fork();
    kernel.lsm?.answer("capable", "EPERM");
    kernel.lsm?.answer("bpf", "EACCES");
    expect([map(task), map(kernel.init)]).toEqual([-Errno.EACCES, -Errno.EACCES]);
    kernel.lsm?.answer("userns_create", "EBUSY");
    expect(raw.unshare(task, CLONE.NEWUSER)).toBe(-Errno.EBUSY);
    for (const hook of ["bpf", "capable", "userns_create"] as const) kernel.lsm?.answer(hook, 0);
    expect(map(task)).toBeGreaterThanOrEqual(0);
    task.close();
  });

  test("a hook that the model does not have can refuse too", () => {
    const task = kernel.init.fork();
    const read = (): number => raw.openat(task, AT.FDCWD, "/proc/self/status", O.RDONLY, 0);
    kernel.lsm?.fault("file_open", "EBUSY");
    const refused = read();
    kernel.lsm?.fault("file_open", 0);
    expect(refused).toBe(-Errno.EBUSY);
    expect(read()).toBeGreaterThanOrEqual(0);
    task.close();
  });

  test("token creation without inodes or files fails (TC-11, TC-12)", () => {
    const app = kernel.init.fork();
    unshare(app, "user", "mnt");
    const { fd } = delegateBpffs(app, kernel.init, { delegate_cmds: "any" });
    const create = (): number => bpf(app, "TOKEN_CREATE", { bpffs_fd: fd });
    const without = (hook: string, errno: "ENOMEM" | "EBUSY"): number => {
      kernel.lsm?.fault(hook, errno);
      const ret = create();
      kernel.lsm?.fault(hook, 0);
      return ret;
    };
    // A failed inode allocation is always ENOSPC; a failed file allocation keeps its errno.
    expect(without("inode_alloc_security", "ENOMEM")).toBe(-Errno.ENOSPC);
    expect(without("inode_alloc_security", "EBUSY")).toBe(-Errno.ENOSPC);
    expect(without("file_alloc_security", "ENOMEM")).toBe(-Errno.ENOMEM);
    expect(without("file_alloc_security", "EBUSY")).toBe(-Errno.EBUSY);
    expect(create()).toBeGreaterThanOrEqual(0);
    app.close();
  });

  test("its file descriptors are not those of a task", () => {
    const before = kernel.openFds(kernel.init);
    kernel.lsm?.answer("bpf_prog_load", "EPERM");
    kernel.lsm?.answer("bpf_prog_load", 0);
    expect(kernel.openFds(kernel.init)).toEqual(before);
  });

  test("unknown hooks, unknown errnos and positive answers are refused", () => {
    const { lsm } = kernel;
    expect(() => lsm?.answer("bpf_tokens" as "bpf", "EPERM")).toThrow(
      "unknown LSM hook 'bpf_tokens'",
    );
    expect(() => lsm?.answer("bpf", "EPERN" as "EPERM")).toThrow("unknown errno 'EPERN'");
    expect(() => lsm?.answer("bpf_token_cmd", 1)).toThrow(NotModelledError);
    expect(() => lsm?.fault("no_such_hook", "EPERM")).toThrow("no function bpf_lsm_no_such_hook");
    const task = kernel.init.fork();
    expect(map(task)).toBeGreaterThanOrEqual(0);
    task.close();
  });
});

describeGuest("uml", "User-mode Linux", () => {
  test("has no security module, because it is built without BPF_LSM", () => {
    const kernel = openGuestKernel({ guest: "uml" });
    expect([kernel.features.lsm, kernel.lsm]).toEqual([false, undefined]);
    const bytes = Uint8Array.of(...insn(Insn.ALU64 | Insn.MOV), ...insn(Insn.JMP | Insn.EXIT));
    const insns = { insns: { bytes, dir: "in" }, insn_cnt: 2, license: "GPL" } as const;
    const ret = bpf(kernel.init, "PROG_LOAD", { prog_type: ProgType.LSM, ...insns });
    kernel.close();
    expect(ret).toBe(-Errno.EINVAL);
  });
});
