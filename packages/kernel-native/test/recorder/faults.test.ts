// SPDX-License-Identifier: MIT
// What the recorder does when a call of its own fails, and what it keeps.
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { hasStrace } from "../system-calls.ts";
import { nr, readLines, recorder, shown, text, useRecorder } from "./recording.ts";
import { stopsIn } from "./stops.ts";

/** The statement of a call whose result nobody needs. */
const call = (name: keyof typeof nr, ...args: readonly (number | string)[]): string =>
  ["r", "=", nr[name], ...args].join(" ");
const ask = call("bpf", 999, 0, 0);
const ASKED = "bpf 0x3e7 0x0 0x0 = -22";
const SAYS = "bpf-token-record: ";

describeNative("the recorder with failures", () => {
  const { record, follow, file } = useRecorder();
  beforeEach((context) => {
    if (!hasStrace) context.skip("strace cannot trace here");
  });

  const strace = (trace: string, faults: readonly string[]): readonly string[] => [
    ...["strace", "-qq", "-e", `trace=${trace}`, "-e", "signal=none"],
    ...[...faults.flatMap((fault) => ["-e", `inject=${fault}`]), "-o", file("log")],
  ];
  const rows = (): readonly string[] =>
    readFileSync(file("log"), "utf8")
      .trim()
      .split("\n")
      .map((row) => row.replace(/ \(INJECTED\)$/, "").replace(/\s+= \d+$/, ""));

  const unblocked = expect.stringMatching(/^rt_sigprocmask\(SIG_SETMASK, \[/);
  const closes = (...fds: readonly number[]) => fds.map((fd) => `close(${fd})`);

  test.each<[string, string, readonly unknown[]]>([
    // The failure, the message, and what is undone before.
    ["pipe2:error=EMFILE:when=1", "no pipe can be made", []],
    ["pipe2:error=EMFILE:when=2", "no pipe can be made", closes(4, 5)],
    [
      ...(["clone:error=EAGAIN:when=1", "no process can be started: EAGAIN"] as const),
      [unblocked, ...closes(4, 5, 6, 7)],
    ],
    [
      ...(["ptrace:error=EPERM:when=1", "this machine does not permit ptrace"] as const),
      ["kill", unblocked, ...closes(4, 5, 6, 7)],
    ],
  ])("undoes what it did before %s", (fault, message, undone) => {
    const under = strace("pipe2,clone,ptrace,kill,close,rt_sigprocmask", [fault]);
    const { status, stderr, lines } = record([ask], { under });
    expect([status, stderr, lines]).toEqual([126, `${SAYS}${message}\n`, []]);
    const all = rows();
    const failed = all.findIndex((row) => / = -1 E/.test(row));
    expect(
      all.slice(failed + 1).map((row) => row.replace(/^kill\(\d+, SIGKILL\)/, "kill")),
    ).toEqual(undone);
  });

  test.each(["-o", "--fd"])("keeps the file of the recording to itself: %s", (option) => {
    const fd = openSync(file("recording"), "w");
    const words = [option, option === "-o" ? file("recording") : "3", "--"];
    const list = ["sh", "-c", "ls -l /proc/$$/fd"];
    const stdio = ["ignore", "pipe", "pipe", option === "-o" ? "ignore" : fd] as const;
    const { status, stdout } = spawnSync(recorder, [...words, ...list], {
      stdio: [...stdio],
      encoding: "utf8",
    });
    closeSync(fd);
    expect([status, stdout.includes(" 1 -> "), stdout.includes("/recording")]).toEqual([
      0,
      true,
      false,
    ]);
    expect(shown(readLines(file("recording"))).at(-1)).toBe("exit");
  });

  /** A thread that waits for a byte in a pipe, makes calls, and then writes a byte; this thread is followed first. */
  const threads = [
    ...["mem p 8", call("pipe2", "$p", 0), "mem q 8", call("pipe2", "$q", 0), "mem b 1", "mem c 1"],
    ...["threads 1 4", call("read", 3, "$c", 1), ask, ask, call("write", 6, "$c", 1)],
    ...["ready", ask, call("write", 4, "$b", 1), call("read", 5, "$b", 1)],
  ];

  test("follows all threads of a process", async () => {
    const { status, lines } = await follow(threads, [], strace("ptrace,wait4", []));
    expect([status, shown(lines)]).toEqual([0, ["process", ASKED, ASKED, ASKED, "exit"]]);
    const stops = stopsIn(readFileSync(file("log"), "utf8"));
    const start = ["seize", "interrupt", "event STOP SIGTRAP", "step"];
    expect(stops.map((list) => list.slice(0, 4))).toEqual([start, start]);
  });

  test.each([["ptrace:error=EPERM:when=3"], ["ptrace:error=ESRCH:when=3"]])(
    "follows the first thread, and no other one, in spite of %s",
    async (fault) => {
      const { status, stderr, lines } = await follow(threads, [], strace("ptrace", [fault]));
      const seen = shown(lines).filter((line) => line === ASKED);
      // The second thread runs on without a stop.
      expect([status, stderr, seen]).toEqual([0, "", [ASKED]]);
    },
  );

  test("follows a process whose other threads the kernel does not list", async () => {
    const faults = ["getdents64:error=EIO:when=2"];
    const { status, lines } = await follow(["ready", ask], [], strace("getdents64", faults));
    expect([status, shown(lines)]).toEqual([0, ["process", ASKED, "exit"]]);
  });

  /** The files that are open at the end of the log, and how many more areas were mapped than unmapped. */
  function left(): { readonly fds: readonly number[]; readonly maps: number } {
    const open = new Set<number>();
    let maps = 0;
    for (const row of readFileSync(file("log"), "utf8").split("\n")) {
      const [, name, args = "", result = ""] = /^(\w+)\((.*)\)\s+= (\S+)/.exec(row) ?? [];
      if (name === "openat" && Number(result) >= 0) open.add(Number(result));
      for (const [fd] of name === "pipe2" ? args.matchAll(/\d+(?=[,\]])/g) : [])
        open.add(Number(fd));
      if (name === "close") open.delete(Number(args));
      maps += name === "mmap" ? 1 : name === "munmap" ? -1 : 0;
    }
    return { fds: [...open], maps };
  }
  const resources = "openat,pipe2,close,mmap,munmap";
  /** A child with a state, memory, and a message; and a program that is executed. */
  const busy = (name: string) => [
    ...["mem a 80", "put a 0 4 2", "fork 0 2", call("bpf", 999, "$a", 80), call("setuid", 0)],
    ...[call("setuid", 0), call("bpf", 999, "$a", 80), ...text(name, "/dev/zero")],
    ...[call("openat", -100, `$${name}`, 0), call("sendmsg", -1, "$a", 0)],
  ];

  test("keeps no memory and no file of a call or of a process", () => {
    const after = (script: readonly string[]) => {
      record(script, { under: strace(resources, []) });
      return left();
    };
    const once = after(busy("x"));
    // The recording, and the pipes to the helper.
    expect(once.fds).toEqual([3, 4, 5, 6]);
    expect(after([...busy("x"), ...busy("y"), ...busy("z")])).toEqual(once);
  });

  test("keeps no file of the start with a process that runs", async () => {
    await follow(["ready", ...busy("x")], [], strace(resources, []));
    expect(left().fds).toEqual([3, 4, 5, 6]);
  });

  test("writes a BPF filesystem without its number if the kernel does not name it", () => {
    const texts = [...text("mnt", "/mnt"), ...text("bpf", "bpf"), ...text("none", "none")];
    const script = [
      ...texts,
      call("mount", "$none", "$mnt", "$bpf", 0, 0),
      call("openat", -100, "$mnt", 0),
    ];
    const opened = (faults: readonly string[]) => {
      const { lines } = record(script, {
        under: ["unshare", "--mount", ...strace("statx", faults)],
      });
      return lines.find(({ name }) => name === "openat")?.file;
    };
    expect(opened(["statx:error=EIO"])).toEqual({ kind: "bpffs", root: false });
    const found = { kind: "bpffs", device: expect.stringMatching(/^0:\d+$/), root: true };
    expect(opened([])).toEqual(found);
    expect(rows()).toEqual([
      expect.stringMatching(
        /^statx\(AT_FDCWD, "\/proc\/\d+\/fd\/3", AT_STATX_DONT_SYNC, STATX_BASIC_STATS, /,
      ),
    ]);
  });

  test("a message about an exec() that cannot be read changes nothing", () => {
    const script = ["fork 0 1", ask, "exec", ask];
    record(script, { under: strace("ptrace", []) });
    const at = rows().findLastIndex((row) => row.includes("PTRACE_GETEVENTMSG")) + 1;
    const { status, lines } = record(script, {
      under: strace("ptrace", [`ptrace:error=EIO:when=${at}`]),
    });
    expect([status, shown(lines).slice(-4)]).toEqual([
      ...[0, ["execve = 0", "process", ASKED, "exit"]],
    ]);
  });
});
