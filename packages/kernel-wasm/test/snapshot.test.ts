// SPDX-License-Identifier: GPL-2.0-only
import { createToken, fdinfo, raw, UseAfterCloseError } from "@bpf-token/syscall";
import { describe, expect, test } from "vitest";
import { createKernel, type Snapshot, SnapshotError, type WasmKernel } from "../src/index.ts";
import { delegated } from "./container.ts";

/** The whole state of a kernel that is visible from outside. */
function picture(kernel: WasmKernel, tasks = [kernel.init]): unknown {
  return { live: kernel.live(), fds: tasks.map((task) => kernel.openFds(task)) };
}

describe("a snapshot", () => {
  test("restores everything, any number of times", () => {
    using kernel = createKernel();
    const { task, bpffs } = delegated(kernel);
    const before = picture(kernel, [kernel.init, task]);
    const snapshot = kernel.snapshot();
    const infos = [1, 2, 3].map(() => {
      const token = createToken(task, bpffs);
      const info = fdinfo(task, token);
      raw.dup(kernel.init, 0);
      expect(picture(kernel, [kernel.init, task])).not.toEqual(before);
      kernel.restore(snapshot);
      expect(picture(kernel, [kernel.init, task])).toEqual(before);
      return info;
    });
    expect(new Set(infos).size).toBe(1);
    expect(snapshot.size).toBeLessThanOrEqual(256 * 1024);
  });

  test("of a restored kernel equals the first snapshot", () => {
    using kernel = createKernel();
    delegated(kernel);
    const first = kernel.snapshot();
    delegated(kernel).bpffs.close();
    kernel.restore(first);
    const second = kernel.snapshot();
    expect(Object.values(second as object)[1]).toEqual(Object.values(first as object)[1]);
  });

  test("closes tasks that did not exist and revives those that did", () => {
    using kernel = createKernel();
    const old = kernel.init.fork();
    const snapshot = kernel.snapshot();
    const young = kernel.init.fork();
    old.exit(3);
    expect(kernel.init.wait(old)).toBe(3);
    kernel.restore(snapshot);
    expect([old.closed, young.closed]).toEqual([false, true]);
    expect(raw.getpid(old)).toBe(old.pid);
    expect(() => raw.getpid(young)).toThrow(UseAfterCloseError);
    young.close();
    const again = kernel.init.fork();
    expect(again.pid).toBe(young.pid);
    expect(young.closed).toBe(true);
  });

  test("restores the reason of the last refusal", () => {
    using kernel = createKernel();
    const task = kernel.init.fork();
    expect(raw.close(task, 77)).toBe(-9);
    const reason = task.refusal();
    expect(reason?.errno).toBe("EBADF");
    const snapshot = kernel.snapshot();
    expect(raw.getpid(task)).toBe(task.pid);
    expect(task.refusal()).toBeUndefined();
    kernel.restore(snapshot);
    expect(task.refusal()).toEqual(reason);
  });

  test("can be restored after the memory has grown", () => {
    using kernel = createKernel();
    const snapshot = kernel.snapshot();
    const before = picture(kernel);
    const tasks = Array.from({ length: 40 }, () => kernel.init.fork());
    for (const task of tasks) for (let i = 0; i < 50; i++) raw.dup(task, 0);
    kernel.restore(snapshot);
    expect(picture(kernel)).toEqual(before);
    expect(kernel.snapshot().size).toBe(snapshot.size);
  });

  test("is refused by another kernel, as is any other value", () => {
    using kernel = createKernel();
    using other = createKernel();
    expect(() => other.restore(kernel.snapshot())).toThrow(SnapshotError);
    expect(() => other.restore(kernel.snapshot())).toThrow(
      "the snapshot belongs to another kernel",
    );
    expect(() => kernel.restore({ size: 8 } as Snapshot)).toThrow("the value is not a snapshot");
    expect(raw.getpid(kernel.init)).toBe(1);
  });
});
