// SPDX-License-Identifier: MIT
// More processes and threads than the recorder has room for.
import { expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { nr, useRecorder } from "./recording.ts";

/** The statement of a call whose result nobody needs. */
const call = (name: keyof typeof nr, ...args: readonly (number | string)[]): string =>
  ["r", "=", nr[name], ...args].join(" ");
const ask = call("bpf", 999, 0, 0);
const SAYS = "bpf-token-record: ";

describeNative("the recorder of a crowd", () => {
  const { record } = useRecorder();

  const more =
    "there are more processes or threads than it records; the calls of the others are not recorded";
  const pipes = ["p", "q", "s"].flatMap((name) => [`mem ${name} 8`, call("pipe2", `$${name}`, 0)]);
  // The numbers of their ends: 3 and 4, 5 and 6, 7 and 8.
  const most = 4095;

  test("lets more threads run than it has room for, and records new ones when others have ended", () => {
    const [wait, says] = [call("read", 3, "$b", 1), call("write", 8, "$b", 1)];
    const script = [
      ...[...pipes, `mem b ${most}`, `threads ${most} 2`, wait, ask],
      // A thread that the recorder meets only after the others have ended would be recorded.
      ...["threads 3 5", says, call("read", 5, "$c", 1), ask, ask, says, "take 7 3"],
      ...[call("write", 4, "$b", most), "idle 4", call("write", 6, "$b", 3), "take 7 3"],
      // Some of them stop before their parent does.
      ...Array.from({ length: 100 }, () => ["thread 1", ask]).flat(),
    ];
    const { status, stderr, lines } = record(["mem c 1", ...script]);
    expect([status, stderr]).toEqual([0, `${SAYS}${more}\n`]);
    expect(lines.filter(({ name }) => name === "bpf").length).toBe(most + 100);
    expect(lines.at(-1)?.type).toBe("exit");
  });

  test("passes signals to threads that it has no room for", () => {
    const kill = [`t = 186`, "r = 234 $pid $t 12"];
    const script = [...pipes, "mem b 1", `pid = ${nr.getpid}`, `threads ${most} 1`];
    const { status, stderr } = record([
      ...script,
      call("read", 3, "$b", 1),
      "threads 1 2",
      ...kill,
      "take 5 1",
    ]);
    expect([status, stderr]).toEqual([128 + 12, `${SAYS}${more}\n`]);
  });

  test("lets a process that it has no room for execute a program", () => {
    const count = 2047;
    const script = [
      ...["mem p 8", call("pipe2", "$p", 0), `mem b ${count}`],
      ...Array.from({ length: count }, () => ["spawn 0 1", call("read", 3, "$b", 1)]).flat(),
      // The program of the child makes the next calls too, with nothing to write.
      ...["spawn 0 1", "exec", call("write", 4, "$b", count), "join", ask],
    ];
    const { status, stderr, lines } = record(script);
    expect([status, stderr]).toEqual([0, `${SAYS}${more}\n`]);
    const names = lines.flatMap(({ name }) => name ?? []).filter((name) => name !== "clone");
    expect(names).toEqual(["execve", "bpf"]);
  });

  test("records new processes after more than there is room for, and none of the others", () => {
    const count = 2047;
    const wait = `r = 61 ${-1} 0 0`;
    const child = (fd: number) => ["spawn 0 2", call("read", fd, "$b", 1), ask];
    const script = [
      ...["mem p 8", call("pipe2", "$p", 0), "mem q 8", call("pipe2", "$q", 0), `mem b ${count}`],
      ...Array.from({ length: count }, () => ["spawn 0 1", call("read", 3, "$b", 1)]).flat(),
      ...[child(5), child(5), child(5)].flat(),
      ...[call("write", 4, "$b", count), ...Array.from({ length: count }, () => wait)],
      ...["fork 0 1", ask, call("write", 6, "$b", 3), wait, wait, wait, ask],
    ];
    const { status, stderr, lines } = record(script);
    expect([status, stderr]).toEqual([0, `${SAYS}${more}\n`]);
    const asked = lines.filter(({ name }) => name === "bpf");
    const pids = [...new Set(lines.map(({ pid }) => pid))];
    // A new child, and the first process.
    expect(asked.map(({ pid }) => pids.indexOf(pid))).toEqual([count + 1, 0]);
    expect(lines.filter(({ type }) => type === "exit").length).toBe(count + 2);
  });
});
