// SPDX-License-Identifier: MIT
// Every system call with which the interceptor and the recorder start a program, with their flags.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, type TestContext, test, vi } from "vitest";
import { prebuilt } from "../src/prebuilt.ts";
import { describeNative } from "./native.ts";
import { callsIn, hasStrace, rawOptions } from "./system-calls.ts";

const program = (name: string): string => prebuilt(`linux-${process.arch}/bpf-token-${name}`);

describeNative("the system calls at the start", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "calls-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function needs(context: TestContext): void {
    if (!hasStrace) context.skip("strace cannot trace here");
    if (process.arch !== "x64") context.skip("the lists have the calls of x86-64");
  }

  /** The calls up to the first one that starts with a text. */
  const until = (calls: readonly string[] | undefined, last: string): readonly string[] =>
    (calls ?? []).slice(0, (calls ?? []).findIndex((call) => call.startsWith(last)) + 1);

  // A signal handler: SIGINT and SIGQUIT.
  const signals = ["rt_sigaction 0x2 ptr 0 0x8 = 0", "rt_sigaction 0x3 ptr 0 0x8 = 0"];
  const mask = "rt_sigprocmask 0x2 ptr ptr 0x8 = 0";

  test("of the interceptor, and at its end", async (context) => {
    needs(context);
    const log = join(folder, "log");
    const words = [...rawOptions, "-o", log, program("intercept"), "--fd", "0", "--", "/bin/true"];
    const run = spawn("strace", words, { stdio: ["pipe", "ignore", "inherit"] });
    const calls = (): ReturnType<typeof callsIn> => callsIn(readFileSync(log, "utf8"));
    // Nobody answers the execve() of the child.
    const last = (): unknown => calls().map((list) => list.at(-1)?.split(" ")[0]);
    await vi.waitFor(() => expect(last()).toEqual(["ppoll", "execve"]), {
      ...{ timeout: 60_000, interval: 10 },
    });
    run.stdin.end();
    const [status] = (await once(run, "exit")) as [number];
    expect(status).toBe(137);
    const [parent, child] = calls();
    expect(until(parent, "kill")).toEqual([
      // F_SETFD; a pipe with O_CLOEXEC; PR_SET_CHILD_SUBREAPER; CLONE_FILES | SIGCHLD.
      ...["fcntl 0 0x2 0x1 = 0", mask, "pipe2 ptr 0x80000 = 0", "prctl 0x24 0x1 0 0 0 = 0"],
      ...["clone 0x411 0 0 0 0 = pid", ...signals, mask],
      // The listener, with MSG_NOSIGNAL, and all that it waits for.
      ...[
        "read 0x3",
        "pidfd_open pid 0 = 0x6",
        "sendmsg 0 ptr 0x4000 = 0x4",
        "ppoll ptr 0x3 0 0 0 = 0x1",
      ],
      // The end of the input: WNOHANG, then the children.
      ...["wait4 0xffffffffffffffff ptr 0x1 0 = 0", "read 0"],
      ...["openat 0xffffffffffffff9c ptr 0x80000 0 = 0x7", "read 0x7", "kill pid 0x9 = 0"],
    ]);
    expect(child).toEqual([
      // PR_SET_PDEATHSIG and PR_SET_NO_NEW_PRIVS; a listener, and waits that only a kill ends.
      ...["prctl 0x1 0x9 0 0 0 = 0", "prctl 0x26 0x1 0 0 0 = 0", "seccomp 0x1 0x28 ptr = 0x5"],
      "pwritev2 0x4 ptr 0x1 0xffffffffffffffff 0xffffffffffffffff 0 = 0x8",
      ...[...signals, mask, "execve ptr ptr ptr"],
    ]);
  });

  test("of the recorder", (context) => {
    needs(context);
    const log = join(folder, "log");
    // strace traces the child already.
    const words = [...rawOptions, "-e", "inject=ptrace:retval=0", "-o", log, program("record")];
    const args = [...words, "-o", join(folder, "out"), "--", "/nowhere/program"];
    const { status } = spawnSync("strace", args, { encoding: "utf8" });
    expect(status).toBe(127);
    const [parent, child] = callsIn(readFileSync(log, "utf8"));
    const start = (parent ?? []).filter((call) => !call.startsWith("mmap"));
    expect(until(start, "openat 0xffffffffffffff9c ptr 0x80000 0")).toEqual([
      // The recording, which only its owner reads.
      "openat 0xffffffffffffff9c ptr 0x80241 0x180 = 0x3",
      ...["pipe2 ptr 0x80000 = 0", "pipe2 ptr 0x80000 = 0", mask, "clone 0x11 0 0 0 0 = pid"],
      // PTRACE_SEIZE with PTRACE_O_EXITKILL and all events.
      ...[...signals, "ptrace 0x4206 pid 0 0x10009f = 0", "write 0x5 ptr 0x1 = 0x1"],
      ...["close 0x4 = 0", "close 0x7 = 0", "read 0x6", "close 0x5 = 0", "close 0x6 = 0", mask],
      "openat 0xffffffffffffff9c ptr 0x80000 0 = 0x4",
    ]);
    expect(child).toEqual([
      ...["close 0x5 = 0", "close 0x6 = 0", "read 0x4", "seccomp 0x1 0 ptr = 0"],
      ...["write 0x7 ptr 0x1 = 0x1", ...signals, mask, "execve ptr ptr ptr = -1"],
      expect.stringMatching(/^write 0x2 ptr /),
    ]);
  });
});
