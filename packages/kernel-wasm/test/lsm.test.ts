// SPDX-License-Identifier: GPL-2.0-only
import { bpf, delegateBpffs, type Task, unshare, writeIdMaps } from "@bpf-token/syscall";
import { BpfCmd, Errno } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  createKernel,
  type LsmCall,
  ModuleError,
  ReentryError,
  type WasmKernel,
} from "../src/index.ts";
import { handmade } from "./handmade.ts";

function container(kernel: WasmKernel): { app: Task; bpffs: number; create: () => number } {
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  writeIdMaps(app);
  const { fd } = delegateBpffs(app, kernel.init, { delegate_cmds: "any", delegate_maps: "stack" });
  return { app, bpffs: fd, create: () => bpf(app, "TOKEN_CREATE", { bpffs_fd: fd }) };
}

describe("an LSM callback", () => {
  test("receives the arguments of the hook, and its answer counts", () => {
    using kernel = createKernel();
    const { app, bpffs, create } = container(kernel);
    const calls: LsmCall[] = [];
    kernel.lsm.on("bpf", (call) => void calls.push(call));
    kernel.lsm.on("bpf_token_create", (call) => {
      calls.push(call);
      return "EBUSY";
    });
    expect(create()).toBe(-Errno.EBUSY);
    expect(app.refusal()?.check).toBe("lsm.bpf_token_create");
    const [first, second] = calls;
    expect(first).toMatchObject({ hook: "bpf", pid: app.pid, cmd: BpfCmd.TOKEN_CREATE });
    if (second?.hook !== "bpf_token_create") throw new Error("another hook");
    expect(second.token).toMatchObject({
      allowedCmds: 0xffff_ffff_ffff_ffffn,
      allowedMaps: 1n << 23n,
      allowedProgs: 0n,
    });
    expect(new DataView(second.attr.buffer).getUint32(4, true)).toBe(bpffs);
    kernel.lsm.off("bpf_token_create");
    expect(create()).toBeGreaterThanOrEqual(0);
    expect(calls.length).toBe(3);
  });

  test("is called only if the fixed answer allows", () => {
    using kernel = createKernel();
    const { create } = container(kernel);
    let asked = 0;
    kernel.lsm.on("bpf", () => {
      asked++;
      return 0;
    });
    kernel.lsm.answer("bpf", "EPERM");
    expect(create()).toBe(-Errno.EPERM);
    expect(asked).toBe(0);
    kernel.lsm.answer("bpf", 0);
    expect(create()).toBeGreaterThanOrEqual(0);
    expect(asked).toBe(1);
  });

  test("must not use the kernel, which stays usable", () => {
    using kernel = createKernel();
    const { app, create } = container(kernel);
    const wrong: unknown[] = [];
    const closed: boolean[] = [];
    const uses: (() => unknown)[] = [
      () => app.syscall(39),
      () => app.fork(),
      () => app.close(),
      () => kernel.init.close(),
      () => kernel.close(),
      () => kernel.settle(),
      () => kernel.snapshot(),
      () => kernel.live(),
      () => kernel.lsm.answer("bpf", 0),
      () => kernel.lsm.on("bpf", () => 0),
      () => kernel.lsm.off("bpf"),
    ];
    kernel.lsm.on("bpf", () => {
      closed.push(kernel.closed, app.closed);
      for (const use of uses) {
        try {
          use();
        } catch (error) {
          wrong.push(error);
        }
      }
      return 0;
    });
    expect(create()).toBeGreaterThanOrEqual(0);
    expect(wrong.map((error) => error instanceof ReentryError)).toEqual(uses.map(() => true));
    expect(closed).toEqual([false, false]);
    kernel.lsm.off("bpf");
    expect(create()).toBeGreaterThanOrEqual(0);
  });

  test("that throws makes the call throw without effect, and the kernel stays usable", () => {
    using kernel = createKernel();
    const { create } = container(kernel);
    kernel.settle();
    const before = kernel.live();
    const wrong = new Error("no");
    kernel.lsm.on("bpf_token_create", () => {
      throw wrong;
    });
    expect(create).toThrow(wrong);
    kernel.lsm.off("bpf_token_create");
    kernel.settle();
    expect(kernel.live()).toEqual(before);
    expect(create()).toBeGreaterThanOrEqual(0);
  });

  test("that throws during fork or exit leaves no task running", () => {
    using kernel = createKernel();
    const { app, create } = container(kernel);
    const tasks = kernel.live().tasks;
    const wrong = new Error("no");
    kernel.lsm.on("bpf_token_free", () => {
      throw wrong;
    });
    app.syscall(3, create());
    expect(() => app.fork()).toThrow(wrong);
    expect(kernel.live().tasks).toBe(tasks);
    app.syscall(3, create());
    expect(() => app.exit()).toThrow(wrong);
    expect(app.closed).toBe(true);
    kernel.lsm.off("bpf_token_free");
    app.close();
    expect(kernel.live().tasks).toBe(tasks - 1);
  });

  test("is not part of a snapshot", () => {
    using kernel = createKernel();
    const { create } = container(kernel);
    kernel.lsm.on("bpf", () => "EACCES");
    const with_ = kernel.snapshot();
    kernel.lsm.off("bpf");
    const without = kernel.snapshot();
    kernel.restore(with_);
    expect(create()).toBeGreaterThanOrEqual(0);
    kernel.lsm.on("bpf", () => "EACCES");
    kernel.restore(without);
    expect(create()).toBe(-Errno.EACCES);
  });

  test.each([
    ["bpf", 1, "invalid answer of bpf: 1. Fix: answer 0 or the name of an errno"],
    ["bpf", -1, "invalid answer of bpf: -1. Fix: answer 0 or the name of an errno"],
    [
      "bpf_token_cmd",
      0.5,
      "invalid answer of bpf_token_cmd: 0.5. Fix: answer 0 or the name of an errno",
    ],
    ["bpf", "EPREM", "unknown errno 'EPREM'; did you mean 'EPERM'?"],
  ] as const)("of %s cannot answer %s", (hook, answer, message) => {
    using kernel = createKernel();
    const { create } = container(kernel);
    expect(() => kernel.lsm.answer(hook, answer as 0)).toThrow(message);
    kernel.lsm.on("bpf", () => answer as 0);
    if (hook === "bpf") expect(create).toThrow(message);
  });

  test("requires a known hook, a function, and a module with callback support", () => {
    using kernel = createKernel();
    expect(() => kernel.lsm.on("bpf_tokn_cmd" as "bpf", () => 0)).toThrow("unknown LSM hook");
    expect(() => kernel.lsm.off("bpf_tokn_cmd" as "bpf")).toThrow("unknown LSM hook");
    expect(() => kernel.lsm.on("bpf", "EPERM" as never)).toThrow(TypeError);
    expect(() => kernel.lsm.answer("bpf_token_free", 0)).toThrow("bpf_token_free has no answer");
    const plain = createKernel({ module: handmade() });
    expect(() => plain.lsm.on("bpf", () => 0)).toThrow(ModuleError);
  });
});
