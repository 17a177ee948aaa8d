// SPDX-License-Identifier: MIT
// Inputs and answers of the kernel that real containers seldom have.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { describeNative } from "../native.ts";
import { allowed, asked, FakeContainer, hook, hostMounts } from "./container.ts";

describeNative("bpf-token-hook", () => {
  let box: FakeContainer;
  let before: readonly string[] = [];
  beforeEach(async () => {
    before = hostMounts();
    box = await FakeContainer.start();
  });
  afterEach(async () => {
    expect(hostMounts()).toEqual(before);
    await box.remove();
  });

  const refused = (state: object | string, reason: RegExp): void => {
    const { status, stderr } = box.hook(state);
    expect(stderr).toMatch(reason);
    expect([status, box.mounts()]).toEqual([1, []]);
  };

  /** A process in a user namespace with this map of users and groups. */
  async function processWith(map: string): Promise<ChildProcess> {
    const words = ["--user", "--mount", "--propagation", "slave"];
    const other = spawn("unshare", [...words, "sh", "-c", "echo ready; exec sleep 3600"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void other.kill("SIGKILL"));
    await once(other.stdout, "data");
    for (const kind of ["uid_map", "gid_map"]) writeFileSync(`/proc/${other.pid}/${kind}`, map);
    return other;
  }

  test("finds root of the container in any line of its map", async () => {
    const { pid } = await processWith("1 9001 1\n0 7000 1\n");
    chownSync(box.root, 7000, 7000);
    expect(box.hook(box.state({ pid }))).toEqual({ status: 0, stderr: "" });
    const { uid, gid } = statSync(join(box.root, "sys"));
    expect([uid, gid]).toEqual([7000, 7000]);
    expect(readFileSync(`/proc/${pid}/mountinfo`, "utf8")).toMatch(/\/sys\/fs\/bpf .* - bpf /);
  });

  test("refuses a container that has users, but no root", async () => {
    const { pid } = await processWith("1 9001 1\n");
    refused(box.state({ pid }), /has no user id 0/);
  });

  test("mounts at a directory that root of the container cannot read", () => {
    const place = join(box.root, "sys/fs/bpf");
    mkdirSync(place, { recursive: true });
    chownSync(place, 12345, 12345);
    chmodSync(place, 0o711);
    expect(box.hook()).toEqual({ status: 0, stderr: "" });
    expect(box.mounts()).toHaveLength(1);
  });

  test("creates a path of more directories than it may have open files", () => {
    const path = "/a".repeat(200);
    box.writeConfig({ allow: allowed, path });
    const { status, stderr } = spawnSync(
      "prlimit",
      ["--nofile=100", hook, "--config", box.config],
      {
        input: JSON.stringify(box.state()),
        encoding: "utf8",
      },
    );
    expect([status, stderr]).toEqual([0, ""]);
    expect(box.mounts()).toEqual([expect.stringMatching(new RegExp(`^${path} `))]);
  });

  test("reads 256 annotations, and no more", () => {
    const others = (count: number): object =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          `bpf-token/delegate_maps.container.other${i}`,
          "array",
        ]),
      );
    const named = { ...asked, "io.kubernetes.cri.container-name": "probe" };
    const count = 256 - Object.keys(asked).length;
    expect(box.hook(box.state({ annotations: { ...named, ...others(count) } }))).toEqual({
      ...{ status: 0, stderr: "" },
    });
    expect(box.mounts()).toHaveLength(1);
    const { status, stderr } = box.hook(
      box.state({ annotations: { ...named, ...others(count + 1) } }),
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining("more than 256 annotations")]);
  });

  test("ends a message at its longest length, with a line break", () => {
    // Each byte that is not printable takes four: three parts are longer than the line.
    const bad = "\u0001".repeat(511);
    const annotations = { ...asked, [`bpf-token/delegate_maps.container.${bad}`]: "array" };
    const { status, stderr } = box.hook(box.state({ id: bad, annotations }));
    expect([status, stderr.endsWith("\n"), stderr.split("\n").length]).toEqual([1, true, 2]);
    expect(stderr.length).toBeLessThan(2049);
    expect(stderr.length).toBeGreaterThan(2030);
  });

  test("creates the directories of the path, and no others", () => {
    expect(box.hook().status).toBe(0);
    expect(readdirSync(box.root)).toEqual(["sys"]);
    expect(readdirSync(join(box.root, "sys"))).toEqual(["fs"]);
  });

  test.each([
    ["no capabilities", {}],
    ["capabilities that are no list", { capabilities: { bounding: "CAP_BPF" } }],
  ])("refuses a container with %s", (_name, process) => {
    box.writeBundle({ root: { path: "rootfs" }, process });
    refused(box.state(), /has no CAP_BPF/);
  });

  test("ignores the rest of a state without an annotation", () => {
    for (const annotations of [{ other: "x" }, undefined, [1]])
      expect(box.hook(box.state({ annotations, pid: 0, status: "running" }))).toEqual({
        ...{ status: 0, stderr: "" },
      });
  });

  test("accepts all digits in the allow-list", () => {
    box.writeConfig({ allow: { cmds: [0, 19, 28, 37, 46, 5] } });
    const annotations = { "bpf-token/delegate_cmds": "0x21" };
    refused(box.state({ annotations: { "bpf-token/delegate_cmds": "0x2" } }), /does not permit/);
    expect(box.hook(box.state({ annotations }))).toEqual({ status: 0, stderr: "" });
  });

  test("refuses a state with a list that has keys", () => {
    const text = JSON.stringify(box.state());
    refused(`{"x":["a":"b"],${text.slice(1)}`, /it is no JSON/);
  });

  test("prints a part of a long text, and three dots", () => {
    const annotations = { ...asked, [`bpf-token/${"x".repeat(3000)}`]: "1" };
    refused(box.state({ annotations }), /unknown annotation bpf-token\/x{502}\.\.\.\. Fix/);
    const word = { ...asked, "bpf-token/delegate_cmds": "x".repeat(100) };
    refused(box.state({ annotations: word }), /unknown word 'x{63}'/);
  });

  test("says that a place cannot be opened, and does not try to create it", () => {
    symlinkSync("/sys", join(box.root, "sys"));
    refused(box.state(), /the mount point .* cannot be opened \(ELOOP\)/);
  });

  test("names the errno if the state cannot be read", () => {
    const folder = openSync("/", "r");
    const { status, stderr } = spawnSync(hook, ["--config", box.config], {
      stdio: [folder, "ignore", "pipe"],
      encoding: "utf8",
    });
    closeSync(folder);
    expect(stderr).toMatch(/the state of the container .* cannot be read \(EISDIR\)/);
    expect(status).toBe(1);
  });

  // The kernel answers so to a path with "..", while any process of the host renames files or mounts.
  test("opens a path again that the kernel could not follow because of a rename", (context) => {
    if (spawnSync("strace", ["-V"]).status !== 0) return context.skip("there is no strace");
    mkdirSync(join(box.root, "run/bpf"), { recursive: true });
    mkdirSync(join(box.root, "sys"));
    symlinkSync("../run", join(box.root, "sys/fs"));
    const injected = "inject=openat2:error=EAGAIN:when=1..3";
    const words = ["-f", "-o", "/dev/null", "-e", "trace=openat2", "-e", injected];
    const { status, stderr } = spawnSync("strace", [...words, hook, "--config", box.config], {
      input: JSON.stringify(box.state()),
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
    expect(box.mounts()).toEqual([expect.stringMatching(/^\/run\/bpf /)]);
  });

  test.for([
    ["a mask", "error=EPERM:when=2", /refuses delegate_cmds \(EPERM\).*needs CAP_SYS_ADMIN/],
    ["the last mask", "error=EPERM:when=5", /refuses delegate_attachs \(EPERM\)/],
    ["the filesystem", "error=EPERM:when=6", /refuses to create the BPF filesystem \(EPERM\)/],
    ["no wrong mask: it is older", "retval=0:when=1", /delegation needs Linux 6\.9 or newer/],
  ] as const)("says that the kernel refuses %s", ([, injected, reason], context) => {
    if (spawnSync("strace", ["-V"]).status !== 0) return context.skip("there is no strace");
    const words = ["-o", "/dev/null", "-e", "trace=fsconfig", "-e", `inject=fsconfig:${injected}`];
    const { status, stderr } = spawnSync("strace", [...words, hook, "--config", box.config], {
      input: JSON.stringify(box.state()),
      encoding: "utf8",
    });
    expect(stderr).toMatch(reason);
    expect([status, box.mounts()]).toEqual([1, []]);
  });

  describe("as the wrapper of a runtime", () => {
    test.each([
      ["an option", ["--debug"]],
      ["an option with its value", ["--root", "/run/x"]],
      ["a value that is a command", ["--log", "kill"]],
      ["two options", ["--log-format", "json", "--systemd-cgroup"]],
    ])("finds the command after %s", (_name, options) => {
      box.writeConfig({ allow: allowed, runtime: "/bin/true" });
      box.writeBundle({ root: { path: "rootfs" }, annotations: asked });
      const args = ["--hook-config", box.config, ...options, "create", "-b", box.folder, "one"];
      const { status } = spawnSync(hook, args, { argv0: "bpf-token-runtime", cwd: "/" });
      expect(status).toBe(0);
      const text = readFileSync(join(box.folder, "config.json"), "utf8");
      expect(text).toContain("bpf-token-hook");
    });
  });
});
