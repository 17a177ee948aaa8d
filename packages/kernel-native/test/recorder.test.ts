// SPDX-License-Identifier: MIT
// What bpf-token-record says about its arguments, and about calls that fail at the start.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prebuilt } from "../src/prebuilt.ts";
import { describeNative } from "./native.ts";
import { hasStrace } from "./system-calls.ts";

const recorder = prebuilt(`linux-${process.arch}/bpf-token-record`);
const INCOMPLETE = "the recording is not complete: it cannot be written";

describeNative("bpf-token-record", () => {
  let folder = "";
  let other: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "record-"));
  });
  afterEach(() => {
    other?.kill("SIGKILL");
    other = undefined;
    rmSync(folder, { recursive: true });
  });

  function run(args: readonly string[], faults: readonly string[] = []) {
    const injected = faults.flatMap((fault) => ["-e", `inject=${fault}`]);
    const [command = "", ...words] =
      faults.length === 0
        ? [recorder, ...args]
        : ["strace", "-qq", "-o", "/dev/null", ...injected, recorder, ...args];
    const options = { cwd: folder, encoding: "utf8", timeout: 60_000 } as const;
    const { status, stderr } = spawnSync(command, words, options);
    return { status, stderr };
  }

  /** The types of the lines of the recording. */
  const recorded = (): readonly unknown[] =>
    readFileSync(join(folder, "out"), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { type?: string }).type);

  test.each<[readonly string[], number, string]>([
    [[], 2, "give either --pid or a command after --"],
    [["--"], 2, "the command is missing"],
    [["--pid"], 2, "unknown option, or one without its value: --pid"],
    [["-o"], 2, "unknown option, or one without its value: -o"],
    [["--pid", "x"], 2, "not the number of a process: x"],
    [["--pid", "-1"], 2, "not the number of a process: -1"],
    [["--pid", "0"], 2, "not the number of a process: 0"],
    [["--pid", "0", "--", "true"], 2, "not the number of a process: 0"],
    // 2^32 + 1: as an int it would be 1.
    [["--pid", "4294967297"], 2, "not the number of a process: 4294967297"],
    [["--fd", "4294967297", "--", "true"], 2, "not the number of a file descriptor: 4294967297"],
    [["--fd", "-1", "--", "true"], 2, "not the number of a file descriptor: -1"],
    [["-o", "x", "--"], 2, "the command is missing"],
    [["-o", "x"], 2, "give either --pid or a command after --"],
    [["--fd", "x", "--", "true"], 2, "not the number of a file descriptor: x"],
    [["-x", "1"], 2, "unknown option: -x"],
    [
      ["-\u202ex\u2069\u2028\u061c\u200f\u00e9"],
      2,
      `unknown option, or one without its value: -\ufffd?x${"\ufffd?".repeat(4)}\u00e9`,
    ],
    [["true", "true"], 2, "unknown option: true"],
    [["--pid", "1", "--", "true"], 2, "give either --pid or a command after --"],
    [["-o", "nowhere/x", "--", "true"], 2, "cannot write nowhere/x"],
    [["-o", "out", "--pid", "4194304"], 3, "cannot follow the process: ENOENT"],
    [["--fd", "9", "--", "true"], 0, INCOMPLETE],
  ])("with the arguments %j", (args, status, message) => {
    expect(run(args)).toEqual({ status, stderr: `bpf-token-record: ${message}\n` });
  });

  test.each(["-h", "--help"])("prints its usage with %s, and records nothing", (option) => {
    const { status, stdout, stderr } = spawnSync(recorder, [option, "--", "false"], {
      ...{ cwd: folder, encoding: "utf8" },
    });
    expect([status, stderr, readdirSync(folder)]).toEqual([0, "", []]);
    expect(stdout).toMatch(/^usage: bpf-token-record /);
  });

  test("writes trace.jsonl, which only its owner may read, in place of an old one", () => {
    expect(run(["--", "true"])).toEqual({ status: 0, stderr: "" });
    expect(statSync(join(folder, "trace.jsonl")).mode & 0o777).toBe(0o600);
    const first = readFileSync(join(folder, "trace.jsonl"), "utf8");
    writeFileSync(join(folder, "trace.jsonl"), "x".repeat(1 << 16));
    run(["--", "true"]);
    const again = readFileSync(join(folder, "trace.jsonl"), "utf8");
    expect(again.split("\n").length).toBe(first.split("\n").length);
  });

  const program = ["-o", "out", "--", "true"];

  test.for<[readonly string[], number, string]>([
    [["openat:error=EROFS:when=1"], 2, "cannot write out"],
    [["pipe2:error=EMFILE:when=1"], 126, "no pipe can be made"],
    [["pipe2:error=EMFILE:when=2"], 126, "no pipe can be made"],
    [["clone:error=EAGAIN"], 126, "no process can be started: EAGAIN"],
    [["ptrace:error=EPERM:when=1"], 126, "this machine does not permit ptrace"],
    [["write:error=ENOSPC:when=2"], 0, INCOMPLETE],
    [["mmap:error=ENOMEM:when=1"], 0, INCOMPLETE],
  ])("a program with %j", ([faults, status, message], context) => {
    if (!hasStrace) return context.skip("strace cannot trace here");
    expect(run(program, faults)).toEqual({ status, stderr: `bpf-token-record: ${message}\n` });
  });

  test.for([
    ["write:error=EINTR:when=2"],
    ["wait4:error=EINTR:when=1"],
    ["wait4:error=EINTR:when=2"],
  ])("a program is recorded in spite of %j", (faults, context) => {
    if (!hasStrace) return context.skip("strace cannot trace here");
    expect(run(program, faults)).toEqual({ status: 0, stderr: "" });
    expect(recorded()).toEqual([undefined, "process", "call", "process", "exit"]);
  });

  test.for<[readonly string[], string]>([
    [["openat:error=EACCES:when=2"], "EACCES"],
    [["getdents64:error=EIO"], "EIO"],
    [["getdents64:retval=0"], "ESRCH"],
    [["ptrace:error=EPERM:when=1"], "EPERM"],
  ])("a process with %j", ([faults, errno], context) => {
    if (!hasStrace) return context.skip("strace cannot trace here");
    other = spawn("sleep", ["1000"], { stdio: "ignore" });
    const stderr = `bpf-token-record: cannot follow the process: ${errno}\n`;
    expect(run(["-o", "out", "--pid", String(other.pid)], faults)).toEqual({ status: 3, stderr });
  });
});
