// SPDX-License-Identifier: MIT
// What the program says that starts another one with a filter, if it cannot.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { prebuilt } from "../src/prebuilt.ts";
import { describeNative } from "./native.ts";

const interceptor = prebuilt(`linux-${process.arch}/bpf-token-intercept`);

describeNative("bpf-token-intercept", () => {
  test.each([
    [[]],
    [["--fd"]],
    [["--fd", "0", "--"]],
    [["--fd", "x", "--", "/bin/true"]],
    [["--fd", "-1", "--", "/bin/true"]],
    [["--fd", "0", "-", "/bin/true"]],
    [["--fb", "0", "--", "/bin/true"]],
  ])("prints its usage for the arguments %j", (args) => {
    const { status, stderr } = spawnSync(interceptor, args, { encoding: "utf8" });
    expect(stderr).toBe(
      "bpf-token-intercept: usage: bpf-token-intercept --fd N -- COMMAND [ARGUMENT]...\n",
    );
    expect(status).toBe(2);
  });

  test("says that it cannot start without a free file descriptor", () => {
    const args = ["--nofile=3", interceptor, "--fd", "0", "--", "/bin/true"];
    const { status, stderr } = spawnSync("prlimit", args, { encoding: "utf8" });
    expect([status, stderr]).toEqual([126, "bpf-token-intercept: no pipe can be made\n"]);
  });

  test("ends the program if the other process ends before it starts", async () => {
    const script = `read -r line && exec ${interceptor} --fd 3 -- /bin/true`;
    const shell = spawn("/bin/sh", ["-c", script], {
      stdio: ["pipe", "ignore", "inherit", "pipe"],
    });
    const ended = once(shell, "exit");
    const socket = shell.stdio[3];
    socket?.destroy();
    if (socket) await once(socket, "close");
    shell.stdin?.end("start\n");
    // A signal would end the interceptor alone: the program's own processes would remain.
    expect(await ended).toEqual([128 + 9, null]);
  });

  test.for([
    ["clone", "EAGAIN", 126, "no process can be started: EAGAIN"],
    [
      ...(["seccomp", "EBUSY", 3] as const),
      "another program intercepts the calls of this process already, such as exec --subject or a container manager: EBUSY",
    ],
    [
      ...(["seccomp", "EINVAL", 3] as const),
      "calls cannot be intercepted here, which needs Linux 5.14 and a seccomp filter: EINVAL",
    ],
    [
      ...(["prctl", "EPERM", 3] as const),
      "calls cannot be intercepted here, which needs Linux 5.14 and a seccomp filter: EPERM",
    ],
  ] as const)(
    "if %s() gives %s, it does not start the program",
    ([name, errno, code, why], context) => {
      if (spawnSync("strace", ["-V"]).status !== 0) return context.skip("there is no strace");
      const words = ["-f", "-o", "/dev/null", "-e", `inject=${name}:error=${errno}`, interceptor];
      const args = [...words, "--fd", "0", "--", "/bin/echo", "started"];
      const { status, stdout, stderr } = spawnSync("strace", args, { encoding: "utf8" });
      expect([status, stdout, stderr]).toEqual([code, "", `bpf-token-intercept: ${why}\n`]);
    },
  );
});
