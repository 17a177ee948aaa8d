// SPDX-License-Identifier: MIT
// What bpf-token-intercept does between the start and the end of a program, call by call.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { prebuilt } from "../src/prebuilt.ts";
import { describeNative } from "./native.ts";
import { hasStrace } from "./system-calls.ts";

const interceptor = prebuilt(`linux-${process.arch}/bpf-token-intercept`);
const source = fileURLToPath(new URL("fixtures/answerer.c", import.meta.url));
const hasCompiler = spawnSync("cc", ["--version"]).status === 0;

const SOCKET_READY = "ppoll socket = socket:POLLIN";
const WATCHED = "ppoll calls socket = calls:POLLIN";
const START = ["read report", "sendmsg"];

/** A call with names for the files that the interceptor has: the report, the socket, the listener. */
function shortened(row: string): string {
  const [, name = "", args = "", result = ""] =
    /^(\w+)\((.*)\)\s+= (.*?)(?: \(INJECTED\))?$/.exec(row) ?? [];
  const names: Readonly<Record<string, string>> = { 3: "socket", 6: "calls", 7: "program" };
  if (name === "ppoll") {
    const waits = [...args.matchAll(/\{fd=(\d+), events=POLLIN\}/g)].map(
      ([, fd = ""]) => names[fd],
    );
    const got = [...result.matchAll(/\{fd=(\d+), revents=([A-Z|]+)\}/g)];
    const shown = got.map(([, fd = "", events]) => `${names[fd]}:${events}`).join(" ");
    const fds = waits.filter((one) => one !== "program").join(" ");
    return `ppoll ${fds} = ${shown || result.split(" ").slice(0, 2).join(" ")}`;
  }
  if (name === "wait4") {
    const end = /WNOHANG/.test(args) ? "wait4 WNOHANG" : "wait4";
    const what = /WEXITSTATUS\(s\) == (\d+)|WTERMSIG\(s\) == (\w+)/.exec(args);
    return `${end} = ${what ? (what[1] ?? what[2]) : result.split(" ").slice(0, 2).join(" ")}`;
  }
  if (name === "read") {
    const file = args.startsWith("4,") ? "report" : args.startsWith("3,") ? "socket" : "children";
    return file === "socket"
      ? `read socket = ${/"(.)"/.exec(args)?.[1] ?? result.split(" (")[0]}`
      : `read ${file}`;
  }
  if (name === "kill") return `kill ${args.split(", ")[1]}`;
  if (name === "openat") return `openat ${/"(.*)"/.exec(args)?.[1]}`;
  return name;
}

describeNative("bpf-token-intercept", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "answerer-"));
    if (!hasCompiler) return;
    const words = ["-static", "-O1", "-Wall", "-o", join(folder, "answerer"), source];
    const made = spawnSync("cc", words, { encoding: "utf8" });
    expect([made.status, made.stderr]).toEqual([0, ""]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const needs = (context: TestContext): void => {
    if (!hasCompiler) context.skip("there is no C compiler");
    if (!hasStrace) context.skip("strace cannot trace here");
  };

  /** Runs a program under the interceptor. Returns what the other side printed, and the calls. */
  function serve(script: string, command: readonly string[], faults: readonly string[] = []) {
    const log = join(folder, "log");
    const trace = "trace=ppoll,wait4,read,sendto,kill,sendmsg,openat";
    const injected = faults.flatMap((fault) => ["-e", `inject=${fault}`]);
    const words = ["strace", "-qq", "-e", trace, "-e", "signal=none", ...injected, "-o", log];
    const args = [script, ...words, interceptor, "--fd", "3", "--", ...command];
    const { stdout, stderr } = spawnSync(join(folder, "answerer"), args, {
      ...{ encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" },
    });
    const rows = readFileSync(log, "utf8").trim().split("\n");
    return { said: stdout.trim().split("\n"), stderr, calls: rows.map(shortened) };
  }

  const LISTENER = "listener 6: anon_inode:seccomp notify";
  /** Nothing is left: the children are read, and none is there. */
  const NOTHING = ["openat /proc/thread-self/children", "read children", "wait4 = -1 ECHILD"];
  const KILLED = [
    ...["openat /proc/thread-self/children", "read children", "kill SIGKILL"],
    ...["read children", "wait4 = SIGKILL", ...NOTHING],
  ];

  test("says once for each request that a call waits", (context) => {
    needs(context);
    const script = "listener say:W hear answer say:W hear say:E hear";
    const { said, calls, stderr } = serve(script, ["/bin/true"]);
    expect([said, stderr]).toEqual([
      [LISTENER, "says -1", "call 59", "says -1", "end", "status 137"],
      "",
    ]);
    const none = "wait4 WNOHANG = 0";
    const watch = [SOCKET_READY, none, "read socket = W", WATCHED, none, "sendto"];
    expect(calls.slice(0, -5)).toEqual([
      ...[...START, ...watch, ...watch, SOCKET_READY, none, "read socket = E", ...KILLED],
    ]);
    expect(calls.slice(-5)).toEqual([
      expect.stringMatching(/^ppoll socket = calls:POLLHUP/),
      "wait4 WNOHANG = -1 ECHILD",
      ...NOTHING,
    ]);
  });

  test("ignores a request that it does not know", (context) => {
    needs(context);
    const { said, calls } = serve("listener say:X say:E hear", ["/bin/true"]);
    expect(said).toEqual([LISTENER, "end", "status 137"]);
    const asked = calls.filter((call) => call.startsWith("read socket"));
    expect(asked).toEqual(["read socket = X", "read socket = E"]);
    expect(calls).not.toContain("sendto");
  });

  test.for([0, 5])(
    "ends what a program leaves in the background when it exits with %i",
    (status, context) => {
      needs(context);
      const { said, calls } = serve("listener serve", [
        "sh",
        "-c",
        `sleep 3600 & sleep 3600 & exit ${status}`,
      ]);
      expect(said).toEqual([LISTENER, `status ${status}`]);
      const at = calls.indexOf(`wait4 WNOHANG = ${status}`);
      // The listener is still in use, so the end of the program decides.
      expect(calls.slice(0, at)).toEqual([...START, "ppoll socket = program:POLLIN"]);
      expect(calls.slice(at + 1, at + 7)).toEqual([
        ...["wait4 WNOHANG = 0", "openat /proc/thread-self/children", "read children"],
        ...["kill SIGKILL", "kill SIGKILL", "read children"],
      ]);
      expect(calls.slice(-4)).toEqual(["wait4 = SIGKILL", ...NOTHING]);
    },
  );

  test.for<[string, number]>([
    ["exit 7", 7],
    ["kill -TERM $$", 128 + 15],
    ["kill -KILL $$", 128 + 9],
    ["exit 255", 255],
  ])("has the status of a program that does '%s': %i", ([script, status], context) => {
    needs(context);
    const { said } = serve("listener serve", ["sh", "-c", script]);
    expect(said).toEqual([LISTENER, `status ${status}`]);
  });

  test("waits for a program that is about to end when no process has the filter", (context) => {
    needs(context);
    // As if the program still ended when the listener has no user any more.
    const faults = ["wait4:retval=0:when=1"];
    const { said, calls } = serve("listener serve", ["sh", "-c", "exit 5"], faults);
    expect(said).toEqual([LISTENER, "status 5"]);
    const hangup = expect.stringMatching(/^ppoll socket = calls:POLLHUP/);
    expect(calls).toEqual([...[...START, hangup, "wait4 WNOHANG = 0", "wait4 = 5", ...NOTHING]]);
  });

  test("gives the status of a kill if the program cannot be waited for", (context) => {
    needs(context);
    const faults = ["wait4:error=ECHILD"];
    const { said, calls } = serve("listener serve", ["sh", "-c", "exit 5"], faults);
    expect(said).toEqual([LISTENER, "status 137"]);
    expect(calls.filter((call) => call.startsWith("wait4"))).toEqual([
      ...["wait4 WNOHANG = -1 ECHILD", "wait4 = -1 ECHILD", "wait4 = -1 ECHILD"],
    ]);
  });

  test.for<[string, string, readonly string[]]>([
    // The error, the script, and what follows the failed call.
    [
      ...(["ppoll:error=EINTR:when=2", "listener say:W hear say:E hear"] as const),
      [
        "ppoll calls socket = -1 EINTR",
        "wait4 WNOHANG = 0",
        WATCHED,
        "wait4 WNOHANG = 0",
        "sendto",
      ],
    ],
    [
      ...(["ppoll:error=ENOMEM:when=2", "listener say:W hear"] as const),
      ["ppoll calls socket = -1 ENOMEM", ...KILLED],
    ],
    [
      ...(["read:error=EINTR:when=2", "listener say:W hear say:E hear"] as const),
      ["read socket = -1 EINTR", SOCKET_READY, "wait4 WNOHANG = 0", "read socket = W", WATCHED],
    ],
    [
      ...(["read:error=EAGAIN:when=2", "listener say:W hear say:E hear"] as const),
      ["read socket = -1 EAGAIN", SOCKET_READY, "wait4 WNOHANG = 0", "read socket = W", WATCHED],
    ],
    [
      ...(["read:error=ECONNRESET:when=2", "listener say:W hear"] as const),
      ["read socket = -1 ECONNRESET", ...KILLED],
    ],
    [...(["sendto:error=EPIPE:when=1", "listener say:W hear"] as const), ["sendto", ...KILLED]],
    [...(["sendto:retval=2:when=1", "listener say:W hear"] as const), ["sendto", ...KILLED]],
    [...(["close:error=EIO", "listener close"] as const), ["read socket = 0", ...KILLED]],
  ])("after %s it continues or ends the program", ([fault, script, then], context) => {
    needs(context);
    const { said, calls } = serve(script, ["/bin/true"], [fault]);
    expect(said.at(-1)).toBe("status 137");
    const answered = script.includes("say:E") ? ["says -1"] : [];
    expect(said.filter((row) => row.startsWith("says"))).toEqual(answered);
    const at = calls.indexOf(then[0] ?? "");
    expect(calls.slice(at, at + then.length)).toEqual(then);
    // Where the program is ended, that is all.
    if (answered.length === 0) expect(calls.length).toBe(at + then.length);
  });

  test("ends more processes than one read names", (context) => {
    if (!hasCompiler) return context.skip("there is no C compiler");
    const mark = `3600.${process.pid}`;
    const script = `i=0; while [ $i -lt 700 ]; do sleep ${mark} & i=$((i+1)); done; exit 5`;
    const args = ["listener serve", interceptor, "--fd", "3", "--", "sh", "-c", script];
    const { stdout } = spawnSync(join(folder, "answerer"), args, { encoding: "utf8" });
    expect(stdout).toBe("listener 6: anon_inode:seccomp notify\nstatus 5\n");
    expect(spawnSync("pgrep", ["-f", `^sleep ${mark}`], { encoding: "utf8" }).stdout).toBe("");
  });

  test.for<[string, string, readonly string[]]>([
    ["EINVAL", "0x28", ["seccomp 0x1 0x28", "seccomp 0x1 0x8"]],
    ["EPERM", "0x28", ["seccomp 0x1 0x28"]],
  ])("after %s for the flags %s it installs the filter so: %j", ([error, , rows], context) => {
    needs(context);
    const log = join(folder, "log");
    const inject = `inject=seccomp:error=${error}:when=1`;
    const words = ["-f", "-qq", "-X", "raw", "-e", "trace=seccomp", "-e", inject, "-o", log];
    spawnSync("strace", [...words, interceptor, "--fd", "0", "--", "/nowhere/program"], {
      ...{ input: "", timeout: 60_000 },
    });
    const calls = readFileSync(log, "utf8").matchAll(/seccomp\((\w+), (\w+),/g);
    expect([...calls].map(([, op, flags]) => `seccomp ${op} ${flags}`)).toEqual(rows);
  });
});
