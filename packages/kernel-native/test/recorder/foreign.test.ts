// SPDX-License-Identifier: MIT
// 32-bit programs and calls, which the recorder names and does not record.
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { createMap, denying, nr, shown, text, useRecorder } from "./recording.ts";

/** The statement of a call whose result nobody needs. */
const call = (name: keyof typeof nr, ...args: readonly (number | string)[]): string =>
  ["r", "=", nr[name], ...args].join(" ");
const ask = call("bpf", 999, 0, 0);
const ASKED = "bpf 0x3e7 0x0 0x0 = -22";
const SAYS = "bpf-token-record: ";

/** A 32-bit program of x86 that executes its first argument with all of them, or exits with status 7. */
const program32 = Buffer.from(
  [
    "7f454c46010101000000000000000000 02000300010000005480040834000000 0000000000000000 34002000010000000000 0000",
    "01000000 00000000 00800408 00800408 80000000 80000000 05000000 00100000",
    "8b5c2408 8d4c2408 31d2 b80b000000 cd80 b801000000 bb07000000 cd80",
  ]
    .join("")
    .replaceAll(" ", ""),
  "hex",
);

describeNative("the recorder of a 32-bit program", () => {
  const { record, file } = useRecorder();

  const has32 = (): boolean =>
    record([], { command: [file("foreign")] }).stderr !== "" &&
    record(["run", file("foreign")]).status === 7;
  const foreign = (name: string) => {
    writeFileSync(file(name), program32, { mode: 0o755 });
    return file(name);
  };
  const MESSAGE = "is a program of another architecture, such as a 32-bit program; its calls";

  test("looks again at a number that a 32-bit call has closed", (context) => {
    foreign("foreign");
    if (!has32()) return context.skip("the kernel runs no 32-bit programs");
    const open = call("openat", -100, "$zero", 0);
    const closed = ["close32 0", "close32 3"];
    const script = [
      ...[...text("zero", "/dev/zero"), ...text("tmpfs", "tmpfs"), ...createMap()],
      ...[call("dup2", "$map", 0), call("dup2", "$map", 4), ...closed, open, open],
      ...[call("close", 0), call("close", 3), call("openat", -100, "$tmpfs", 0)],
      ...["close32 4", call("eventfd2", 0, 0), call("eventfd2", 0, 0), call("fsopen", "$tmpfs", 0)],
      call("close", 4),
    ];
    const { status, stderr, lines } = record(script);
    expect([status, stderr]).toEqual([0, ""]);
    expect(shown(lines).slice(3)).toEqual([
      ...["bpf 0x0 ptr 0x50 = 3; 80 bytes", "dup2 0x3 0x0 = 0", "dup2 0x3 0x4 = 4"],
      ...["file 0: other", "file 3: other", "exit"],
    ]);
  });

  test("names a 32-bit program once, and records what it executes", (context) => {
    foreign("foreign");
    if (!has32()) return context.skip("the kernel runs no 32-bit programs");
    const { status, stderr, lines } = record([
      ...denying(nr.eventfd2),
      ask,
      "run",
      file("foreign"),
      file("caller"),
      ask,
      "exit 5",
    ]);
    const pid = lines[0]?.pid;
    expect([status, stderr]).toEqual([
      5,
      `${SAYS}foreign (pid ${pid}) ${MESSAGE} are not recorded\n`,
    ]);
    expect(shown(lines).slice(-4)).toEqual(["execve = 0", "process", ASKED, "exit"]);
    expect(lines.filter(({ name }) => name === "execve").length).toBe(3);
  });

  test.each([
    ["a b", "a b"],
    ["~tilde", "~tilde"],
    ["cut\u007fhere", "cut"],
    ["caf\u00e9", "caf"],
    ["exactly15chars.", "exactly15chars."],
    ["more-than-15-characters", "more-than-15-ch"],
  ])("names the 32-bit program '%s'", (name, shownName) => {
    foreign("foreign");
    const stderr = record([], { command: [foreign(name)] }).stderr;
    const expected = `${SAYS}${shownName} (pid `;
    expect(has32() ? stderr.slice(0, expected.length) : expected).toBe(expected);
    expect(has32() ? stderr.endsWith(`${MESSAGE} cannot be recorded\n`) : true).toBe(true);
  });
});
