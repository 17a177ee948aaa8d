// SPDX-License-Identifier: MIT
import { BAD_ADDRESS } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  RecordingError,
  RecordingParser,
  replayCalls,
  TRACE_SCHEMA,
  type TraceEvent,
} from "../src/index.ts";
import { container } from "./facts.ts";

const header = JSON.stringify({ schema: TRACE_SCHEMA, arch: "x64" });

/** Parses a line after the header. */
function parse(line: object | string): TraceEvent | undefined {
  const parser = new RecordingParser();
  expect(parser.parse(header)).toBeUndefined();
  return parser.parse(typeof line === "string" ? line : JSON.stringify(line));
}

const call = { type: "call", pid: 7, memory: [], result: 0 };

describe("a recording", () => {
  test("gives numbers and strings as the kernel reads them", () => {
    const path = ["0x7f00", btoa("/sys/fs/bpf\0")];
    const opened = { ...call, name: "openat", args: ["0xffffff9c", "0x7f00", "0x80000", "0x0"] };
    expect(parse({ ...opened, memory: [path], result: 5 })).toEqual({
      type: "call",
      pid: 7,
      name: "openat",
      args: [-100, "/sys/fs/bpf", 0x80000, 0],
      result: 5,
    });
    expect(parse({ ...opened, memory: [["0x7f00", null]] })).toMatchObject({
      args: [-100, BAD_ADDRESS, 0x80000, 0],
    });
  });

  test("gives the attr of bpf() with the memory of its fields", () => {
    const attr = new Uint8Array(24);
    new DataView(attr.buffer).setBigUint64(8, 0x1234n, true);
    const memory = [
      ["0x7f00", btoa(String.fromCharCode(...attr))],
      ["0x1234", btoa("12345678")],
    ];
    const event = parse({
      ...call,
      name: "bpf",
      args: ["0x5", "0x7f00", "0x18", "0x9", "0x9"],
      memory,
    });
    expect(event).toMatchObject({
      args: [
        5,
        { bytes: attr, pointers: [{ offset: 8, to: new TextEncoder().encode("12345678") }] },
        24,
      ],
    });
  });

  test("gives NULL as the kernel reads it, and calls of unknown names", () => {
    const mount = { ...call, name: "mount", args: ["0x0", "0x7f00", "0x0", "0x0", "0x0"] };
    expect(parse({ ...mount, memory: [["0x7f00", btoa("/mnt\0")]] })).toMatchObject({
      args: [null, "/mnt", null, 0n, null],
    });
    expect(parse({ ...call, name: "new_call", args: ["0x1"] })).toMatchObject({ args: [1] });
  });

  test.each<[string, object | string, string]>([
    ["a cut line", '{"type":"call","pid":', "line 2: not JSON; the recording may have been cut"],
    ["another type", { type: "dance", pid: 1 }, 'line 2: type: unknown value "dance"'],
    ["no pid", { type: "exit" }, "line 2: pid: expected a number"],
    ["a list", [], "line 2: expected an object"],
    ["no arguments", { ...call, name: "bpf" }, "line 2: args: expected a list"],
    [
      "an argument that is no number",
      { ...call, name: "bpf", args: [5] },
      "line 2: expected an address, got 5",
    ],
    [
      "memory that is not base64",
      { ...call, name: "bpf", args: [], memory: [["0x1", "?"]] },
      "line 2: memory: not base64",
    ],
    [
      "memory without an address",
      { ...call, name: "bpf", args: [], memory: ["0x1"] },
      "line 2: expected an address, got undefined",
    ],
    ["facts that are missing", { type: "process", pid: 1 }, "line 2: facts: expected an object"],
    [
      "facts that are null",
      { type: "process", pid: 1, facts: null },
      "line 2: facts: expected an object",
    ],
    [
      "facts without a user namespace",
      { type: "process", pid: 1, facts: { ...container(), userns: {} } },
      "line 2: facts: userns.inode: expected an integer",
    ],
    [
      "facts without capabilities",
      { type: "process", pid: 1, facts: { ...container(), capabilities: {} } },
      "line 2: facts: capabilities.effective: expected at most 16 hexadecimal digits",
    ],
  ])("with %s is an error with the line", (_, line, message) => {
    expect(() => parse(line)).toThrow(new RecordingError(message));
  });

  test.each(["__proto__", "constructor", "toString"])(
    "of the call %s is read and replayed",
    (name) => {
      const event = parse({ ...call, name, args: ["0x1"], result: -1 }) as TraceEvent;
      expect(event).toMatchObject({ name, args: [1] });
      const found: string[] = [];
      const state: TraceEvent = { type: "process", pid: 7, facts: container() };
      replayCalls([state, event], { onAnswer: ({ how }) => void found.push(how) });
      expect(found).toEqual(["followed"]);
    },
  );

  test("of another version is an error", () => {
    expect(() => new RecordingParser().parse('{"schema":"bpf-token/trace@9"}')).toThrow(
      `line 1: schema: expected "${TRACE_SCHEMA}", got "bpf-token/trace@9"`,
    );
  });
});
