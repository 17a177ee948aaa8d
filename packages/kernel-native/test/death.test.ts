// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { KernelLostError, OwnedFd, raw, type Task, UseAfterCloseError } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Connection } from "../src/connection.ts";
import { findExecutor } from "../src/executor-path.ts";
import { NativeUnavailableError, openNativeKernel } from "../src/index.ts";
import { bundleFixture } from "./bundle.ts";
import { alive, describeNative, tree, useKernels, whenDead } from "./native.ts";

/** A pipe. A read from its empty end blocks until the task is killed. */
function makePipe(task: Task): readonly [number, number] {
  const fds = new Int32Array(2);
  expect(raw.pipe2(task, new Uint8Array(fds.buffer), 0)).toBe(0);
  return [fds[0] ?? -1, fds[1] ?? -1];
}

function hang(task: Task): number {
  const [read] = makePipe(task);
  return raw.read(task, read, new Uint8Array(1), 1);
}

/** Directories of the executor's cgroups in all hierarchies of the host. */
function cgroupsOf(executor: number): readonly string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => / - cgroup2? /.test(line))
    .flatMap((line) => {
      const point = line.split(" ")[4] ?? "";
      const all = readdirSync(point, { recursive: true, withFileTypes: true });
      return all.filter((e) => e.isDirectory() && e.name === `bpf-exec-${executor}`);
    })
    .map((entry) => `${entry.parentPath}/${entry.name}`);
}

describeNative("ends of tasks, executors and of Node", () => {
  const open = useKernels();
  let folder = "";
  let script = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "kernel-native-"));
    script = await bundleFixture(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("a task that exceeds its deadline is killed; other tasks continue", () => {
    const kernel = open({ deadlineMs: 2000 });
    const task = kernel.init.fork();
    const child = task.fork();
    const fd = OwnedFd.adopt(task, raw.dup(task, 0), "null", { syscall: "dup" });
    expect(() => hang(task)).toThrow(KernelLostError);
    const lost = `kernel lost: task ${task.pid} did not answer 'read' within 2000 ms and was killed`;
    expect(() => raw.getpid(task)).toThrow(lost);
    expect(task.closed).toBe(true);
    fd.close();
    expect(raw.getpid(child)).toBe(child.pid);
    expect(raw.getpid(kernel.init)).toBe(kernel.init.pid);
    expect(kernel.init.wait(task)).toBe(128 + 9);
    task.close();
    expect(() => hang(kernel.init)).toThrow(KernelLostError);
    expect(raw.getpid(child)).toBe(child.pid);
    expect(kernel.lost).toBeUndefined();
  });

  test("a task whose process dies during or between calls is lost", () => {
    const kernel = open();
    const tasks = [kernel.init.fork(), kernel.init.fork()] as const;
    const before = tree(kernel.executorPid);
    const [first, second] = before.slice(-2);
    process.kill(first?.pid ?? 0, "SIGKILL");
    process.kill(second?.pid ?? 0, "SIGSEGV");
    for (const task of tasks) {
      expect(() => raw.getpid(task)).toThrow(
        /^kernel lost: (the process of task \d+ died during 'getpid'|the process of task \d+ is gone)$/,
      );
      expect(() => task.sendFd(0, kernel.init)).toThrow(KernelLostError);
      expect(() => kernel.init.sendFd(0, task)).toThrow(KernelLostError);
    }
    expect(kernel.init.wait(tasks[0])).toBe(128 + 9);
    expect(kernel.init.wait(tasks[1])).toBe(128 + 11);
  });

  test("the slots of tasks whose process died are free again", async () => {
    const kernel = open();
    for (let i = 0; i < 63; i++) kernel.init.fork();
    const killed = tree(kernel.executorPid).slice(3);
    for (const { pid } of killed) process.kill(pid, "SIGKILL");
    await whenDead(killed);
    // They are zombies until their parent ends, and the limit of processes counts zombies.
    const tasks = Array.from({ length: 60 }, () => kernel.init.fork());
    expect(tasks.map((task) => raw.getpid(task))).toEqual(tasks.map((task) => task.pid));
    expect(() => Array.from({ length: 4 }, () => kernel.init.fork())).toThrow(
      /EAGAIN|at most 64 tasks/,
    );
  });

  test("memory is limited, and only the task that exceeds the limit is killed", () => {
    const kernel = open();
    expect(kernel.limits).toEqual({ memory: true, pids: true });
    const task = kernel.init.fork();
    const fd = raw.memfd_create(task, "big", 0);
    const chunk = new Uint8Array(16 << 20);
    const fill = (): void => {
      for (let i = 0; i < 64; i++) if (raw.write(task, fd, chunk, chunk.length) < 0) return;
      throw new Error("1 GiB was written");
    };
    try {
      fill();
    } catch (error) {
      expect(error).toBeInstanceOf(KernelLostError);
    }
    expect(raw.getpid(kernel.init)).toBe(kernel.init.pid);
  });

  test("close() ends all processes, waits for them and removes the cgroup", () => {
    const kernel = open();
    const task = kernel.init.fork().fork();
    raw.unshare(task, 0x10000000 | 0x20000);
    const all = tree(kernel.executorPid);
    const groups = cgroupsOf(kernel.executorPid);
    expect(all).toHaveLength(5);
    expect(groups.length).toBeGreaterThan(0);
    kernel.close();
    expect(alive(all)).toEqual([]);
    expect(cgroupsOf(kernel.executorPid)).toEqual([]);
  });

  test("if Node starts the executor, the named pipes are removed once it runs", async () => {
    const found = findExecutor();
    if (!("path" in found)) throw new Error(found.why);
    const before = process.env.TMPDIR;
    process.env.TMPDIR = folder;
    try {
      const connection = new Connection(found.path, [], undefined, "node");
      expect(readdirSync(folder)).toEqual(["open-kernel.mjs"]);
      const all = tree(connection.executorPid);
      expect(all.length).toBeGreaterThan(2);
      connection.close();
      await whenDead(all);
      expect(cgroupsOf(connection.executorPid)).toEqual([]);
      process.env.TMPDIR = join(folder, "nowhere");
      expect(() => new Connection(found.path, [], undefined, "node")).toThrow(/ENOENT/);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });

  test("the end of the dispatcher ends the kernel, with a reason", async () => {
    const kernel = open();
    const task = kernel.init.fork();
    const all = tree(kernel.executorPid);
    const dispatcher = all[1]?.pid ?? 0;
    process.kill(dispatcher, "SIGKILL");
    expect(() => raw.getpid(task)).toThrow(
      "kernel lost: the executor's dispatcher was ended by signal 9",
    );
    expect(alive(all)).toEqual([]);
    expect(cgroupsOf(kernel.executorPid)).toEqual([]);
    expect(kernel.lost).toBe("the executor's dispatcher was ended by signal 9");
    expect(() => kernel.init.fork()).toThrow(KernelLostError);
    expect(() => kernel.settle()).toThrow(KernelLostError);
    expect(task.closed).toBe(true);
    task.close();
    kernel.close();
    expect(() => raw.getpid(task)).toThrow(UseAfterCloseError);
    await whenDead(all);
  });

  test("the end of the executor, during a call or between calls, leaves no process", async () => {
    for (const middle of [false, true]) {
      const kernel = open();
      const task = kernel.init.fork();
      const all = tree(kernel.executorPid);
      const command = `sleep ${middle ? 0.2 : 0}; kill -9 ${kernel.executorPid}`;
      if (middle) spawn("sh", ["-c", command], { stdio: "ignore" });
      else spawnSync("sh", ["-c", command]);
      // The signal takes effect asynchronously: until then the dispatcher answers.
      if (!middle) await whenDead(all.slice(0, 1));
      expect(() => (middle ? hang(task) : raw.getpid(task))).toThrow(
        "kernel lost: the executor was killed",
      );
      await whenDead(all);
      // The executor was killed, so its cgroup is left. A later executor removes it.
      for (const group of cgroupsOf(kernel.executorPid)) spawnSync("rmdir", [group]);
    }
  });

  test("a call after the end of the executor throws the same error", async () => {
    const kernel = open();
    const all = tree(kernel.executorPid);
    process.kill(kernel.executorPid, "SIGKILL");
    await whenDead(all);
    expect(() => kernel.init.fork()).toThrow(KernelLostError);
    for (const group of cgroupsOf(kernel.executorPid)) spawnSync("rmdir", [group]);
  });

  test("if Node is killed during a call, no process is left", async () => {
    const [node, executor] = await startNode(script, "hang");
    const all = tree(executor);
    expect(all).toHaveLength(4);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const groups = cgroupsOf(executor);
    expect(groups.length).toBeGreaterThan(0);
    node.kill("SIGKILL");
    await whenDead(all);
    await expect.poll(() => cgroupsOf(executor), { timeout: 600_000 }).toEqual([]);
  });

  test("if Node ends without close(), normally or by an error, no process is left", async () => {
    for (const how of ["end", "throw"]) {
      const [node, executor] = await startNode(script, how);
      const all = tree(executor);
      node.stdin?.end("go\n");
      await once(node, "exit");
      expect(node.exitCode).toBe(how === "end" ? 0 : 1);
      await whenDead(all);
      await expect.poll(() => cgroupsOf(executor), { timeout: 600_000 }).toEqual([]);
    }
  });

  test("invalid requests end only the executor", async () => {
    const found = findExecutor();
    if (!("path" in found)) throw new Error(found.why);
    for (const junk of [
      Buffer.alloc(24, 0xff),
      Buffer.from("junk that is no request"),
      Buffer.alloc(0),
    ]) {
      const run = spawnSync(found.path, { input: junk, timeout: 600_000 });
      expect(run.signal).toBeNull();
      expect(run.stdout.toString("latin1", 32, 36)).toBe("BPFE");
    }
  });

  test("a program that is not an executor is refused with a reason", () => {
    for (const [executor, why] of [
      ["/bin/true", "it ended at once"],
      ["/bin/false", "it ended at once"],
      ["/nowhere", "the executor /nowhere cannot be run (ENOENT)"],
      [fileURLToPath(import.meta.url), "cannot be run (EACCES)"],
    ] as const) {
      expect(() => openNativeKernel({ executor })).toThrow(NativeUnavailableError);
      expect(() => openNativeKernel({ executor })).toThrow(why);
    }
    for (const deadlineMs of [0, -1, 0.5, Number.NaN, 1e12]) {
      expect(() => openNativeKernel({ deadlineMs })).toThrow(RangeError);
    }
  });

  test("closed kernels leave no processes", () => {
    const count = (): number => readdirSync("/proc/self/fd").length;
    open().close();
    const before = count();
    for (let i = 0; i < 5; i++) {
      const kernel = open();
      expect(raw.close(kernel.init.fork(), 99)).toBe(-Errno.EBADF);
      kernel.close();
    }
    expect(count()).toBe(before);
  });
});

/** Reads the first line: the executor's process id. */
async function startNode(script: string, how: string): Promise<[ChildProcess, number]> {
  const found = findExecutor();
  const env = { ...process.env, BPF_TOKEN_EXECUTOR: "path" in found ? found.path : "" };
  const node = spawn(process.execPath, [script, how], { env, stdio: ["pipe", "pipe", "ignore"] });
  const [line] = await once(createInterface(node.stdout as Readable), "line");
  return [node, Number(line)];
}
