// SPDX-License-Identifier: MIT
// What the recorder writes about each call that a recording can have.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPrograms } from "./build-programs.ts";
import { describeNative } from "./native.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const recorder = path(`../../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-record`);

interface Line {
  readonly type?: string;
  readonly name?: string;
  readonly args: readonly string[];
  readonly memory: readonly (readonly [string, string | null])[];
  readonly result: number;
  readonly fds?: readonly number[];
  readonly seccomp?: boolean;
  readonly log?: string;
}

/** A text in quotation marks, or the number of bytes. */
function shown(base64: string | null): string {
  if (base64 === null) return "unreadable";
  const bytes = Buffer.from(base64, "base64");
  return /^[ -~]+\0$/.test(bytes.toString("latin1"))
    ? JSON.stringify(bytes.toString("latin1", 0, bytes.length - 1))
    : `${bytes.length} bytes`;
}

/** Descriptors, flags and sizes are small; addresses are not. */
const isAddress = (word: string): boolean => Number(word) >= 0x400000 && word !== "0xffffff9c";

function lineText({ name = "", args, memory, result, fds, seccomp, log }: Line): string {
  // Only the first three arguments of bpf() belong to all kernels.
  const own = name === "bpf" ? args.slice(0, 3) : args;
  return [
    `${name} ${own.map((word) => (isAddress(word) ? "ptr" : word)).join(" ")} = ${result}`,
    ...memory.map(([, bytes]) => shown(bytes)),
    ...(fds === undefined ? [] : [`fds ${fds.join(" ")}`]),
    ...(seccomp === undefined ? [] : [seccomp ? "by seccomp" : "by the kernel"]),
    ...(log === undefined ? [] : ["log"]),
  ].join("; ");
}

describeNative("the recorder", ["cc", "unshare"], () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "recorded-"));
    buildPrograms("recorder");
    const words = ["-static", "-O1", "-Wall", "-Wno-unused-result", "-o", join(folder, "recorded")];
    const made = spawnSync("cc", [...words, path("../fixtures/recorded.c")], { encoding: "utf8" });
    expect([made.status, made.stderr]).toEqual([0, ""]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("writes each call that decides, with its memory, and no other one", (context) => {
    if (process.arch !== "x64") return context.skip("dup2() is a call of x86-64 only");
    if (process.geteuid?.() !== 0) return context.skip("the program changes its mounts");
    const words = ["--mount", recorder, "-o", "out", "--", "./recorded"];
    const { status, stderr } = spawnSync("unshare", words, { cwd: folder, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    const lines = readFileSync(join(folder, "out"), "utf8")
      .split("\n")
      .slice(1, -1)
      .map((line) => JSON.parse(line) as Line);
    const kernel = "; by the kernel";
    expect(lines.filter(({ type }) => type === "call").map(lineText)).toEqual([
      "execve  = 0",
      "bpf 0x0 ptr 0x50 = 3; 80 bytes",
      "bpf 0x16 ptr 0x4 = 0; 4 bytes",
      `bpf 0x0 ptr 0x0 = -22${kernel}`,
      `bpf 0x0 ptr 0x1001 = -7; 4096 bytes${kernel}`,
      `bpf 0x0 0x8 0x50 = -14; unreadable${kernel}`,
      `bpf 0x3e7 ptr 0x4 = -22; 4 bytes${kernel}`,
      expect.stringMatching(
        /^bpf 0x5 ptr 0x\w+ = -(?:13|22); \d+ bytes; 8 bytes; "GPL".*; by the kernel; log$/,
      ),
      expect.stringMatching(/^bpf 0x12 ptr 0x\w+ = -22; \d+ bytes; 24 bytes; by the kernel; log$/),
      ...["dup 0x3 = 4", "dup2 0x3 0x28 = 40", "dup3 0x3 0x29 0x80000 = 41"],
      ...["dup3 0x5 0x29 0x0 = 41", "fcntl 0x3 0x0 0x32 = 50", "fcntl 0x3 0x406 0x3c = 60"],
      ...["fcntl 0x3 0x2 0x1 = 0", "close 0x28 = 0", "close 0x3c = 0", "close 0x4 = 0"],
      ...["close_range 0x64 0xc8 0x0 = 0", "sendmsg 0x4 ptr 0x40 = 1; fds 3"],
      ...["recvmsg 0x5 ptr 0x40 = 1; fds 7", 'fsopen ptr 0x1 = 8; "bpf"'],
      `fsconfig 0x8 0x1 ptr ptr 0x0 = -22; "delegate_cmds"; "nonsense"${kernel}`,
      `fsmount 0x8 0x0 0x0 = -22${kernel}`,
      `fspick 0xffffff9c ptr 0x0 = -2; "/nowhere"${kernel}`,
      `move_mount 0x1 ptr 0x1 ptr 0x0 = -20; "nowhere"; "place"${kernel}`,
      `mount ptr ptr ptr 0x0 ptr = -2; "none"; "/nowhere"; "bpf"; "delegate_cmds=any"${kernel}`,
      ...[`umount2 ptr 0x2 = -2; "/nowhere"${kernel}`, `pivot_root ptr ptr = -2${kernel}`],
      ...[`chroot ptr = -2; "/nowhere"${kernel}`, "capset ptr ptr = 0; 8 bytes; 24 bytes"],
      ...[`prctl 0x18 0x3f 0x0 0x0 0x0 = -22${kernel}`, "prctl 0x8 0x0 0x0 0x0 0x0 = 0"],
      ...["prctl 0x1c 0x0 0x0 0x0 0x0 = 0", `prctl 0x2f 0x1 0x3f 0x0 0x0 = -22${kernel}`],
      ...[`prctl 0x16 0x7 0x0 0x0 0x0 = -22${kernel}`, "prctl 0x26 0x1 0x0 0x0 0x0 = 0"],
      ...["setuid 0x0 = 0", "setgid 0x0 = 0", "setreuid 0x0 0x0 = 0", "setregid 0x0 0x0 = 0"],
      ...["setresuid 0x0 0x0 0x0 = 0", "setresgid 0x0 0x0 0x0 = 0", "unshare 0x0 = 0"],
      ...[`setns 0x1 0x0 = -22${kernel}`, `seccomp 0x1 0x0 0x0 = -14${kernel}`],
    ]);
    const others = lines.map(({ type }) => type).filter((type) => type !== "call");
    expect(others.filter((type) => type !== "process")).toEqual(["file", "exit"]);
  });
});
