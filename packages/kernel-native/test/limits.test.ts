// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { raw } from "@bpf-token/syscall";
import { Errno, RLIMIT } from "@bpf-token/uapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleFixture, executor } from "./bundle.ts";
import { describeNative, useKernels } from "./native.ts";

describeNative("limits that somebody else has set", () => {
  const open = useKernels();
  let folder = "";
  let script = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "kernel-native-"));
    script = await bundleFixture(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("a hard limit of file descriptors that cannot be raised is reported at start", () => {
    const less = ["--bounding-set=-sys_resource", "prlimit", "--nofile=256:256"];
    const run = spawnSync("setpriv", [...less, process.execPath, script, "end"], {
      encoding: "utf8",
      input: "",
      env: { ...process.env, BPF_TOKEN_EXECUTOR: executor() },
    });
    expect(run.stderr).toContain(
      "NativeUnavailableError: the native backend cannot run here: the hard limit of file " +
        "descriptors is 256, and it needs 4096. Fix: raise it ",
    );
    expect([run.status, run.stdout]).toEqual([1, ""]);
  });

  test("a task without a free file descriptor gets EMFILE, and everything else works", () => {
    const task = open().init.fork();
    const limit = new Uint8Array(new BigUint64Array([3n, 4096n]).buffer);
    expect(raw.prlimit64(task, 0, RLIMIT.NOFILE, limit, null)).toBe(0);
    expect(raw.dup(task, 0)).toBe(-Errno.EMFILE);
    expect(
      task.kernel.batch([
        { task, nr: 32, args: [0] },
        { task, nr: 39 },
      ]),
    ).toEqual([-Errno.EMFILE, task.pid]);
    const child = task.fork();
    expect(raw.getpid(child)).toBe(child.pid);
    expect(task.sendFd(0, child)).toBe(-Errno.EMFILE);
  });
});
