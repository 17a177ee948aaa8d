// SPDX-License-Identifier: MIT
// Each field of a report and of a recording with each wrong type: the error names the field.
import { expect, test } from "vitest";
import { parseFacts, RecordingParser, TRACE_SCHEMA } from "../src/index.ts";
import { bpffs, container } from "./facts.ts";

type Fields = Readonly<Record<string, unknown>>;

const ofType: Readonly<Record<string, unknown>> = {
  ...{ string: "text", number: 7, boolean: true, object: {}, list: [] },
};
const articles: Readonly<Record<string, string>> = {
  ...{ string: "a string", number: "an integer", boolean: "a boolean" },
  ...{ object: "an object", list: "a list" },
};

const base: Fields = { ...container(), manager: { kind: "lxc", name: "x" } };
const error = (fields: Fields): string => {
  try {
    parseFacts(JSON.stringify(fields));
    return "valid";
  } catch (thrown) {
    return (thrown as Error).message;
  }
};

const required: Readonly<Record<string, string>> = {
  ...{ pid: "number", program: "string", release: "string", uid: "number" },
  ...{ capabilities: "object", userns: "object", bpffs: "list", seccomp: "number" },
  ...{ noNewPrivileges: "boolean", unknown: "list" },
};
const optional: Readonly<Record<string, string>> = {
  ...{ hostNetwork: "boolean", unprivilegedBpfDisabled: "number", perfEventParanoid: "number" },
  ...{ lockdown: "string", btf: "boolean", oldHook: "string", lsms: "list", manager: "object" },
  ...{ seccompFilters: "object", runsc: "object" },
};

test.each(Object.entries({ ...required, ...optional }))("the field %s is %s", (name, type) => {
  for (const [other, value] of Object.entries({ ...ofType, none: null })) {
    if (other === type) continue;
    expect([other, error({ ...base, [name]: value })]).toEqual([
      other,
      `${name}: expected ${articles[type]}`,
    ]);
  }
});

const without = (name: string): Fields =>
  Object.fromEntries(Object.entries(base).filter(([key]) => key !== name));

test.each(Object.keys(required))("the field %s must be there", (name) => {
  expect(error(without(name))).toBe(`${name}: expected ${articles[required[name] ?? ""]}`);
});

test.each(Object.keys(optional))("the field %s may be missing", (name) => {
  expect(error(without(name))).toBe("valid");
});

const mount = (more: Fields): Fields => ({ ...base, bpffs: [bpffs, { ...bpffs, ...more }] });
const filters = (more: Fields): Fields => ({
  ...base,
  seccompFilters: { arch: "x64", filters: ["AAAAAAAAAAA="], ...more },
});
const caps = (effective: unknown): Fields => ({
  ...base,
  capabilities: { ...(base.capabilities as Fields), effective },
});
const digits = "capabilities.effective: expected at most 16 hexadecimal digits";
const option = "bpffs[1].delegates: expected options such as delegate_cmds";
const base64 = "seccompFilters.filters[0]: expected base64";

test.each<[Fields, string]>([
  [caps("0"), "valid"],
  [caps("0123456789abcdeF"), "valid"],
  [caps("0123456789abcdef0"), digits],
  [caps(""), digits],
  [caps("x1"), digits],
  [caps("1x"), digits],
  [caps(1), digits],
  ...["effective", "permitted", "inheritable", "bounding", "ambient"].map(
    (set): [Fields, string] => [
      { ...base, capabilities: { ...(base.capabilities as Fields), [set]: null } },
      `capabilities.${set}: expected at most 16 hexadecimal digits`,
    ],
  ),
  [{ ...base, userns: { inode: 1.5, initial: true } }, "userns.inode: expected an integer"],
  [{ ...base, userns: { inode: 1, initial: 0 } }, "userns.initial: expected a boolean"],
  ...["path", "device", "root"].map((field): [Fields, string] => [
    mount({ [field]: null }),
    `bpffs[1].${field}: expected a string`,
  ]),
  [mount({ delegates: [] }), "bpffs[1].delegates: expected an object"],
  [mount({ delegates: { delegate_cmds: "" } }), "valid"],
  [mount({ delegates: { delegate_cmds: "any:map_create:0x5" } }), "valid"],
  [mount({ delegates: { xdelegate_cmds: "any" } }), option],
  [mount({ delegates: { "delegate_cmds ": "any" } }), option],
  [mount({ delegates: { delegate_: "any" } }), option],
  [
    mount({ delegates: { delegate_cmds: "any," } }),
    "bpffs[1].delegates.delegate_cmds: expected a mask",
  ],
  [
    mount({ delegates: { delegate_cmds: ",any" } }),
    "bpffs[1].delegates.delegate_cmds: expected a mask",
  ],
  [{ ...base, unknown: [{ fact: 1, why: "x" }] }, "unknown[0].fact: expected a string"],
  [{ ...base, manager: { name: "x" } }, "manager.kind: expected a string"],
  [{ ...base, lsms: [] }, "valid"],
  [{ ...base, lsms: ["bpf", null] }, "lsms: expected strings"],
  [filters({}), "valid"],
  [filters({ arch: "arm64", filters: [] }), "valid"],
  [filters({ filters: ["AAAA", "QUJD+/=="] }), "valid"],
  [filters({ arch: "mips" }), "seccompFilters.arch: expected x64 or arm64"],
  [filters({ filters: {} }), "seccompFilters.filters: expected a list"],
  [filters({ filters: [1] }), base64],
  [filters({ filters: ["AAA"] }), base64],
  [filters({ filters: ["=AAA"] }), base64],
  [filters({ filters: ["A==="] }), base64],
  [filters({ filters: ["AA=A"] }), base64],
  [filters({ filters: ["AA-A"] }), base64],
])("%#: a value that is nearly right", (fields, message) => {
  expect(error(fields)).toBe(message);
});

const call = { type: "call", pid: 7, name: "bpf", args: [], memory: [], result: 0 };
const recorded = (line: Fields | string): unknown => {
  const parser = new RecordingParser();
  parser.parse(JSON.stringify({ schema: TRACE_SCHEMA }));
  try {
    return parser.parse(typeof line === "string" ? line : JSON.stringify(line));
  } catch (thrown) {
    return (thrown as Error).message;
  }
};

test.each<[string, Fields | string, unknown]>([
  ["nothing", "", undefined],
  ["null", "null", "line 2: expected an object"],
  ["a number", "7", "line 2: expected an object"],
  ["an exit", { type: "exit", pid: 7 }, { type: "exit", pid: 7 }],
  ["a pid that is a text", { type: "exit", pid: "7" }, "line 2: pid: expected a number"],
  ["a name that is no text", { ...call, name: 7 }, "line 2: name: expected a string"],
  ["a result that is no number", { ...call, result: "0" }, "line 2: result: expected a number"],
  ["memory that is no list", { ...call, memory: {} }, "line 2: memory: expected a list"],
  [
    "a piece of memory that is no list",
    { ...call, memory: [7] },
    "line 2: expected an address, got undefined",
  ],
  ["an address without 0x", { ...call, args: ["7f"] }, 'line 2: expected an address, got "7f"'],
  ["an address with more", { ...call, args: ["0x7g"] }, 'line 2: expected an address, got "0x7g"'],
  ["an address after text", { ...call, args: ["x0x7"] }, 'line 2: expected an address, got "x0x7"'],
  [
    "too many digits",
    { ...call, args: [`0x${"1".repeat(17)}`] },
    `line 2: expected an address, got "0x${"1".repeat(17)}"`,
  ],
  [
    "a file",
    { type: "file", pid: 7, fd: 3, file: { kind: "map" } },
    { type: "file", pid: 7, fd: 3, file: { kind: "map" } },
  ],
  [
    "a file without a kind",
    { type: "file", pid: 7, fd: 3, file: {} },
    "line 2: file.kind: expected a string",
  ],
  [
    "a file without a number",
    { type: "file", pid: 7, file: { kind: "map" } },
    "line 2: fd: expected a number",
  ],
  ["a file that is a text", { ...call, file: "map" }, "line 2: file: expected an object"],
  [
    "a call",
    { ...call, name: "close", args: ["0x5"] },
    { type: "call", pid: 7, name: "close", args: [5], result: 0 },
  ],
  [
    "an empty string",
    { ...call, name: "openat", args: ["0x5", "0x10", "0x0"], memory: [["0x10", "AGE="]] },
    { type: "call", pid: 7, name: "openat", args: [5, "", 0], result: 0 },
  ],
  [
    "a call with all that it can have",
    {
      ...call,
      name: "recvmsg",
      args: ["0x5", "0x0", "0x0"],
      fds: ["8", 9],
      seccomp: false,
      log: "x",
      file: { kind: "prog" },
    },
    {
      type: "call",
      pid: 7,
      name: "recvmsg",
      args: [5, 0, 0],
      result: 0,
      fds: [8, 9],
      seccomp: false,
      log: "x",
      file: { kind: "prog" },
    },
  ],
  [
    "a call with parts of other types",
    { ...call, name: "close", args: ["0x5"], fds: 8, seccomp: 1, log: 7 },
    { type: "call", pid: 7, name: "close", args: [5], result: 0 },
  ],
])("a line of a recording: %s", (_, line, expected) => {
  expect(recorded(line)).toEqual(expected);
});

const bytes = (...values: readonly number[]): string => btoa(String.fromCharCode(...values));

test("the arguments of recorded calls are what the kernel reads", () => {
  const args = (name: string, list: readonly string[], memory: readonly unknown[] = []): unknown =>
    (recorded({ ...call, name, args: list, memory }) as { args?: unknown }).args;
  expect(
    args(
      "mount",
      ["0x1", "0x2", "0x0", "0xffffffffffffffff", "0x3"],
      [
        ["0x2", bytes(47, 97, 0, 98)],
        ["0x3", bytes(97, 98)],
      ],
    ),
  ).toMatchObject([expect.any(Symbol), "/a", null, 0xffffffffffffffffn, Uint8Array.of(97, 98)]);
  expect(args("openat", ["0xffffff9c", "0x9", "0xffffffff", "0x1ff"])).toMatchObject([
    -100,
    expect.any(Symbol),
    expect.any(Number),
    0x1ff,
  ]);
  expect(args("other", ["0x5", "0x6"], [["0x5", bytes(97, 0)]])).toEqual(["a", 6]);
  // Arguments after the third are read only if the fourth points to memory.
  const attr = ["0x5", bytes(...new Uint8Array(8))];
  expect(args("bpf", ["0x0", "0x5", "0x8"], [attr])).toMatchObject([0, { pointers: [] }, 8]);
  expect(
    args("bpf", ["0x10000", "0x5", "0x8", "0x6", "0x4"], [attr, ["0x6", bytes(1, 2, 3, 4)]]),
  ).toMatchObject([0x10000, { pointers: [] }, 8, Uint8Array.of(1, 2, 3, 4), 4]);
  expect(args("bpf", ["0x63", "0x5", "0x8", "0x0", "0x4"], [attr])).toEqual([
    99,
    { bytes: new Uint8Array(8) },
    8,
  ]);
  expect(args("bpf", ["0x0", "0x7"], [])).toMatchObject([0, expect.any(Symbol), 0]);
  expect(args("bpf", ["0x0", "0x0", "0x8"], [])).toEqual([0, null, 8]);
});

test("a field of an attr points to memory only if that was recorded, and the attr is long enough", () => {
  const attr = new Uint8Array(32);
  new DataView(attr.buffer).setBigUint64(8, 0x20n, true);
  new DataView(attr.buffer).setBigUint64(16, 0x30n, true);
  const pointers = (length: number, memory: readonly unknown[]): unknown => {
    const piece = ["0x5", bytes(...attr.slice(0, length))];
    const event = recorded({ ...call, args: ["0x5", "0x5", "0x8"], memory: [piece, ...memory] });
    return (event as { args: [number, { pointers: unknown }] }).args[1].pointers;
  };
  const at = [
    ["0x20", bytes(1)],
    ["0x30", null],
  ];
  expect(pointers(32, at)).toEqual([
    { offset: 8, to: Uint8Array.of(1) },
    { offset: 16, to: expect.any(Symbol) },
  ]);
  expect(pointers(32, at.slice(1))).toEqual([{ offset: 16, to: expect.any(Symbol) }]);
  expect(pointers(24, at)).toHaveLength(2);
  expect(pointers(23, at)).toHaveLength(1);
  expect(pointers(16, at)).toHaveLength(1);
  expect(pointers(15, at)).toHaveLength(0);
});
