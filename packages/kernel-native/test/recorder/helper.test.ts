// SPDX-License-Identifier: MIT
// The process that reads memory for the recorder: how it starts, and what happens without it.
import { chmodSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { hasStrace } from "../system-calls.ts";
import { denying, nr, shown, useRecorder } from "./recording.ts";

/** A call with memory: 4 bytes. */
const ask = ["mem a 4", "put a 0 4 7", `r = ${nr.bpf} 999 $a 4`];
const READ = "bpf 0x3e7 ptr 0x4 = -22; 07000000";
const UNREAD = "bpf 0x3e7 ptr 0x4 = -22; unreadable";
const LATE =
  /^bpf-token-record: memory of process \d+ does not arrive; its memory is no longer recorded\n$/;

describeNative("the helper of the recorder", () => {
  const { record, file } = useRecorder();
  beforeEach((context) => {
    if (!hasStrace) context.skip("strace cannot trace here");
  });

  /** Records a script, and returns some calls of the recorder with their results. */
  function run(script: readonly string[], faults: readonly string[], more: readonly string[] = []) {
    const injected = faults.flatMap((fault) => ["-e", `inject=${fault}`]);
    const trace =
      "trace=pipe2,clone,close,kill,ppoll,read,wait4,process_vm_readv,geteuid,rt_sigprocmask";
    const words = [
      "strace",
      ...["-qq", "-s", "100"],
      "-e",
      trace,
      "-e",
      "signal=none",
      ...injected,
      "-o",
      file("log"),
    ];
    const { status, stderr, lines } = record(script, { under: [...words, ...more] });
    const calls = readFileSync(file("log"), "utf8")
      .trim()
      .split("\n")
      .map((row) => row.replace(/ \(INJECTED\)$/, "").replace(/\s+= /, " = "));
    return { status, stderr, lines: shown(lines).filter((line) => /bpf/.test(line)), calls };
  }
  const numbers = (calls: readonly string[], name: string): number =>
    calls.filter((one) => one.startsWith(`${name}(`)).length;

  test("is started once, for the first memory, and answers all", () => {
    const { status, stderr, lines, calls } = run([...ask, ...ask, "fork 0 3", ...ask], []);
    expect([status, stderr, lines]).toEqual([0, "", [READ, READ, `2: ${READ}`]]);
    // Two pipes and a process for the program, and the same for the helper.
    expect([numbers(calls, "pipe2"), numbers(calls, "clone")]).toEqual([4, 2]);
    expect([numbers(calls, "process_vm_readv"), numbers(calls, "geteuid")]).toEqual([0, 0]);
    const start = calls.slice(calls.findLastIndex((one) => one.startsWith("pipe2")) - 1);
    expect(start.slice(0, 6).map((one) => one.replace(/ = \d+$/, ""))).toEqual([
      ...["pipe2([4, 5], O_CLOEXEC)", "pipe2([6, 7], O_CLOEXEC)"],
      expect.stringMatching(/^rt_sigprocmask\(SIG_SETMASK, ~\[/),
      "clone(child_stack=NULL, flags=0)",
      expect.stringMatching(/^rt_sigprocmask\(SIG_SETMASK, \[/),
      "close(7)",
    ]);
  });

  test("has nothing but its two pipes, and no signal of the terminal ends it", () => {
    const list = "test $p = $$ || { ls -l /proc/$p/fd; grep SigBlk /proc/$p/status; }";
    const shell = `for p in $(cat /proc/$PPID/task/$PPID/children); do ${list}; done >&2`;
    const { status, stderr } = record([...ask, "run", "sh", "-c", shell]);
    expect(status).toBe(0);
    expect([...stderr.matchAll(/(\d+) -> (\w+)/g)].map(([, fd, file]) => [fd, file])).toEqual([
      ["0", "pipe"],
      ["1", "pipe"],
    ]);
    // All but SIGKILL and SIGSTOP.
    expect(stderr).toContain("\nSigBlk:\tfffffffffffbfeff\n");
  });

  test("is not started if there is no call of bpf()", () => {
    const { calls, lines } = run([`r = ${nr.prctl} 8 0`], []);
    expect([numbers(calls, "clone"), lines]).toEqual([1, []]);
  });

  test.each<[string, readonly string[]]>([
    ["pipe2:error=EMFILE:when=3", ["pipe2"]],
    ["pipe2:error=EMFILE:when=4", ["pipe2", "close(4)", "close(5)"]],
    ["clone:error=EAGAIN:when=2", ["clone", "close(7)", "close(4)", "close(5)", "close(6)"]],
  ])("that cannot start (%s) costs the memory of a process, and no more", (fault, wanted) => {
    const script = [...ask, ...ask, "fork 0 3", ...ask];
    const { status, stderr, lines, calls } = run(script, [fault]);
    expect([status, stderr]).toEqual([0, expect.stringMatching(LATE)]);
    expect(lines).toEqual([UNREAD, UNREAD, `2: ${READ}`]);
    // There is no process to end.
    expect(numbers(calls, "kill")).toBe(0);
    const failed = calls.findIndex((one) => / = -1 E(?:MFILE|AGAIN)/.test(one));
    const rest = calls.slice(failed).filter((one) => /^(?:pipe2|clone|close)/.test(one));
    const names = rest.map((one) => one.replace(/ = .*/, "").replace(/^(pipe2|clone).*/, "$1"));
    expect(names.slice(0, wanted.length)).toEqual(wanted);
  });

  test("that does not answer is ended, and another one reads the memory of other processes", () => {
    const script = [...ask, ...ask, "fork 0 3", ...ask];
    const faults = ["ppoll:retval=0:when=1..200"];
    const { status, stderr, lines, calls } = run(script, faults);
    expect(status).toBe(0);
    const late = "bpf-token-record: memory of process";
    const times = stderr.split("\n").filter((line) => line.startsWith(late)).length;
    expect([times > 0, lines[0], lines[1]]).toEqual([true, UNREAD, UNREAD]);
    // 40 times while the helper does not run.
    const polls = calls.slice(
      0,
      calls.findIndex((one) => one.startsWith("kill")),
    );
    const asked = polls.slice(polls.findIndex((one) => one.startsWith("ppoll")));
    const running = asked.filter((one) => one.includes("\\nState:\\tR")).length;
    expect(numbers(polls, "ppoll") - running).toBe(40);
    const kill = calls.slice(polls.length);
    expect(
      kill
        .filter((one) => !/^rt_/.test(one))
        .slice(0, 5)
        .map((one) => one.replace(/\d{2,}/g, "N").replace(/ = .*/, "")),
    ).toEqual([
      ...["kill(N, SIGKILL)", "wait4(N, NULL, WNOHANG|__WCLONE, NULL)"],
      ...["close(4)", "close(5)", "close(6)"],
    ]);
    expect(numbers(calls, "kill")).toBe(times);
  });

  test("is given up 16 times, and no more of them are started", () => {
    const children = Array.from({ length: 18 }, () => ["fork 0 3", ...ask]).flat();
    const { status, stderr, lines, calls } = run(children, ["ppoll:retval=0"]);
    expect([
      status,
      lines.length,
      new Set(lines.map((line) => line.replace(/^\d+: /, ""))),
    ]).toEqual([...[0, 18, new Set([UNREAD])]]);
    expect(stderr.trim().split("\n").length).toBe(18);
    expect([numbers(calls, "kill"), numbers(calls, "clone"), numbers(calls, "pipe2")]).toEqual([
      ...[16, 17, 34],
    ]);
  });

  test.each([
    "ppoll:error=EINTR:when=1",
    "ppoll:error=EINTR:when=2",
    "ppoll:error=EINTR:when=1..60",
    "ppoll:retval=0:when=1..3",
  ])("answers in spite of %s", (fault) => {
    const { status, stderr, lines, calls } = run([...ask, ...ask], [fault]);
    expect([status, stderr, lines]).toEqual([0, "", [READ, READ]]);
    expect(numbers(calls, "kill")).toBe(0);
  });

  test.each([
    ["root", [], 0],
    ["another user", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"], 1],
  ])(
    "that may not read is replaced by the recorder itself, unless it is root: %s",
    (_, as, own) => {
      chmodSync(dirname(file("log")), 0o777);
      // The kernel lets nobody read; with Yama it would let the recorder.
      const under = [...as, file("caller"), ...denying(nr.process_vm_readv), "run"];
      const { status, lines, calls } = run(ask, [], under);
      expect([status, lines]).toEqual([0, [UNREAD]]);
      expect(numbers(calls, "geteuid")).toBeGreaterThan(0);
      expect(numbers(calls, "process_vm_readv")).toBe(own * numbers(calls, "geteuid"));
    },
  );

  test("reads large memory through a pipe with room for little", () => {
    chmodSync(dirname(file("log")), 0o777);
    // A user with so many pipes gets new ones of two pages.
    const pipes = Array.from({ length: 1100 }, () => `r = ${nr.pipe2} $p 0`);
    const limit = ["mem l 16", "put l 0 8 4000", "put l 8 8 4000", `r = ${nr.setrlimit} 7 $l`];
    const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", file("caller")];
    const under = [file("caller"), ...limit, "run", ...user, "mem p 8", ...pipes, "run"];
    const size = 60_000;
    const marks = [0, 8191, 8192, 49_151, 49_152, size - 1];
    const data = [`mem d ${size}`, ...marks.map((at, i) => `put d ${at} 1 ${i + 65}`)];
    const attr = ["mem a 40", "put a 0 8 $d", `put a 16 4 ${size}`, `r = ${nr.bpf} 18 $a 40`];
    const { status, lines } = record([...data, ...attr], { under });
    const [, piece] = lines.find(({ name }) => name === "bpf")?.memory ?? [];
    const bytes = Buffer.from(piece?.[1] ?? "", "base64");
    expect([status, bytes.length, ...marks.map((at) => bytes[at])]).toEqual([
      ...[0, size, 65, 66, 67, 68, 69, 70],
    ]);
  });

  test("reads the memory of another user's program", () => {
    chmodSync(dirname(file("log")), 0o777);
    const under = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const { status, lines } = run(ask, [], under);
    expect([status, lines]).toEqual([0, [READ]]);
  });
});
