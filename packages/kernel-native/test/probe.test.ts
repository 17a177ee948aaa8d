// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { findExecutor } from "../src/executor-path.ts";
import { kindOf } from "../src/fds.ts";
import { VERSION } from "../src/generated/protocol.ts";
import { probeNative } from "../src/index.ts";
import { executorObstacle, firstObstacle, type HostEnvironment } from "../src/probe.ts";
import { describeNative } from "./native.ts";

const usableHost: HostEnvironment = {
  platform: "linux",
  arch: "x64",
  release: "6.9.0-rc1",
  uid: 0,
  capabilities: 1n << 21n,
  firstUserNamespace: true,
};

describe("firstObstacle()", () => {
  const cases: readonly (readonly [string, Partial<HostEnvironment>, string | undefined])[] = [
    ["finds none on a usable host", {}, undefined],
    ["finds none on a future release", { release: "10.0" }, undefined],
    [
      "another operating system",
      { platform: "darwin" },
      "it needs Linux 6.9 or newer, and this is darwin",
    ],
    [
      "reports another operating system before all other obstacles",
      { platform: "win32", uid: undefined, release: "10" },
      "it needs Linux 6.9 or newer, and this is win32",
    ],
    ["finds none on arm64", { arch: "arm64" }, undefined],
    [
      "another architecture",
      { arch: "riscv64" },
      "its executor is built for x64 and arm64, and this is riscv64",
    ],
    [
      "an old release, without tokens",
      { release: "6.8.12-generic" },
      "BPF tokens came with Linux 6.9, and this is 6.8.12-generic",
    ],
    [
      "an old release that sorts after 6.9",
      { release: "5.15" },
      "BPF tokens came with Linux 6.9, and this is 5.15",
    ],
    ["an unreadable release", { release: "?" }, "BPF tokens came with Linux 6.9, and this is ?"],
    ["a normal user", { uid: 1000 }, "it needs root"],
    ["an unknown user", { uid: undefined }, "it needs root"],
    [
      "root in a rootless container",
      { firstUserNamespace: false },
      "it needs host root, and this is a user namespace (a rootless container?)",
    ],
    [
      "a process whose properties cannot be read, before what follows from them",
      { unreadable: "/proc/self/status cannot be read: EMFILE", capabilities: 0n, uid: 1 },
      "/proc/self/status cannot be read: EMFILE",
    ],
    [
      "root without CAP_SYS_ADMIN",
      { capabilities: 0x1ff_ffdf_ffffn },
      "it needs CAP_SYS_ADMIN, which this process does not have (a container?)",
    ],
  ];
  for (const [name, change, why] of cases) {
    test(name, () => expect(firstObstacle({ ...usableHost, ...change })).toBe(why));
  }
});

test("executorObstacle() names a hard limit of file descriptors that cannot be raised", () => {
  const few = { ...usableHost, fdLimit: 64 };
  expect(executorObstacle(few)).toMatch(
    /^the hard limit of file descriptors is 64, and it needs 4096\. Fix: /,
  );
  expect(executorObstacle({ ...few, capabilities: (1n << 21n) | (1n << 24n) })).toBeUndefined();
  expect(executorObstacle({ ...usableHost, fdLimit: 4096 })).toBeUndefined();
  expect(executorObstacle({ ...few, uid: 1 })).toBe("it needs root");
});

describe("findExecutor()", () => {
  const before = process.env.BPF_TOKEN_EXECUTOR;
  afterEach(() => {
    if (before === undefined) delete process.env.BPF_TOKEN_EXECUTOR;
    else process.env.BPF_TOKEN_EXECUTOR = before;
  });

  test("prefers the option to the environment, and the environment to the package", () => {
    process.env.BPF_TOKEN_EXECUTOR = "/bin/true";
    expect(findExecutor("/bin/false")).toEqual({ path: "/bin/false" });
    expect(findExecutor()).toEqual({ path: "/bin/true" });
    process.env.BPF_TOKEN_EXECUTOR = "/nowhere";
    expect(findExecutor()).toEqual({ why: "the executor /nowhere cannot be run (ENOENT)" });
    process.env.BPF_TOKEN_EXECUTOR = "";
    const found = findExecutor();
    const text = "path" in found ? found.path : found.why;
    expect(text).toMatch(
      /prebuilds\/linux-(x64|arm64)\/bpf-exec$|^its executor is not built\. Fix: run/,
    );
  });
});

test("probeNative() never throws and returns a reason of one line", () => {
  for (const executor of ["/nowhere", "/bin/false", "/bin/true", "/proc/self/mem"]) {
    const support = probeNative({ executor });
    expect(support).toMatchObject({
      ok: false,
      release: release(),
      tokens: false,
      tokenInfo: false,
    });
    expect(support.why).toMatch(/^[^\n]{10,200}$/);
  }
});

test("kindOf() knows files that the running kernel may not have", () => {
  const file = { link: "", mode: 0o100600, rdev: 0, magic: 0 };
  expect(kindOf({ ...file, link: "anon_inode:bpf_link" })).toBe("link");
  expect(kindOf({ ...file, link: "anon_inode:bpf-prog" })).toBe("prog");
  expect(kindOf({ ...file, link: "anon_inode:[io_uring]" })).toBe("unknown");
  // Only bpffs has tokens; the name of the file does not matter.
  expect(kindOf({ ...file, link: "/bpf-token (deleted)" })).toBe("file");
  expect(kindOf({ ...file, link: "/bpf-token (deleted)", magic: 0xcafe4a11 })).toBe("token");
  expect(kindOf({ ...file, link: "/dev/zero", mode: 0o20666, rdev: 0x105 })).toBe("unknown");
});

describeNative("the probe of the running kernel", () => {
  test("returns ok and the kernel's features", () => {
    const support = probeNative();
    const [major = 0, minor = 0] = release().split(".").map(Number);
    expect(support).toEqual({
      ok: true,
      release: release(),
      tokens: true,
      tokenInfo: major * 1000 + minor >= 6017,
      executor: support.executor,
    });
  });

  test("leaves no mount and no process", () => {
    const mounts = readFileSync("/proc/self/mountinfo", "utf8");
    const executor = probeNative().executor ?? "";
    expect(readFileSync("/proc/self/mountinfo", "utf8")).toBe(mounts);
    const run = spawnSync("setpriv", ["--reuid=12345", "--clear-groups", executor, "probe"]);
    // An unprivileged probe is refused the bpffs, and ends normally.
    expect(run.stdout.toString()).toBe(`protocol ${VERSION}\nuserns 0\nbpffs 1\n`);
  });
});
