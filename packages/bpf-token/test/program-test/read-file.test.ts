// SPDX-License-Identifier: MIT
import { formatProblem, ScenarioError } from "@bpf-token/scenario";
import { expect, test } from "vitest";
import type { TestFile } from "../../src/program-test/file/file.ts";
import { readTestFile } from "../../src/program-test/file/read-file.ts";

function none(path: string): Uint8Array {
  throw new Error(`no ${path}`);
}

const read = (text: string): TestFile =>
  readTestFile(text, "t.yaml", (path) => (path === "p" ? Uint8Array.of(1, 2) : none(path)));

function problems(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof ScenarioError) return error.all.map((one) => formatProblem(one, "t.yaml"));
    throw error;
  }
  return [];
}

const at = (line: number, column: number, value: unknown) => ({ line, column, value });

test("a test without steps is one step", () => {
  const { object, kernels, tests } = read(`
object: a.bpf.o
kernels: [bpf:7.3]
tests:
  - name: drops
    maps: { blocked: { 10.0.0.1: 1, 7: 0x10 }, pairs: [[{ a: 1 }, 01020304]] }
    variables: { limit: 20 }
    time: 20ms
    program: drop
    packet: 00 01 02
    context: { file: p }
    repeat: 3
    returns: -1
    instructions: 100
    verified: 200
    expect:
      packet: unchanged
      events: { ring: { type: event, list: [{ id: 1 }] }, raw: ["ff"] }
      elements: { blocked: 2 }
`);
  expect([object, kernels]).toEqual(["a.bpf.o", ["bpf:7.3"]]);
  const [first] = tests;
  expect(first?.steps).toHaveLength(1);
  expect(first?.steps[0]).toEqual({
    ...{ line: 5, column: 5 },
    set: {
      maps: new Map([
        [
          "blocked",
          at(6, 13, [
            { key: at(6, 24, "10.0.0.1"), value: at(6, 34, 1) },
            { key: at(6, 37, 7), value: at(6, 40, "0x10") },
          ]),
        ],
        ["pairs", at(6, 48, [{ key: at(6, 57, { a: 1 }), value: at(6, 67, "01020304") }])],
      ]),
      variables: new Map([["limit", at(7, 18, 20)]]),
    },
    time: 20_000_000n,
    program: at(9, 14, "drop"),
    packet: Uint8Array.of(0, 1, 2),
    context: at(11, 14, Uint8Array.of(1, 2)),
    repeat: 3,
    expect: {
      maps: new Map(),
      variables: new Map(),
      returns: at(13, 14, 0xffffffff),
      packet: at(17, 15, "unchanged"),
      context: undefined,
      elements: new Map([["blocked", at(19, 19, 2)]]),
      instructions: at(14, 19, 100),
      verified: at(15, 15, 200),
      events: new Map([
        ["ring", at(18, 17, { type: "event", list: [at(18, 45, { id: 1 })] })],
        ["raw", at(18, 59, { type: undefined, list: [at(18, 65, "ff")] })],
      ]),
    },
  });
});

const head = "object: a.o\ntests:\n";

test.each([
  ["", "t.yaml:1:1: the text is empty; a test file needs at least 'object' and 'tests'"],
  ["- 1", "t.yaml:1:1: a test file is a mapping, not a list"],
  ["tests: []", "t.yaml:1:1: 'object' is missing"],
  ["object: a.o\ntest: []", "t.yaml:2:1: a test file has no 'test'; did you mean 'tests'?"],
  [`${head}  - name: a`, "t.yaml:3:5: a test needs 'program', 'expect' or 'steps'"],
  [`${head}  - program: p`, "t.yaml:3:5: a test needs a name"],
  [
    `${head}  - name: a\n    return: 1`,
    "t.yaml:4:5: a test has no 'return'; did you mean 'returns'?",
  ],
  [
    `${head}  - name: a\n    returns: 1`,
    "t.yaml:4:14: 'returns' needs 'program', the program to run",
  ],
  [
    `${head}  - name: a\n    program: p\n    returns: drop`,
    "t.yaml:5:14: 'returns' is a number from -2147483648 to 4294967295, or a name such as XDP_DROP, not 'drop'",
  ],
  [
    `${head}  - name: a\n    program: p\n    returns: -2147483649`,
    "t.yaml:5:14: 'returns' is a number from -2147483648 to 4294967295, or a name such as XDP_DROP, not '-2147483649'",
  ],
  [
    `${head}  - name: a\n    program: p\n    steps: []`,
    "t.yaml:5:12: 'steps' and 'program' exclude each other",
  ],
  [
    `${head}  - name: a\n    program: p\n    packet: xyz`,
    "t.yaml:5:13: hexadecimal digits or { file: PATH } are expected, not 'xyz'",
  ],
  [`${head}  - name: a\n    program: p\n    packet: { file: q }`, "t.yaml:5:21: q: no q"],
  [
    `${head}  - name: a\n    program: p\n    packet: { pcap: p }`,
    "t.yaml:5:21: p: is too short for a capture file of libpcap",
  ],
  [
    `${head}  - name: a\n    program: p\n    packet: [eth, ipv4, { udp: { dst: 65536 } }, { payload: a }]`,
    "t.yaml:5:25: dst: 65536 does not fit in 16 bits",
  ],
  [
    `${head}  - name: a\n    program: p\n    packet: [eth, { truncate: 15 }]`,
    "t.yaml:5:19: truncate: 15 is not a number from 0 to 14, the length of the packet",
  ],
  [
    `${head}  - name: a\n    program: p\n    packet:\n      - eth\n      - [ipv4]\n      - udp`,
    "t.yaml:7:9: a layer is one header, such as { ipv4: {} }, not a list",
  ],
  [
    `${head}  - name: a\n    program: p\n    packet: [{ ipv4: { scr: 1 } }]`,
    "t.yaml:5:14: ipv4 has no field 'scr'; it has src, dst, ttl, tos, id, more, dont_fragment, offset, protocol, length, checksum",
  ],
  [
    `${head}  - name: a\n    program: p\n    packet: [[eth]]`,
    "t.yaml:5:14: a layer is one header, such as { ipv4: {} }, not a list",
  ],
  [
    `${head}  - name: a\n    program: p\n    time: 5m`,
    "t.yaml:5:11: 'time' is a time such as 5s or 20ms, not '5m'",
  ],
  [
    `${head}  - name: a\n    program: p\n    repeat: -1`,
    "t.yaml:5:13: 'repeat' is a number from 1 to 1000000, not '-1'",
  ],
  [`${head}  - name: a\n    maps: { m: [[1]] }`, "t.yaml:4:17: an element is a list: [key, value]"],
  [`${head}  - name: a\n    maps: []`, "t.yaml:4:11: 'maps' is a mapping of names, not a list"],
  [
    `${head}  - name: a\n    expect: { map: {} }`,
    "t.yaml:4:15: what is expected has no 'map'; did you mean 'maps'?",
  ],
  ["object: a.o\ntests: 5", "t.yaml:2:8: 'tests' is a list, not '5'"],
  ["object: []\ntests: []", "t.yaml:1:9: 'object' is a text, not a list"],
])("%j has a problem with its place", (text, problem) => {
  expect(problems(text)).toContain(problem);
});

test("a test sets maps before its steps", () => {
  const { tests } = read(
    `${head}  - name: a\n    maps: { m: { 1: 2 } }\n    steps: [{ program: p }]\n`,
  );
  expect(tests[0]?.steps.map(({ program, set }) => [program?.value, set.maps.size])).toEqual([
    [undefined, 1],
    ["p", 0],
  ]);
});

test("a context is bytes, a file or members of a struct", () => {
  const contexts = ["0102", "{ file: p }", "{ mark: 5 }"].map((text) => {
    const { tests } = read(`${head}  - { name: a, program: q, context: ${text} }\n`);
    return tests[0]?.steps[0]?.context?.value;
  });
  expect(contexts).toEqual([Uint8Array.of(1, 2), Uint8Array.of(1, 2), { mark: 5 }]);
});

test("10,000 tests are read", () => {
  const text = head + "  - { name: a, program: p, packet: 00, returns: 1 }\n".repeat(10_000);
  expect(read(text).tests).toHaveLength(10_000);
});

test("a delegation and capabilities, as names, 'any' and 'none'", () => {
  const file = (lines: string): TestFile =>
    read(`object: a.o\n${lines}\ntests: [{ name: a, expect: {} }]`);
  expect(file("seed: 1")).toMatchObject({ delegation: undefined, capabilities: undefined });
  const { delegation, capabilities } = file(
    "delegate: { cmds: any, maps: [hash, array], progs: [xdp] }\ncaps: [CAP_BPF, net_admin]",
  );
  expect(delegation).toEqual({ cmds: "any", maps: ["hash", "array"], progs: ["xdp"] });
  expect(capabilities).toBe((1n << 39n) | (1n << 12n));
  expect(file("caps: none").capabilities).toBe(0n);
});

test.each([
  ["delegate: [xdp]", "'delegate' is a mapping, not a list"],
  ["delegate: { prog: [xdp] }", "'delegate' has no 'prog'"],
  ["delegate: { progs: [packet] }", "is not a program type"],
  ["delegate: { progs: [[xdp]] }", "'progs' is a text, not a list"],
  ["caps: [CAP_PBF]", "bpf"],
])("%s is an error", (line, why) => {
  const found = problems(`object: a.o\n${line}\ntests: [{ name: a, expect: {} }]`);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/^t\.yaml:2:/);
  expect(found[0]?.toLowerCase()).toContain(why.toLowerCase());
});
