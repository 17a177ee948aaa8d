// SPDX-License-Identifier: MIT
// When the recorder writes the state of a process, and what it does in spite of failures.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { hasStrace } from "../system-calls.ts";
import { createMap, denying, nr, shown, text, useRecorder } from "./recording.ts";

/** The statement of a call whose result nobody needs. */
const call = (name: keyof typeof nr, ...args: readonly (number | string)[]): string =>
  ["r", "=", nr[name], ...args].join(" ");

/** A call of bpf() that all kernels refuse, so that a state that is old is written. */
const ask = call("bpf", 999, 0, 0);
const ASKED = "bpf 0x3e7 0x0 0x0 = -22";

describeNative("the states that the recorder writes", () => {
  const { record, follow, file } = useRecorder();

  function lines(under: readonly string[], ...script: readonly string[]): readonly string[] {
    const { status, stderr, lines } = record(script, { under });
    expect([status, stderr]).toEqual([0, ""]);
    return shown(lines).slice(3, -1);
  }

  test("are written once, and again after each change of privileges that succeeds", () => {
    const script = [
      ...[ask, call("setuid", 0), ask, ask, call("setuid", -1), ask],
      ...[call("prctl", 8, 0), ask, call("prctl", 24, 99), ask, call("unshare", 0), ask],
    ];
    expect(lines([], ...script)).toEqual([
      ...[ASKED, "setuid 0x0 = 0", "process", ASKED, ASKED],
      ...["setuid 0xffffffffffffffff = -22", ASKED],
      ...["prctl 0x8 0x0 0x0 0x0 0x0 = 0", "process", ASKED],
      ...["prctl 0x18 0x63 0x0 0x0 0x0 = -22", ASKED, "unshare 0x0 = 0", "process", ASKED],
    ]);
  });

  test("are written before the calls that create a BPF filesystem, and no other ones", () => {
    const change = call("setuid", 0);
    const script = [
      ...[...createMap(), ...text("bpf", "bpf"), ...text("to", "/nowhere"), "mem b 1"],
      ...[change, call("dup2", "$map", 20), call("openat", 9, "$to", 0), call("close", 20)],
      ...[call("fspick", 1, "$to", 0), call("umount2", "$to", 0)],
      ...[call("fsopen", "$bpf", 0), change, call("fsconfig", 4, 9, 0, 0, 0)],
      ...[change, call("fsmount", 4, 99, 0), change, call("mount", 0, "$to", "$bpf", 0, 0)],
    ];
    const changed = "setuid 0x0 = 0";
    expect(lines([], ...script).slice(1)).toEqual([
      ...[changed, "dup2 0x3 0x14 = 20", "close 0x14 = 0"],
      ...['fspick 0x1 ptr 0x0 = -2; "/nowhere"', 'umount2 ptr 0x0 = -2; "/nowhere"'],
      ...["process", 'fsopen ptr 0x0 = 4; "bpf"', changed, "process"],
      expect.stringMatching(/^fsconfig 0x4 0x9 0x0 0x0 0x0 = -\d+$/),
      ...[changed, "process", "fsmount 0x4 0x63 0x0 = -22", changed, "process"],
      'mount 0x0 ptr ptr 0x0 0x0 = -2; "/nowhere"; "bpf"',
    ]);
  });

  test.each([
    ["mount", "mount ptr ptr ptr 0x0 0x0 = 0", [call("mount", "$none", "$mnt", "$bpf", 0, 0)]],
    ["umount2", "umount2 ptr 0x2 = 0", [call("umount2", "$tmp", 2)]],
    ["chroot", "chroot ptr = 0", [call("chroot", "$root")]],
  ])("are written again for all processes after %s()", (_, shownCall, change) => {
    const texts = { none: "none", mnt: "/mnt", bpf: "bpf", tmp: "/tmp", root: "/", tmpfs: "tmpfs" };
    const script = [
      ...Object.entries(texts).flatMap(([name, value]) => text(name, value)),
      ...[call("mount", "$none", "$tmp", "$tmpfs", 0, 0), ask],
      ...["fork 0 3", ask, ...change, ask, ask, "fork 0 1", ask],
    ];
    const seen = lines(["unshare", "--mount"], ...script).map((line) => line.split(";")[0]);
    expect(seen).toEqual([
      // The first mount.
      ...["process", ASKED, "clone 0x0 = process 2", "2: process", `2: ${ASKED}`],
      `2: ${shownCall}`,
      ...["2: process", `2: ${ASKED}`, "2: exit", "process", ASKED],
      ...["clone 0x0 = process 3", "3: process", `3: ${ASKED}`, "3: exit"],
    ]);
  });

  test("a mount that fails, or of another filesystem, changes none", () => {
    const script = [
      ...[...text("no", "/nowhere"), ...text("bpf", "bpf"), ...text("tmpfs", "tmpfs"), ask],
      ...[call("mount", 0, "$no", "$bpf", 0, 0), ask, call("mount", 0, "$no", "$tmpfs", 0, 0), ask],
      ...[call("umount2", "$no", 0), ask, call("chroot", "$no"), ask],
    ];
    expect(lines([], ...script).filter((line) => line === "process")).toEqual([]);
  });

  test("a filter of the program is seen, and who refused a call", () => {
    const script = [ask, ...denying(nr.bpf), ask, call("setuid", -1)];
    const { lines } = record(script);
    const calls = lines.filter(({ name }) => name === "bpf" || name === "setuid");
    expect(calls.map(({ result, seccomp }) => [result, seccomp])).toEqual([
      [-22, false],
      [-1, true],
      [-22, false],
    ]);
  });

  test.for<[string, string, boolean]>([
    ["seccomp(SECCOMP_SET_MODE_FILTER)", call("seccomp", 1, 0, "$g"), true],
    ["prctl(PR_SET_SECCOMP)", call("prctl", 22, 2, "$g"), true],
    ["seccomp(SECCOMP_GET_ACTION_AVAIL)", call("seccomp", 2, 0, "$action"), false],
    ["prctl(PR_SET_KEEPCAPS)", call("prctl", 8, 0), false],
    ["unshare()", call("unshare", 0), false],
  ])("after %s each call stops only if that is a filter", ([, change, isFilter], context) => {
    if (!hasStrace) return context.skip("strace cannot trace here");
    const action = ["mem action 4", "put action 0 4 0x7fff0000", call("prctl", 38, 1)];
    const waits = (...more: readonly string[]): number => {
      const under = ["strace", "-qq", "-e", "trace=wait4", "-e", "signal=none", "-o", file("log")];
      const script = [...denying(9999, 0), ...action, change, ...more];
      expect(record(script, { under }).status).toBe(0);
      return readFileSync(file("log"), "utf8").trim().split("\n").length;
    };
    const idle = Array.from({ length: 20 }, () => call("getpid"));
    expect(waits(...idle) - waits()).toBe(isFilter ? 40 : 0);
  });

  test("children of a process with a filter have it too", () => {
    const script = [...denying(nr.bpf), "fork 0 1", ask];
    const asked = record(script).lines.filter(({ name }) => name === "bpf");
    expect(asked.map(({ result, seccomp }) => [result, seccomp])).toEqual([[-1, true]]);
  });

  test("a process that is followed shows its file descriptors at the start", async () => {
    const limit = ["mem l 16", "put l 0 8 2000", "put l 8 8 2000", call("setrlimit", 7, "$l")];
    const copies = [0x40, 1023, 1024].map((fd) => call("dup2", "$map", fd));
    const script = [...limit, ...createMap(), ...copies, call("eventfd2", 0, 0), "ready"];
    const {
      status: code,
      stderr,
      lines,
    } = await follow([...script, call("close", 1024), call("close", 64)]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(shown(lines)).toEqual([
      ...["process", "file 3: map", "file 64: map", "file 1023: map", "close 0x40 = 0", "exit"],
    ]);
  });

  test("of all bpf() commands, those on elements are not recorded", async () => {
    const all = Array.from({ length: 40 }, (_, cmd) => call("bpf", cmd, 0, 0));
    const { lines } = await follow([
      "ready",
      ...all,
      call("getpid"),
      call("bpf", 0x10000 + 1, 0, 0),
    ]);
    const elements = [1, 2, 3, 4, 21, 24, 25, 26, 27];
    const commands = lines
      .filter(({ name }) => name === "bpf")
      .map(({ args }) => Number(args?.[0]));
    const wanted = all.map((_, cmd) => cmd).filter((cmd) => !elements.includes(cmd));
    expect(commands).toEqual([...wanted, 0x10001]);
    // Nobody knows who refused them.
    expect(lines.filter(({ seccomp }) => seccomp !== undefined)).toEqual([]);
  });

  test("all threads of a process that is followed are recorded", async () => {
    const { status: code, lines } = await follow([
      "thread 2",
      "ready",
      ask,
      "thread 1",
      ask,
      "fork 0 1",
      ask,
    ]);
    expect([code, shown(lines)]).toEqual([
      0,
      [
        "process",
        ASKED,
        ASKED,
        "clone 0x0 = process 2",
        "2: process",
        `2: ${ASKED}`,
        "2: exit",
        "exit",
      ],
    ]);
  });

  test("a process with a filter of its own is followed", async () => {
    const install = denying(nr.getpid);
    const { status: code, lines } = await follow([...install, "ready", ask, call("getpid")]);
    expect([code, shown(lines)]).toEqual([0, ["process", ASKED, "exit"]]);
  });

  test("the command itself has a state if it makes no call, and its children have none", () => {
    const { lines } = record(["fork 0 0", "exec", "fork 0 0"]);
    expect(shown(lines)).toEqual([
      ...["process", "execve = 0", "process", "clone 0x0 = process 2", "2: exit"],
      ...["execve = 0", "clone 0x0 = process 3", "3: exit", "exit"],
    ]);
  });
});
