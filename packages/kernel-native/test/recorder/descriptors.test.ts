// SPDX-License-Identifier: MIT
// Which file descriptors the recorder knows: only calls on these are recorded.
import { expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { createMap, nr, shown, text, useRecorder } from "./recording.ts";

const START = ["process", "execve = 0", "process"];
const MAP = "bpf 0x0 ptr 0x50 = 3; 80 bytes";
const FILES = 0x400;

/** The statement of a call whose result nobody needs. */
const call = (name: keyof typeof nr, ...args: readonly (number | string)[]): string =>
  ["r", "=", nr[name], ...args].join(" ");

describeNative("the file descriptors that the recorder knows", () => {
  const { record } = useRecorder();

  /** The lines after those of the start, without the end of the first process. */
  function lines(...script: readonly string[]): readonly string[] {
    const { status, stderr, lines } = record(script);
    expect([status, stderr]).toEqual([0, ""]);
    const all = shown(lines);
    expect(all.slice(0, 3)).toEqual(START);
    expect(all.at(-1)).toBe("exit");
    return all.slice(3, -1);
  }

  test("are below 1024", () => {
    const limit = ["mem l 16", "put l 0 8 2000", "put l 8 8 2000", call("setrlimit", 7, "$l")];
    const copies = [1022, 1023, 1024, 1025].map((fd) => call("dup2", "$map", fd));
    const closes = [1025, 1024, 1023, 1022].map((fd) => call("close", fd));
    expect(lines(...limit, ...createMap(), ...copies, ...closes)).toEqual([
      MAP,
      ...["dup2 0x3 0x3fe = 1022", "dup2 0x3 0x3ff = 1023", "dup2 0x3 0x400 = 1024"],
      ...["dup2 0x3 0x401 = 1025", "close 0x3ff = 0", "close 0x3fe = 0"],
    ]);
  });

  test("are single ones", () => {
    const copies = [8, 15, 16].map((fd) => call("dup2", "$map", fd));
    const closes = [7, 9, 8, 8, 14, 17, 15, 16, 0x10003, -1].map((fd) => call("close", fd));
    expect(lines(...createMap(), ...copies, ...closes)).toEqual([
      ...[MAP, "dup2 0x3 0x8 = 8", "dup2 0x3 0xf = 15", "dup2 0x3 0x10 = 16"],
      ...["close 0x8 = 0", "close 0xf = 0", "close 0x10 = 0"],
    ]);
  });

  test("stay known if their flags change, and a result of 0 is no descriptor then", () => {
    const flags = [1, 2, 3, 4, 1025].map((request) => call("fcntl", "$map", request, 0));
    expect(lines(...createMap(), ...flags, call("close", 0), call("close", "$map"))).toEqual([
      ...[MAP, "fcntl 0x3 0x2 0x0 = 0", "close 0x3 = 0"],
    ]);
  });

  test("are what a copy replaces", () => {
    const other = `other = ${nr.eventfd2} 0 0`;
    const script = [
      ...[call("dup2", "$map", 20), call("dup2", "$other", 20), call("close", 20)],
      ...[call("dup3", "$map", 21, 0), call("dup3", "$other", 21, 0), call("close", 21)],
      ...[call("dup2", "$other", 22), call("dup3", "$other", 23, 0), call("dup", "$other")],
      ...[call("fcntl", "$other", 0, 30), call("fcntl", "$other", 1030, 30)],
      ...[call("fcntl", "$map", 1029, 30), call("fcntl", "$map", 1030, 50), call("close", 50)],
    ];
    expect(lines(...createMap(), other, ...script)).toEqual([
      ...[MAP, "dup2 0x3 0x14 = 20", "dup2 0x4 0x14 = 20", "dup3 0x3 0x15 0x0 = 21"],
      ...["dup3 0x4 0x15 0x0 = 21", "fcntl 0x3 0x406 0x32 = 50", "close 0x32 = 0"],
    ]);
  });

  test("do not change by a call that fails", () => {
    const failed = [call("dup2", "$map", -1), call("dup3", "$map", "$map", 0)];
    expect(lines(...createMap(), ...failed, call("close", "$map"))).toEqual([
      ...[MAP, "dup2 0x3 0xffffffffffffffff = -9", "dup3 0x3 0x3 0x0 = -22", "close 0x3 = 0"],
    ]);
  });

  test("end with close_range(), unless it only sets flags", () => {
    const copies = [20, 21, 22, 23, 1023].map((fd) => call("dup2", "$map", fd));
    const script = [
      ...[call("close_range", 20, 23, 4), call("close_range", 23, 22, 0)],
      ...[call("close_range", 21, 22, 0), call("close", 21), call("close", 22)],
      ...[
        call("close", 20),
        call("close", 23),
        call("close_range", 30, -1, 0),
        call("close", 1023),
      ],
      call("close", "$map"),
    ];
    expect(lines(...createMap(), ...copies, ...script).slice(6)).toEqual([
      ...["close_range 0x14 0x17 0x4 = 0", "close_range 0x17 0x16 0x0 = -22"],
      ...["close_range 0x15 0x16 0x0 = 0", "close 0x14 = 0", "close 0x17 = 0"],
      ...["close_range 0x1e 0xffffffffffffffff 0x0 = 0", "close 0x3 = 0"],
    ]);
  });

  test("are explained again when close_range() has closed them", () => {
    const token = ["mem a 8", `put a 4 4 $map`, call("bpf", 36, "$a", 8)];
    const again = [call("close_range", 3, 3, 0), call("eventfd2", 0, 0), call("bpf", 36, "$a", 8)];
    expect(lines(...createMap(), ...token, ...again)).toEqual([
      ...[MAP, "bpf 0x24 ptr 0x8 = -22; 0000000003000000", "close_range 0x3 0x3 0x0 = 0"],
      ...["file 3: other", "bpf 0x24 ptr 0x8 = -22; 0000000003000000"],
    ]);
  });

  test("are closed by an exec() if they have the flag", () => {
    const copies = [
      ...[call("dup2", "$map", 0), call("dup2", "$map", 20), call("dup3", "$map", 21, 0x80000)],
      ...[call("dup3", "$map", 1023, 0x80000), call("dup2", "$map", 1022)],
    ];
    const closes = [0, 3, 20, 21, 1022, 1023].map((fd) => call("close", fd));
    expect(lines(...createMap(), ...copies, "exec", ...closes).slice(6)).toEqual([
      ...["execve = 0", "close 0x0 = 0", "close 0x14 = 0", "close 0x3fe = 0"],
    ]);
  });

  test("are those of the parent, as they were", () => {
    const child = [call("dup2", "$map", 20), call("close", 20), call("close", "$map")];
    const script = [...createMap(), "fork 0 3", ...child, call("close", 20), call("close", "$map")];
    expect(lines(...script)).toEqual([
      ...[MAP, "clone 0x0 = process 2", "2: dup2 0x3 0x14 = 20", "2: close 0x14 = 0"],
      ...["2: close 0x3 = 0", "2: exit", "close 0x3 = 0"],
    ]);
  });

  test.each([
    // How sharing ends before the child has a descriptor more.
    [[], true],
    [[call("unshare", FILES)], false],
    [[call("unshare", 0)], true],
    [[call("close_range", 500, 501, 2)], false],
    [[call("close_range", 500, 501, 0)], true],
    [["exec", "set map 30"], false],
  ])("are shared with CLONE_FILES until %j", (ends, isShared) => {
    const copy = call("dup2", "$map", 30);
    const child = [...ends, call("dup2", "$map", 20), call("close", 21)];
    const script = [`fork ${FILES} ${child.length}`, ...child, call("close", 20)];
    const seen = lines(...createMap(), copy, ...script).filter((line) => /^close 0x14/.test(line));
    expect(seen).toEqual(isShared ? ["close 0x14 = 0"] : []);
  });

  test("are not those of a later process when a sharer has ended", () => {
    const pipes = ["mem p 8", call("pipe2", "$p", 0), "mem b 1"];
    // The numbers of the ends: 4 and 5. The child waits until its parent has a copy.
    const child = [call("read", 4, "$b", 1), call("close", 20)];
    const script = [
      ...[`fork ${FILES} 1`, call("close", 90), "spawn 0 2", ...child],
      ...[call("dup2", "$map", 20), call("write", 5, "$b", 1), "join", call("close", 20)],
    ];
    expect(lines(...createMap(), ...pipes, ...script)).toEqual([
      ...[MAP, "clone 0x400 = process 2", "2: exit", "clone 0x0 = process 3"],
      ...["dup2 0x3 0x14 = 20", "3: exit", "close 0x14 = 0"],
    ]);
  });

  test("are shared by all processes that CLONE_FILES connects, and copied by fork()", () => {
    const pipes = ["mem p 8", call("pipe2", "$p", 0), "mem q 8", call("pipe2", "$q", 0), "mem b 9"];
    // Two sharers and a copy wait until all are there.
    const [wait, done] = [call("read", 4, "$b", 1), call("write", 7, "$b", 1)];
    const script = [
      ...[`spawn ${FILES} 3`, wait, call("dup2", "$map", 20), done, `spawn ${FILES} 5`],
      ...[
        call("read", 6, "$b", 1),
        call("close", 20),
        call("dup2", "$map", 21),
        done,
        call("close", 91),
      ],
      ...[
        "fork 0 2",
        call("dup2", "$map", 22),
        call("close", 23),
        call("write", 5, "$b", 1),
        "join",
      ],
      ...[20, 21, 22].map((fd) => call("close", fd)),
    ];
    const { status, lines } = record([...createMap(), ...pipes, ...script]);
    const calls = shown(lines).filter((line) => /dup2|close/.test(line));
    expect(status).toBe(0);
    expect(calls.map((line) => line.replace(/^\d: /, ""))).toEqual([
      ...["dup2 0x3 0x16 = 22", "dup2 0x3 0x14 = 20", "close 0x14 = 0", "dup2 0x3 0x15 = 21"],
      "close 0x15 = 0",
    ]);
  });

  test("are the same for all threads", () => {
    const script = ["thread 1", call("dup2", "$map", 20), call("close", 20)];
    expect(lines(...createMap(), ...script)).toEqual([MAP, "dup2 0x3 0x14 = 20", "close 0x14 = 0"]);
  });

  test.each([
    ["bpf", ['fsopen ptr 0x1 = 4; "bpf"', "close 0x4 = 0"]],
    ["bpff", []],
    ["bp", []],
    ["tmpfs", []],
    ["", []],
  ])("have the context of a filesystem of the type '%s': %j", (type, wanted) => {
    const script = [...text("bpf", "bpf"), ...text("type", type), ...createMap()];
    const uses = [call("fsopen", "$type", 1), call("close", 4)];
    expect(lines(...script, ...uses)).toEqual([MAP, ...wanted]);
  });
});
