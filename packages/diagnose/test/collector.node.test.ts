// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { attrLayout, type BpfCmdName, newestRelease } from "@bpf-token/uapi";
import { beforeAll, describe, expect, type TestContext, test } from "vitest";
import { type Facts, parseFacts, redact } from "../src/index.ts";
import { collectFacts } from "../src/node/index.ts";
import { fill, machine, status } from "./machine.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const program = path(`../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-collect`);

beforeAll(() => {
  if (!existsSync(program))
    spawnSync(process.execPath, [
      path("../../../tools/build/native/build.mjs"),
      "--quiet",
      "collector",
      process.arch,
    ]);
});

/** Runs the C program. */
function collect(context: TestContext, args: readonly string[]) {
  if (!existsSync(program)) return context.skip("bpf-token-collect is not built: no C compiler");
  const { status: code, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return { code, stdout, stderr };
}

describe("bpf-token-collect", () => {
  test("prints the facts of this process as the TypeScript collector reads them", (context) => {
    for (const args of [["--full"], []]) {
      const { code, stdout } = collect(context, [...args, String(process.pid)]);
      expect(code).toBe(0);
      const facts = collectFacts(process.pid);
      expect(parseFacts(stdout)).toEqual(args.length > 0 ? facts : redact(facts));
    }
  });

  const odd: readonly [string, Readonly<Record<string, string>>][] = [
    ["a container", {}],
    [
      "a path with a space, and a part of a filesystem",
      {
        mountinfo:
          "67 47 0:41 /a\\040b /mnt/x\\040y rw shared:1 - bpf none rw,delegate_cmds=any,delegate_maps=0x2",
      },
    ],
    [
      "a filesystem that another one hides",
      {
        mountinfo:
          "1 2 0:1 / /bpf rw - bpf bpf rw\n2 2 0:2 / /bpf rw - tmpfs t rw\n3 2 0:3 / /sys/fs/bpf rw - bpf bpf rw",
      },
    ],
    ["lines that are cut", { mountinfo: "1 2 0:1\n\n1 2 0:1 / \n1 2 0:1 / /bpf rw - bpf" }],
    ["bytes that are not UTF-8 text", { status: status.replace("agent", 'a"\\\u0001\u00e4b') }],
    [
      "invalid numbers",
      { status: status.replace("1001", "x").replace("Seccomp:\t2", "Seccomp:\t") },
    ],
    ["a Docker container", { cgroup: `0::/system.slice/docker-${"ab".repeat(32)}.scope\n` }],
    [
      "a Kubernetes container",
      { cgroup: `0::/kubepods.slice/pod1/cri-containerd-${"cd".repeat(32)}.scope\n` },
    ],
    [
      "a Podman container",
      { cgroup: `0::/user.slice/libpod-${"ef".repeat(32)}.scope/container\n` },
    ],
    ["an LXC container", { cgroup: "12:pids:/x\n0::/lxc.payload.web/init.scope\n" }],
    ["no container", { cgroup: "0::/\n" }],
    ["a cgroup with too few digits", { cgroup: `0::/docker/${"a".repeat(11)}\n` }],
    ["a cgroup with too many digits", { cgroup: `0::/docker/${"a".repeat(65)}\n` }],
    ["a unit without a name", { cgroup: "0::/system.slice/.service\n" }],
    [
      "a source that looks like an option",
      {
        mountinfo:
          "1 2 0:1 / /b rw - bpf x,delegate_maps=any rw,delegate_cmds=any\n1 2 0:2 / /c rw - bpf x,delegate_maps=any",
      },
    ],
    [
      "options that delegate nothing",
      { mountinfo: "1 2 0:1 / /b rw - bpf b rw,other_option=1,delegate_cmds=any,delegate_x=1" },
    ],
  ];
  test.each(odd)("reads the same as the TypeScript collector: %s", (what, files) => {
    const here = machine();
    fill(`${here.proc}/4711`, files);
    const from = ["--proc", here.proc, "--sys", here.sys];
    if (!existsSync(program)) return;
    const { status: code, stdout } = spawnSync(program, ["--full", ...from, "4711"], {
      encoding: "utf8",
    });
    expect([what, code]).toEqual([what, 0]);
    const release = (JSON.parse(stdout) as Facts).release;
    expect(parseFacts(stdout)).toEqual(collectFacts(4711, { ...here, release }));
  });

  test("prints no character that a terminal could execute, or that changes the direction of text", (context) => {
    const here = machine();
    const names =
      "\u0007 \u007f \u0080 \u009b2J \u00ad \u200f \u202e \u2028 \u2066 \ufeff \u00a0\u{1f600}";
    fill(`${here.proc}/4711`, {
      status: status.replace("agent", names),
      mountinfo: `1 2 0:1 / /\u009b2J\u202e rw - bpf b rw\n`,
    });
    const { stdout } = collect(context, ["--proc", here.proc, "--sys", here.sys, "--full", "4711"]);
    expect(stdout.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu)).toEqual(["\n"]);
    const { program: name, bpffs } = JSON.parse(stdout) as Facts;
    expect([name, bpffs[0]?.path]).toEqual([names, "/\u009b2J\u202e"]);
  });

  test("names what it could not read, and a process that is gone", (context) => {
    const here = machine();
    const gone = collect(context, ["--proc", here.proc, "4712"]);
    expect([gone.code, gone.stdout]).toEqual([3, ""]);
    expect(gone.stderr).toBe("bpf-token-collect: there is no process 4712, or it has exited\n");
    const bare = collect(context, ["--proc", here.proc, "--sys", "/nowhere", "4711"]);
    const { unknown } = parseFacts(bare.stdout);
    expect(unknown.map(({ fact }) => fact)).toEqual(["lsms", "lockdown"]);
    expect(unknown[0]?.why).toBe("/nowhere/kernel/security/lsm: ENOENT");
  });

  const bpffs = (count: number): string =>
    Array.from({ length: count }, (_, i) => `${i} 2 0:${i} / /mnt/${i} rw - bpf bpf rw\n`).join("");

  const tmpfs = (count: number): string =>
    Array.from({ length: count }, (_, i) => `${i} 2 1:${i} / /tmp/${i} rw - tmpfs t rw\n`).join("");

  test("finds a BPF filesystem after megabytes of other mounts, and of groups", (context) => {
    const { proc, sys } = machine();
    const mountinfo = `${tmpfs(40_000)}${bpffs(1)}`;
    const groups = `Name:\tagent\nGroups:\t${"4294967295 ".repeat(2000)}\n`;
    fill(`${proc}/4711`, { mountinfo, status: status.replace("Name:\tagent\n", groups) });
    fill(`${proc}/1`, { mountinfo });
    const { code, stdout } = collect(context, ["--full", "--proc", proc, "--sys", sys, "4711"]);
    const facts = parseFacts(stdout);
    expect([code, facts.unknown]).toEqual([0, []]);
    expect(facts.bpffs).toMatchObject([{ path: "/mnt/0", onHost: true }]);
    expect(facts.capabilities.effective).toBe("0000008000000000");
  });

  test.each([
    ["a type", `9 2 0:9 / /${"x".repeat(70_000)} rw - bpf bpf rw\n`, 1],
    ["options", `9 2 0:9 / /x rw - bpf ${"x".repeat(70_000)} rw\n`, 1],
    ["another type", `9 2 0:9 / /x rw - tmpfs ${"x".repeat(70_000)} rw\n`, 0],
  ])("names a mount whose line ends too late for %s", (_, line, unknown) => {
    if (!existsSync(program)) return;
    const { proc, sys } = machine();
    fill(`${proc}/4711`, { mountinfo: `${line}${bpffs(1)}` });
    const run = spawnSync(program, ["--proc", proc, "--sys", sys, "4711"], { encoding: "utf8" });
    const facts = parseFacts(run.stdout);
    expect(facts.bpffs.map(({ device }) => device)).toEqual(["0:0"]);
    const cut = {
      fact: "BPF filesystems with long lines in mountinfo",
      why: "bpf-token-collect reads lines below 64 KiB; bpf-token doctor --bundle reads all",
    };
    expect(facts.unknown).toEqual(unknown === 0 ? [] : [cut]);
  });

  test("forgets many filesystems that others hide", (context) => {
    const { proc, sys } = machine();
    const hidden = Array.from({ length: 600 }, (_, i) => `${i} 2 0:${i} / /b rw - bpf b rw\n`);
    fill(`${proc}/4711`, { mountinfo: `${hidden.join("")}${bpffs(255)}` });
    const { stdout } = collect(context, ["--proc", proc, "--sys", sys, "4711"]);
    const facts = parseFacts(stdout);
    expect([facts.bpffs.length, facts.bpffs[0]?.device, facts.unknown]).toEqual([256, "0:599", []]);
  });

  test("continues without an optional file that is too large, and names it", (context) => {
    const { proc } = machine();
    fill(`${proc}/4711`, { cgroup: `0::/${"x".repeat(20_000)}\n` });
    const { code, stdout } = collect(context, ["--proc", proc, "4711"]);
    const { manager, unknown } = parseFacts(stdout);
    expect([code, manager]).toEqual([0, undefined]);
    expect(unknown).toContainEqual({
      fact: "cgroup",
      why: `${proc}/4711/cgroup has 16 KiB or more, and bpf-token-collect reads less; bpf-token doctor --bundle reads all`,
    });
  });

  test.each([
    [256, 256, []],
    [257, 256, ["BPF filesystems after the first 256"]],
  ])("of %i BPF filesystems lists %i, and reports the others", (count, listed, facts) => {
    if (!existsSync(program)) return;
    const { proc, sys } = machine();
    fill(`${proc}/4711`, { mountinfo: bpffs(count) });
    const run = spawnSync(program, ["--proc", proc, "--sys", sys, "4711"], { encoding: "utf8" });
    const { bpffs: found, unknown } = parseFacts(run.stdout);
    expect([found.length, unknown.map(({ fact }) => fact)]).toEqual([listed, facts]);
    expect(found.at(-1)).toMatchObject({ device: "0:255", onHost: false });
  });

  test.each([
    ["1", 300, "there are more than 256 BPF filesystems"],
    ["self", 257, "there are more than 256 BPF filesystems"],
    ["self", 256, "there are more than 256 BPF filesystems"],
    ["1", 40_000, "there are more than 256 BPF filesystems"],
  ])("claims nothing about the host if process %s has %i BPF filesystems", (pid, count, why) => {
    if (!existsSync(program)) return;
    const { proc, sys } = machine();
    fill(`${proc}/${pid}`, { mountinfo: bpffs(count) });
    const run = spawnSync(program, ["--proc", proc, "--sys", sys, "4711"], { encoding: "utf8" });
    const { bpffs: found, unknown } = parseFacts(run.stdout);
    expect(found[0]).not.toHaveProperty("onHost");
    expect(unknown).toEqual([{ fact: "mounts of the host", why }]);
  });

  test("claims nothing about the host if a line of its mounts is too long", (context) => {
    const { proc, sys } = machine();
    fill(`${proc}/1`, { mountinfo: `9 2 0:9 / /${"x".repeat(70_000)} rw - bpf bpf rw\n` });
    const { stdout } = collect(context, ["--proc", proc, "--sys", sys, "4711"]);
    const { bpffs: found, unknown } = parseFacts(stdout);
    expect(found[0]).not.toHaveProperty("onHost");
    const why = `bpf-token-collect reads lines below 64 KiB, and ${proc}/1/mountinfo has longer ones`;
    expect(unknown).toEqual([{ fact: "mounts of the host", why }]);
  });

  test("names a status that is too large even without long lines", (context) => {
    const { proc } = machine();
    fill(`${proc}/4711`, { status: `${status}${"x".repeat(200)}\n`.repeat(100) });
    const { code, stderr } = collect(context, ["--proc", proc, "4711"]);
    expect([code, stderr]).toEqual([
      3,
      `bpf-token-collect: ${proc}/4711/status has 16 KiB or more, and bpf-token-collect reads less; bpf-token doctor --bundle reads all\n`,
    ]);
  });

  test.each(["status", "mountinfo"])("names the %s of a process if it cannot be read", (name) => {
    if (!existsSync(program)) return;
    const { proc } = machine();
    rmSync(`${proc}/4711/${name}`);
    mkdirSync(`${proc}/4711/${name}`);
    const run = spawnSync(program, ["--proc", proc, "4711"], { encoding: "utf8" });
    const why = `cannot read ${proc}/4711/${name}: EISDIR; read it as root`;
    expect([run.status, run.stderr]).toEqual([3, `bpf-token-collect: ${why}\n`]);
  });

  test("names a user namespace that cannot be read", (context) => {
    const { proc } = machine();
    rmSync(`${proc}/4711/ns`, { recursive: true });
    writeFileSync(`${proc}/4711/ns`, "");
    const { code, stderr } = collect(context, ["--proc", proc, "4711"]);
    const why = "cannot read the user namespace of process 4711: ENOTDIR; run it as root";
    expect([code, stderr]).toEqual([3, `bpf-token-collect: ${why}\n`]);
  });

  test.each(["--help", "-h"])("%s prints the usage", (word) => {
    if (!existsSync(program)) return;
    const { status: code, stdout } = spawnSync(program, [word], { encoding: "utf8" });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^usage: bpf-token-collect /)]);
  });

  test.each<[readonly string[], string]>([
    [["--nonsense"], "unknown option, or one without its value: --nonsense"],
    [["0"], "not the number of a process: 0"],
    [["12x"], "not the number of a process: 12x"],
    [["1", "2"], "only one process can be given, not also 2"],
  ])("refuses %j", (args, message) => {
    if (!existsSync(program)) return;
    const { status: code, stderr } = spawnSync(program, args, { encoding: "utf8" });
    expect([code, stderr]).toEqual([2, `bpf-token-collect: ${message}\n`]);
  });

  test("without a number, it reads the facts of itself", (context) => {
    if (!existsSync(program)) return context.skip("bpf-token-collect is not built: no C compiler");
    const { pid, stdout } = spawnSync(program, ["--full"], { encoding: "utf8" });
    const facts = parseFacts(stdout);
    expect([facts.pid, facts.program]).toEqual([pid, "bpf-token-colle"]);
  });

  test("has at most 150 kB", (context) => {
    if (!existsSync(program)) return context.skip("bpf-token-collect is not built: no C compiler");
    expect(statSync(program).size).toBeLessThanOrEqual(150_000);
  });
});

test("the recorder knows the offsets of the attr", () => {
  const text = readFileSync(path("../../kernel-native/native/recorder/attr_memory.def"), "utf8");
  const rows = [
    ...text.matchAll(/^(MEMORY|TEXT|DESCRIPTOR)\((\w+), (\w+), (\d+)(?:, (\d+), \d+)?\)$/gm),
  ];
  expect(rows.length).toBeGreaterThan(15);
  for (const [row, , cmd = "", name = "", offset, count] of rows) {
    const { fields } = attrLayout(cmd as BpfCmdName, newestRelease);
    const field = fields.find((one) => one.name === name);
    expect([row, field?.offset]).toEqual([row, Number(offset)]);
    if (count === undefined) continue;
    const size = fields.find((one) => one.offset === Number(count));
    expect([row, size?.name]).toEqual([row, expect.stringMatching(/(?:_cnt|_size)$/)]);
  }
});
