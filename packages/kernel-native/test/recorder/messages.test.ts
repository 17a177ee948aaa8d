// SPDX-License-Identifier: MIT
// Which passed file descriptors the recorder writes.
import { expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { createMap, nr, shown, useRecorder } from "./recording.ts";

/** The statement of a call whose result nobody needs. */
const call = (name: keyof typeof nr, ...args: readonly (number | string)[]): string =>
  ["r", "=", nr[name], ...args].join(" ");

describeNative("the messages that the recorder writes", () => {
  const { record } = useRecorder();

  function lines(...script: readonly string[]): readonly string[] {
    const { status, stderr, lines } = record(script);
    expect([status, stderr]).toEqual([0, ""]);
    return shown(lines).slice(3, -1);
  }

  /** A header of control data: its length, its level, its type, and descriptors. */
  type Header = readonly [
    length: number,
    level: number,
    type: number,
    ...fds: readonly (number | string)[],
  ];

  /** Statements that prepare a message with the name `h`. */
  function message(headers: readonly Header[], size: number, room = size): readonly string[] {
    let at = 0;
    const puts = headers.flatMap(([length, level, type, ...fds]) => {
      const start = at;
      at += 8 * Math.ceil(length / 8);
      return [
        ...[
          `put c ${start} 8 ${length}`,
          `put c ${start + 8} 4 ${level}`,
          `put c ${start + 12} 4 ${type}`,
        ],
        ...fds.map((fd, i) => `put c ${start + 16 + 4 * i} 4 ${fd}`),
      ];
    });
    return [`mem c ${room}`, ...puts, "mem h 56", "put h 32 8 $c", `put h 40 8 ${size}`];
  }
  /** The fds of a message, which no socket sends. */
  const passed = (headers: readonly Header[], size: number, room?: number): readonly string[] =>
    lines(...createMap(), ...message(headers, size, room), call("sendmsg", -1, "$h", 0)).slice(1);
  const sent = (fds: string) => [`sendmsg 0xffffffffffffffff ptr 0x0 = -9; fds ${fds}`];

  test.each<[string, readonly Header[], number, string]>([
    ["one", [[20, 1, 1, "$map"]], 24, "3"],
    ["two", [[24, 1, 1, 2, "$map"]], 24, "2 3"],
    [
      "three, in two headers",
      [
        [20, 1, 1, 9],
        [24, 1, 1, "$map", 1],
      ],
      48,
      "9 3 1",
    ],
    [
      "three, with an odd number first",
      [
        [28, 1, 1, "$map", 2, 1],
        [20, 1, 1, 5],
      ],
      56,
      "3 2 1 5",
    ],
    [
      "one after credentials",
      [
        [28, 1, 2, 3, 3, 3],
        [20, 1, 1, "$map"],
      ],
      56,
      "3",
    ],
    [
      "one after a header without data",
      [
        [16, 1, 1],
        [20, 1, 1, "$map"],
      ],
      40,
      "3",
    ],
    [
      "one before a length that is too small",
      [
        [20, 1, 1, "$map"],
        [15, 1, 1, 7],
      ],
      48,
      "3",
    ],
    [
      "one before a length that is too large",
      [
        [20, 1, 1, "$map"],
        [25, 1, 1, 7],
      ],
      48,
      "3",
    ],
    ["half a descriptor", [[23, 1, 1, "$map", 7]], 24, "3"],
    [
      "exactly as much as there is",
      [
        [20, 1, 1, "$map"],
        [24, 1, 1, 7, 8],
      ],
      48,
      "3 7 8",
    ],
    [
      "a last header without its end",
      [
        [20, 1, 1, "$map"],
        [16, 1, 1],
      ],
      39,
      "3",
    ],
    ["a last header without padding", [[20, 1, 1, "$map"]], 20, "3"],
  ])("has each passed fd of a message with %s", (_, headers, size, fds) => {
    expect(passed(headers, size, Math.max(size, 64))).toEqual(sent(fds));
  });

  test.each<[string, readonly Header[], number, number]>([
    ["no descriptor that bpf() knows", [[24, 1, 1, 1, 2]], 24, 64],
    ["another level", [[20, 0, 1, "$map"]], 24, 64],
    ["another type", [[20, 1, 2, "$map"]], 24, 64],
    ["no control data", [[20, 1, 1, "$map"]], 0, 64],
    ["less than a header", [[20, 1, 1, "$map"]], 15, 64],
    ["a header only", [[20, 1, 1, "$map"]], 16, 64],
    ["less than it says", [[20, 1, 1, "$map"]], 19, 64],
    ["no descriptors", [[16, 1, 1, "$map"]], 24, 64],
    ["less than one descriptor", [[19, 1, 1, "$map"]], 24, 64],
    ["control data that cannot be read", [[20, 1, 1, "$map"]], 25, 24],
  ])("has no message with %s", (_, headers, size, room) => {
    expect(passed(headers, size, room)).toEqual([]);
  });

  test("has no message without control data, or without a header", () => {
    const prepare = [...createMap(), ...message([[20, 1, 1, "$map"]], 24)];
    const sends = ["put h 32 8 0", call("sendmsg", -1, "$h", 0), call("sendmsg", -1, 8, 0)];
    const cut = call("sendmsg", -1, "$h+1", 0);
    expect(lines(...prepare, ...sends, "put h 32 8 $c", cut).slice(1)).toEqual([]);
  });

  test.each([63, 64, 65, 100])("has at most 64 of %i descriptors", (count) => {
    const fds = Array.from({ length: count }, (_, i) => (i === 0 ? "$map" : 100 + i));
    const length = 16 + 4 * count;
    const wanted = ["3", ...fds.slice(1, 64)].join(" ");
    expect(passed([[length, 1, 1, ...fds]], length + 8)).toEqual(sent(wanted));
  });

  test.each([
    [4091, false],
    [4092, true],
    [4096, true],
    [4097, true],
    [6000, true],
  ])("reads at most 4096 of %i bytes of control data", (size, isSeen) => {
    // A header of other data fills all but the last 24 of 4096 bytes.
    const last: Header = [20, 1, 1, "$map"];
    expect(passed([[4072, 1, 2], last], size, 6000)).toEqual(isSeen ? sent("3") : []);
    expect(passed([[4080, 1, 2], last], size, 6000)).toEqual([]);
  });

  test("has the files that a message brings, and no message that fails", () => {
    const pair = ["mem s 8", call("socketpair", 1, 2, 0, "$s"), "mem b 1", "mem v 16"];
    const parts = ["put v 0 8 $b", "put v 8 8 1", "put h 16 8 $v", "put h 24 8 1"];
    const script = [
      ...[...createMap(), ...pair, `other = ${nr.eventfd2} 0 0`],
      ...[...message([[28, 1, 1, "$map", "$other", "$map"]], 32), ...parts],
      ...[call("sendmsg", 4, "$h", 0), "fill c 0 32 0", call("recvmsg", 5, "$h", 0x40000040)],
      ...[call("recvmsg", 5, "$h", 0x40), call("close", 7), call("close", 8), call("close", 9)],
      ...["put c 0 8 20", "put c 8 4 1", "put c 12 4 1", "put c 16 4 $other", "put h 40 8 24"],
      ...[call("sendmsg", 4, "$h", 0), call("recvmsg", 5, "$h", 0x40)],
    ];
    expect(lines(...script).slice(1)).toEqual([
      ...["sendmsg 0x4 ptr 0x0 = 1; fds 3 6 3", "recvmsg 0x5 ptr 0x40000040 = 1; fds 7 8 9"],
      ...["file 7: map", "file 8: other", "file 9: map", "close 0x7 = 0", "close 0x9 = 0"],
    ]);
  });

  test("has the files of a message without bytes, whose result is 0", () => {
    const pair = ["mem s 8", call("socketpair", 1, 2, 0, "$s")];
    const script = [
      ...[
        ...createMap(),
        ...pair,
        ...message([[20, 1, 1, "$map"]], 24),
        call("sendmsg", 4, "$h", 0),
      ],
      ...["fill c 0 24 0", call("recvmsg", 5, "$h", 0x40), call("close", 6)],
    ];
    expect(lines(...script).slice(1)).toEqual([
      ...["sendmsg 0x4 ptr 0x0 = 0; fds 3", "recvmsg 0x5 ptr 0x40 = 0; fds 6", "file 6: map"],
      "close 0x6 = 0",
    ]);
  });

  test("has the files of pidfd_getfd()", () => {
    const own = [`self = ${nr.getpid}`, `pid = ${nr.pidfd_open} $self 0`];
    const get = (fd: number | string) => call("pidfd_getfd", "$pid", fd, 0);
    expect(
      lines(
        ...createMap(),
        ...own,
        get("$map"),
        get(1),
        get(99),
        call("close", 5),
        call("close", 6),
      ).slice(1),
    ).toEqual([
      ...[
        "pidfd_getfd 0x4 0x3 0x0 = 5",
        "file 5: map",
        "pidfd_getfd 0x4 0x1 0x0 = 6",
        "file 6: other",
      ],
      ...["pidfd_getfd 0x4 0x63 0x0 = -9", "close 0x5 = 0"],
    ]);
  });
});
