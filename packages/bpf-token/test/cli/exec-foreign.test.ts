// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Errno } from "@bpf-token/uapi";
import { expect, type TestContext, test } from "vitest";
import { findClang } from "./compiled.ts";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const name = "calls with the numbers of another ABI on the model";
if (process.arch === "x64") describeNative(name, ["cc", "pgrep"], foreign);
else test(name, (context) => context.skip("32-bit and x32 calls are those of x86-64"));

const SIGILL = 4;

function foreign(): void {
  const { file } = useProgramFolder();

  function compile(compiler: string, ...flags: readonly string[]) {
    const program = file("foreign-call");
    const all = ["-O1", "-Wall", "-Werror", "-ffreestanding", "-nostdlib", "-static", ...flags];
    const args = [...all, "-o", program, path("../fixtures/foreign-call.c")];
    const { status, stderr } = spawnSync(compiler, args, { encoding: "utf8" });
    return { program, status, stderr };
  }

  function compileHere(...flags: readonly string[]): string {
    const { program, status, stderr } = compile("cc", ...flags);
    expect([status, stderr]).toEqual([0, ""]);
    return program;
  }

  /** A 32-bit program. Skips the test with a reason where none can be made. */
  function compile32(context: TestContext): string {
    const clang = findClang();
    if (clang === undefined) return context.skip("32-bit programs: there is no clang");
    const target = ["--target=i386-linux-gnu", "-fuse-ld=lld"];
    const { program, status, stderr } = compile(clang, ...target);
    if (/invalid linker name/.test(stderr)) return context.skip("32-bit programs: there is no lld");
    expect([status, stderr]).toEqual([0, ""]);
    return program;
  }

  /** Runs a program after one that continues in the background, until the shell ends it. */
  function exec(program: string, ...options: readonly string[]) {
    const seconds = `3600.${process.pid}`;
    const words = ["exec", "--subject", "model@7.3", "--delegate", "cmds=any", ...options, "--"];
    const script = `sleep ${seconds} & "$0"; echo "status $?"; kill $!`;
    const command = [path("../../bin/bpf-token.js"), ...words, "sh", "-c", script, program];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
    const left = spawnSync("pgrep", ["-f", `^sleep ${seconds}`], { encoding: "utf8" }).stdout;
    return { status, stdout, stderr, left };
  }

  const ended = (what: string): string =>
    `bpf-token: exec: the program was ended, because the model of Linux 7.3 does not have what it used: ${what} system calls. With --lenient such a call returns ENOSYS\n  in process `;

  /** Where the host makes 32-bit calls, the program gets an errno of that host. */
  function needHost32(context: TestContext, program: string): void {
    const { status } = spawnSync(program);
    const made = status === Errno.EINVAL || status === Errno.EPERM;
    context.skip(!made, "32-bit calls: the running kernel has none");
  }

  test("a 32-bit program is ended, and nothing is left of it", (context) => {
    const program = compile32(context);
    needHost32(context, program);
    const none = { stdout: "", left: "" };
    const { stderr, ...rest } = exec(program);
    expect(rest).toEqual({ ...none, status: 3 });
    expect(stderr).toContain(ended("32-bit"));
    expect(stderr).toMatch(/^ {2}in process \d+ \(foreign-call\), at foreign-call\+0x[0-9a-f]+$/m);
    // Its exit() returns ENOSYS too.
    const lenient = exec(program, "--lenient");
    expect(lenient).toMatchObject({ status: 0, stdout: `status ${128 + SIGILL}\n`, left: "" });
    expect(lenient.stderr).toContain("32-bit system calls");
  });

  test("a 64-bit program that makes a 32-bit call is ended, and nothing is left of it", (context) => {
    const program = compileHere();
    needHost32(context, program);
    const none = { stdout: "", left: "" };
    const stderr = expect.stringContaining(ended("32-bit"));
    expect(exec(program)).toEqual({ ...none, status: 3, stderr });
    const lenient = exec(program, "--lenient");
    expect(lenient).toMatchObject({ status: 0, stdout: `status ${Errno.ENOSYS}\n`, left: "" });
    expect(lenient.stderr).toContain("32-bit system calls");
  });

  test("a program that makes an x32 call is ended, whether the host has these calls or not", () => {
    const program = compileHere("-DX32");
    const none = { stdout: "", left: "" };
    const stderr = expect.stringContaining(ended("x32"));
    expect(exec(program)).toEqual({ ...none, status: 3, stderr });
    const lenient = exec(program, "--lenient");
    expect(lenient).toMatchObject({ status: 0, stdout: `status ${Errno.ENOSYS}\n`, left: "" });
    expect(lenient.stderr).toContain("x32 system calls");
  });

  test("a number that no call has gives the host's ENOSYS", () => {
    const none = { stderr: "", left: "" };
    const stdout = `status ${Errno.ENOSYS}\n`;
    expect(exec(compileHere("-DNO_CALL"))).toEqual({ ...none, status: 0, stdout });
  });
}
