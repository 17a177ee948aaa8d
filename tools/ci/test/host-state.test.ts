// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { differences, restless } from "../compare-host-state.mjs";
import { processesOf, readHostState, withoutOthers } from "../read-host-state.mjs";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bpf-token-machine-"));
  put("proc/self/mountinfo", mountinfo);
  put("proc/sys/kernel/unprivileged_bpf_disabled", "2\n");
  put("proc/sys/fs/file-nr", "971\t0\t99\n");
  put("sys/fs/cgroup/pids/tasks", "");
  put("sys/fs/bpf/mine/map", "");
});
afterEach(() => rmSync(root, { recursive: true }));

const mountinfo = `20 1 0:18 / / rw - tmpfs tmpfs rw
21 20 0:19 / /sys/fs/cgroup/pids rw,relatime shared:1 - cgroup cgroup rw,pids
22 20 0:20 / /sys/fs/bpf rw - bpf bpf rw,mode=700
`;

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** The reported differences after a change of the fake host. */
function changesAfter(change: () => void): readonly string[] {
  const before = JSON.parse(JSON.stringify(readHostState({ root, run: "7" })));
  change();
  const now = readHostState({ root, run: "7" });
  return differences(before, withoutOthers(now, before, { root, run: "7" }));
}

test("an unchanged host has no differences", () => {
  expect(changesAfter(() => {})).toEqual([]);
  expect(readHostState({ root })["names in BPF file systems"]).toEqual({
    "/sys/fs/bpf/mine": "there",
    "/sys/fs/bpf/mine/map": "there",
  });
});

test("a new mount id is no difference; a second identical mount is", () => {
  const line = "20 1 0:18 / / rw - tmpfs tmpfs rw\n";
  expect(
    changesAfter(() => put("proc/self/mountinfo", mountinfo.replace("22 20", "45 20"))),
  ).toEqual([]);
  expect(changesAfter(() => put("proc/self/mountinfo", mountinfo + line))).toEqual([
    "changed: mounts: / / rw - tmpfs tmpfs rw: 1, now 2",
  ]);
});

test("reports new and removed things by name", () => {
  const lines = changesAfter(() => {
    put("proc/self/mountinfo", mountinfo.replace("/sys/fs/bpf rw -", "/mnt/a\\040b rw -"));
    put("sys/fs/cgroup/pids/left/tasks", "");
  });
  expect(lines).toEqual([
    "new: mounts: / /mnt/a\\040b rw - bpf bpf rw,mode=700",
    "gone: mounts: / /sys/fs/bpf rw - bpf bpf rw,mode=700",
    "gone: names in BPF file systems: /sys/fs/bpf/mine",
    "gone: names in BPF file systems: /sys/fs/bpf/mine/map",
    "new: cgroups: /sys/fs/cgroup/pids/left",
  ]);
});

test("reports both values of a changed sysctl, but ignores counters", () => {
  const lines = changesAfter(() => {
    put("proc/sys/kernel/unprivileged_bpf_disabled", "1\n");
    put("proc/sys/fs/file-nr", "972\t0\t99\n");
  });
  expect(lines).toEqual([
    String.raw`changed: sysctls: kernel/unprivileged_bpf_disabled: "2\n", now "1\n"`,
  ]);
  for (const { name, why } of restless) {
    expect(name.source).toMatch(/^\^/);
    expect(why.length).toBeGreaterThan(10);
  }
});

test("reports a device that other users may no longer open", () => {
  put("dev/null", "");
  chmodSync(join(root, "dev/null"), 0o666);
  const { uid, gid } = statSync(join(root, "dev/null"));
  expect(changesAfter(() => chmodSync(join(root, "dev/null"), 0o644))).toEqual([
    `changed: devices: /dev/null: "${uid}:${gid} 0666", now "${uid}:${gid} 0644"`,
  ]);
});

test("ignores a new cgroup of other users, but not one with a process of the run", () => {
  const alive = (pid: number, run: string): void => {
    put(`proc/${pid}/cmdline`, "sh\0");
    put(`proc/${pid}/environ`, `BPF_TOKEN_CI_RUN=${run}\0`);
    put(`sys/fs/cgroup/pids/of-${pid}/cgroup.procs`, `${pid}\n`);
  };
  put("sys/fs/cgroup/pids/older/cgroup.procs", "");
  const lines = changesAfter(() => {
    alive(100, "7");
    alive(200, "8");
    put("sys/fs/cgroup/pids/older/cgroup.procs", "200\n");
    put("sys/fs/cgroup/pids/both/cgroup.procs", "200\n100\n");
    put("sys/fs/cgroup/pids/ended/cgroup.procs", "300\n");
    put("sys/fs/cgroup/pids/empty/cgroup.procs", "");
  });
  expect(lines).toEqual(
    ["both", "empty", "ended", "of-100"].map((name) => `new: cgroups: /sys/fs/cgroup/pids/${name}`),
  );
});

test("reports the cgroup of a running executor only for its own run", () => {
  const group = (pid: number): void => put(`sys/fs/cgroup/pids/bpf-exec-${pid}/tasks`, "");
  const alive = (pid: number, run: string): void => {
    put(`proc/${pid}/cmdline`, "bpf-exec\0");
    put(`proc/${pid}/environ`, `A=1\0BPF_TOKEN_CI_RUN=${run}\0`);
  };
  expect(
    changesAfter(() => {
      for (const pid of [100, 200, 300]) group(pid);
      alive(100, "7");
      alive(200, "8");
    }),
  ).toEqual([
    "new: cgroups: /sys/fs/cgroup/pids/bpf-exec-100",
    "new: cgroups: /sys/fs/cgroup/pids/bpf-exec-300",
  ]);
});

test("finds the processes of the run, except the caller and its ancestors", () => {
  const add = (pid: number, parent: number, run: string, command = "sleep\x009\0"): void => {
    put(`proc/${pid}/stat`, `${pid} (a b) c) S ${parent} 0 0`);
    put(`proc/${pid}/cmdline`, command);
    put(`proc/${pid}/environ`, `BPF_TOKEN_CI_RUN=${run}\0`);
  };
  add(10, 1, "7");
  add(11, 10, "7");
  add(12, 1, "7");
  add(13, 1, "77");
  add(14, 1, "7", "");
  expect(processesOf("7", { root, but: 11 })).toEqual([{ pid: 12, command: "sleep 9" }]);
});

const tool = fileURLToPath(new URL("../host-state.mjs", import.meta.url));
const machine = (run: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [tool, ...args], {
    encoding: "utf8",
    env: { ...process.env, BPF_TOKEN_CI_RUN: run },
  });

test("on this machine: finds an orphaned process of the run", {
  timeout: 600_000,
}, async ({ skip }) => {
  skip(process.platform !== "linux", "the host state is read from Linux's /proc");
  const file = join(root, "state.json");
  const name = `test-${process.pid}`;
  const child = spawn("setsid", ["-f", "sleep", "600"], {
    env: { ...process.env, BPF_TOKEN_CI_RUN: name },
    stdio: "ignore",
  });
  try {
    expect(machine(name, "record", file).status).toBe(0);
    const { status, stdout } = machine(name, "compare", file);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^left: process \d+: (setsid -f )?sleep 600$/m);
  } finally {
    child.kill();
    for (const { pid } of processesOf(name)) process.kill(pid, "SIGKILL");
  }
  // A killed process exists until the kernel reaps it.
  await vi.waitFor(() => expect(processesOf(name)).toEqual([]), { timeout: 600_000 });
});

test("a wrong argument prints the usage and exits with 2", () => {
  expect(machine("7", "look", "file")).toMatchObject({ status: 2 });
  expect(machine("7", "record").stderr).toContain(
    "usage: npm run tool host-state -- record|compare FILE",
  );
});
