// SPDX-License-Identifier: MIT
// At which stops the recorder handles a program, how it continues it, and what it does after failures.
import { readFileSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { hasStrace } from "../system-calls.ts";
import { denying, nr, shown, useRecorder } from "./recording.ts";
import { stopsIn } from "./stops.ts";

/** The statement of a call whose result nobody needs. */
const call = (name: keyof typeof nr, ...args: readonly (number | string)[]): string =>
  ["r", "=", nr[name], ...args].join(" ");
const ask = call("bpf", 999, 0, 0);
const ASKED = "bpf 0x3e7 0x0 0x0 = -22";

const EXEC = ["event EXEC", "message", "info none", "continue"];
const ONE_CALL = ["event SECCOMP", "info seccomp", "step", "call", "info exit", "continue"];
/** A call that is not recorded, at its entry and exit. */
const OTHER = ["call", "info entry", "step", "call", "info exit", "step"];
const signals = { SIGUSR2: 12, SIGTERM: 15, SIGURG: 23, SIGCONT: 18, SIGTRAP: 5 };

describeNative("the stops that the recorder handles", () => {
  const { record, file } = useRecorder();
  beforeEach((context) => {
    if (!hasStrace) context.skip("strace cannot trace here");
  });

  const log = (): string => readFileSync(file("log"), "utf8");
  function run(script: readonly string[], faults: readonly string[] = [], trace = "ptrace,wait4") {
    const injected = faults.flatMap((fault) => ["-e", `inject=${fault}`]);
    const words = ["-qq", "-e", `trace=${trace}`, "-e", "signal=none", ...injected];
    return record(script, { under: ["strace", ...words, "-o", file("log")] });
  }
  function stops(script: readonly string[], faults?: readonly string[]) {
    const { status, stderr } = run(script, faults);
    return { status, stderr, stops: stopsIn(log()) };
  }
  const fine = { status: 0, stderr: "" };

  test("are two for each recorded call, and none for others", () => {
    expect(stops([ask, call("getpid"), ask])).toEqual({
      ...fine,
      stops: [["seize", ...EXEC, ...ONE_CALL, ...ONE_CALL, "ends 0"]],
    });
  });

  test("are two for each call when the program has a filter", () => {
    const { stops: all } = stops([...denying(nr.eventfd2), call("getpid"), ask]);
    const start = ["seize", ...EXEC, ...ONE_CALL];
    // The filter is active at the end of the call that installs it.
    const install = [...ONE_CALL.slice(0, -1), "step"];
    const seccomp = ["event SECCOMP", "info seccomp", "step"];
    const recorded = [...OTHER.slice(0, 3), ...seccomp, ...OTHER.slice(3)];
    expect(all).toEqual([
      [...start, ...install, ...OTHER, ...recorded, "call", "info entry", "step", "ends 0"],
    ]);
  });

  test.each(Object.entries(signals))("passes %s to the program", (name, number) => {
    const kill = [`self = ${nr.getpid}`, `r = ${nr.kill} $self ${number}`, ask];
    const isIgnored = name === "SIGURG" || name === "SIGCONT";
    const { status, stops: all } = stops(kill);
    // SIGCONT also ends a stop, which there may have been.
    const before = name === "SIGCONT" ? ["event STOP SIGTRAP", "continue"] : [];
    const passed = [...before, `signal ${name}`, `continue ${name}`];
    const end = isIgnored ? [...ONE_CALL, "ends 0"] : [`ends ${name}`];
    expect([status, all]).toEqual([
      isIgnored ? 0 : 128 + number,
      [["seize", ...EXEC, ...passed, ...end]],
    ]);
  });

  test("of a child are its first one and its own", () => {
    const { stops: all } = stops(["fork 0 1", ask, ask]);
    const parent = all.find((list) => list[0] === "seize");
    expect(parent).toEqual([
      ...["seize", ...EXEC, "event FORK", "message", "continue"],
      ...["signal SIGCHLD", "continue SIGCHLD", ...ONE_CALL, "ends 0"],
    ]);
    const child = all.find((list) => list !== parent);
    const prctl = ["event SECCOMP", "info seccomp", "step", "call", "info exit", "continue"];
    expect(child).toEqual(["event STOP SIGTRAP", "continue", ...prctl, ...ONE_CALL, "ends 0"]);
  });

  test.each([
    ["before", ["fork 0 1", "exit 9", "exit 3"]],
    // The child waits for the end of a pipe, and its parent has the other end.
    [
      "after",
      [
        "mem p 8",
        call("pipe2", "$p", 0),
        "spawn 0 2",
        call("close", 4),
        call("read", 3, "$p", 1),
        "exit 3",
      ],
    ],
  ])("the status is that of the first process if another one ends %s it", (_, script) => {
    const { status, lines } = record(script);
    expect([status, lines.filter(({ type }) => type === "exit").length]).toEqual([3, 2]);
  });

  test("of a thread that executes a program become those of its process", () => {
    const { status, lines } = run(["thread 1", "exec", ask, "exit 9"]);
    expect([status, shown(lines).slice(3)]).toEqual([9, ["execve = 0", "process", ASKED, "exit"]]);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    // Each has two recorded calls, and what the recording has of them.
    ["ptrace:error=ESRCH:when=5", ["seize", ...EXEC, "event SECCOMP", "info fails"], [ASKED]],
    ["ptrace:retval=0:when=5", ["seize", ...EXEC, "event SECCOMP"], [ASKED]],
    ["ptrace:error=ESRCH:when=3", ["seize", "event EXEC", "message", "info fails"], [ASKED, ASKED]],
    ["ptrace:retval=0:when=3", ["seize", "event EXEC", "message"], [ASKED, ASKED]],
    ["ptrace:error=EIO:when=7", ["seize"], [ASKED]],
  ])("a program ends in spite of %s", (fault, first, wanted) => {
    const { status, stderr, lines } = run([ask, ask], [fault]);
    expect({ status, stderr }).toEqual(fine);
    expect(stopsIn(log())[0]?.slice(0, first.length)).toEqual(first);
    expect(shown(lines).filter((line) => line === ASKED)).toEqual(wanted);
  });

  test.each([
    // How many filters were there before, and whether they are seen.
    [0, [-22, -22], [false, false]],
    [1, [-1, -1], [true, true]],
    [2, [-1, -1], [true, true]],
    [8, [-1, -1], [true, true]],
    [9, [-1, -1], [true, true]],
    [10, [-1, -1], [true, true]],
  ])(
    "after %i filters that refuse bpf() the recording has who refused",
    (count, results, refused) => {
      const under = [file("caller"), ...denying(nr.bpf, count), "run"];
      const { status, lines } = record([ask, "fork 0 1", ask], { under });
      const asked = lines.filter(({ name }) => name === "bpf");
      expect([status, asked.map(({ result }) => result)]).toEqual([0, results]);
      expect(asked.map(({ seccomp }) => seccomp)).toEqual(refused);
    },
  );

  test("a program that may install no filter is recorded, and nobody knows who refused", () => {
    const under = [file("caller"), ...denying(nr.seccomp), "run"];
    const script = [ask, call("getpid"), "fork 0 1", ask];
    const { status, stderr, lines } = record(script, { under });
    expect({ status, stderr }).toEqual(fine);
    expect(shown(lines)).toEqual([
      ...["process", "execve = 0", "process", ASKED, "clone 0x0 = process 2", "2: process"],
      ...[`2: ${ASKED}`, "2: exit", "exit"],
    ]);
    expect(lines.filter(({ seccomp }) => seccomp !== undefined)).toEqual([]);
  });
});
