// SPDX-License-Identifier: MIT
// What the reader of recordings and of strace logs returns for one bpf() call or another.
import { attrLayout, BpfCmd, type BpfCmdName, HelperId } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { type RecordedCall, RecordedCallReader, type RecordedCalls } from "../src/index.ts";

const read = (...lines: readonly string[]): RecordedCalls => {
  const reader = new RecordedCallReader();
  reader.push(lines.join("\n"));
  return reader.finish();
};
const callsOf = (...lines: readonly string[]): readonly RecordedCall[] => read(...lines).calls;

const header = '{"schema":"bpf-token/trace@1","arch":"x64"}';
const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
/** A line of a recording. The attr is at 0x1000, and its pointers are given as fields. */
function recorded(cmd: BpfCmdName | number, fields: object, more: object = {}): string {
  const layout = attrLayout(typeof cmd === "number" ? "MAP_CREATE" : cmd, "6.18");
  const { bytes, pointers = [] } = layout.encode(fields);
  const attr = bytes.slice();
  const memory: unknown[] = [];
  for (const [i, { offset, to }] of pointers.entries()) {
    const address = 0x2000n + BigInt(i) * 0x100n;
    new DataView(attr.buffer).setBigUint64(offset, address, true);
    const piece = to instanceof Uint8Array ? base64(to) : null;
    memory.push([`0x${address.toString(16)}`, piece]);
  }
  const nr = typeof cmd === "number" ? cmd : BpfCmd[cmd];
  const args = [nr, 0x1000, attr.length].map((arg) => `0x${arg.toString(16)}`);
  const own = { type: "call", pid: 7, name: "bpf", result: 3, args };
  return JSON.stringify({ ...own, memory: [["0x1000", base64(attr)], ...memory], ...more });
}

const exit = [0x95, 0, 0, 0, 0, 0, 0, 0];
const call = (id: number): number[] => [0x85, 0, 0, 0, id, 0, 0, 0];
/** Loads 64 bits in two instructions; `kind` says of what. */
const load64 = (kind: number, imm: number, second: readonly number[] = []): number[] => [
  ...[0x18, 0x01 | (kind << 4), 0, 0, imm, 0, 0, 0],
  ...[...second, ...Array.from({ length: 8 - second.length }, () => 0)],
];
const [MAP_FD, FUNC] = [1, 4];
const program = (...insns: readonly (readonly number[])[]) => {
  const bytes = Uint8Array.from(insns.flat());
  return { prog_type: 6, insn_cnt: bytes.length / 8, prog_name: "main", insns: bytes };
};

describe("a recording", () => {
  test("gives a map: type, name, token and errno", () => {
    const fields = { map_type: 2, map_name: "flows", map_flags: 0x10000 };
    expect(callsOf(header, recorded("MAP_CREATE", fields, { result: -1, seccomp: true }))).toEqual([
      {
        ...{ number: 1, line: 2, command: "MAP_CREATE", token: true, errno: "EPERM", log: "" },
        ...{ type: 2, attach: 0, name: "flows", size: 0, instructions: undefined, seccomp: true },
      },
    ]);
  });

  test("gives a program with its instructions", () => {
    const fields = { ...program(call(HelperId.trace_printk), exit), expected_attach_type: 37 };
    const [found] = callsOf(header, recorded("PROG_LOAD", fields, { log: "R1 !read_ok" }));
    expect(found).toEqual({
      ...{ number: 1, line: 2, command: "PROG_LOAD", token: false, errno: "" },
      ...{ type: 6, attach: 37, name: "main", size: 2, log: "R1 !read_ok", seccomp: false },
      instructions: { helpers: [HelperId.trace_printk], callback: false, bytes: fields.insns },
    });
  });

  test("gives numbers for a command and an errno that have no name", () => {
    const [found] = callsOf(header, recorded(77, {}, { result: -999 }));
    expect([found?.command, found?.errno]).toEqual(["77", "999"]);
  });

  test("omits other calls, and counts the rest", () => {
    const open = { type: "call", pid: 7, name: "close", args: ["0x3"], memory: [], result: 0 };
    const found = callsOf(header, JSON.stringify(open), recorded("MAP_CREATE", { map_type: 1 }));
    expect(found.map(({ number, line }) => [number, line])).toEqual([[1, 3]]);
  });

  test.each([
    ["the last instruction of all", [call(1), load64(FUNC, 0)], true],
    ["the second half of a load", [load64(0, 0, [0x18, FUNC << 4]), exit], false],
    ["another load before it", [load64(MAP_FD, 5), load64(FUNC, 0), exit], true],
    ["none", [load64(MAP_FD, 5), exit], false],
  ])("finds a callback in %s", (_, insns, callback) => {
    const [found] = callsOf(header, recorded("PROG_LOAD", program(...insns)));
    expect(found?.instructions?.callback).toBe(callback);
  });

  test("takes two loads that differ only in the fds of their maps for one", () => {
    const line = (fd: number, value = 0) =>
      recorded("PROG_LOAD", program(load64(0, value), load64(MAP_FD, fd), exit));
    expect(callsOf(header, line(5), line(6))).toHaveLength(1);
    expect(callsOf(header, line(5), line(5, 1))).toHaveLength(2);
    // An index of fd_array and the address of a function are no fd.
    const others = (imm: number) => recorded("PROG_LOAD", program(load64(FUNC, imm), exit));
    expect(callsOf(header, others(1), others(2))).toHaveLength(2);
  });

  test("has no instructions to compute with if some of them are missing", () => {
    const fields = { ...program(call(HelperId.trace_printk), exit), insn_cnt: 3 };
    const [found] = callsOf(header, recorded("PROG_LOAD", fields));
    expect(found?.instructions).toEqual({ helpers: [HelperId.trace_printk], callback: false });
    const [none] = callsOf(header, recorded("PROG_LOAD", { prog_type: 6, insn_cnt: 1 }));
    expect(none?.instructions).toBeUndefined();
  });

  test.each([
    ["names a field of the kernel", "bpf_timer", 0, true],
    ["names none", "counters", 0, false],
    ["is cut, so nobody knows", "counters", 1, true],
  ])("says of types whether a map can have such a field: the text %s", (_, text, cut, expected) => {
    const btf = new TextEncoder().encode(`\0${text}\0`);
    const [found] = callsOf(header, recorded("BTF_LOAD", { btf, btf_size: btf.length + cut }));
    expect(found?.kernelFields).toBe(expected);
  });
});

describe("a log of strace", () => {
  const map = (name: string, rest = ") = 3") =>
    `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=8, max_entries=1, map_name="${name}"}, 80${rest}`;

  test("gives calls in the order in which they began", () => {
    const found = callsOf(
      `21 ${map("first", " <unfinished ...>")}`,
      `22 ${map("second")}`,
      "21 <... bpf resumed>) = -1 EPERM (Operation not permitted)",
      `23 ${map("third", " <unfinished ...>")}`,
    );
    expect(found.map(({ number, line, name, errno }) => [number, line, name, errno])).toEqual([
      [1, 1, "first", "EPERM"],
      [2, 2, "second", ""],
      // Of a call that did not return, the log has no errno.
      [3, 4, "third", ""],
    ]);
  });

  test("whose end has only the start of another call leaves it out", () => {
    const { calls, notes } = read(map("first"), "23 open(", "24 bpf( <unfinished ...>");
    expect([calls.map(({ name }) => name), notes]).toEqual([["first"], []]);
  });

  test.each([
    ["a number", "bpf(0x0, {map_type=0x2}, 80) = 3"],
    ["a name without a prefix", "bpf(BPF_MAP_CREATE, {map_type=2}, 80) = 3"],
    ["a number with its name", "bpf(0 /* BPF_MAP_CREATE */, {map_type=0x2 /* ARRAY */}, 80) = 3"],
    ["a number with the bit of the common attributes", "bpf(0x10000, {map_type=2}, 80) = 3"],
  ])("reads a command that is printed as %s", (_, line) => {
    expect(callsOf(line)).toMatchObject([{ command: "MAP_CREATE", type: 2 }]);
  });

  test("keeps 1000 calls that no line completes", () => {
    const begin = (pid: number): string =>
      `${pid} bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, map_flags=0, map_name="m${pid}" <unfinished ...>`;
    const begun = Array.from({ length: 1001 }, (_, i) => begin(i + 1));
    expect(callsOf(...begun)).toHaveLength(1000);
    expect(callsOf(...begun, "1 <... bpf resumed>}, 80) = 3", begin(1001))).toHaveLength(1001);
  });

  test("keeps an unknown command as a number", () => {
    expect(callsOf("bpf(0x4d /* BPF_??? */, {}, 8) = -1 EINVAL (Invalid argument)")).toMatchObject([
      { command: "77", errno: "EINVAL" },
    ]);
  });

  test("reads fields that strace prints as bytes, because it does not know them", () => {
    const load = (extra: string) =>
      callsOf(
        `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=2, extra_data=${extra}}, 148) = 3`,
      )[0]?.attach;
    expect(load('"\\x25\\x00\\x00\\x00" /* bytes 68..71 */')).toBe(37);
    // No field is there, so nothing is read.
    expect(load('"\\x25\\x00\\x00\\x00" /* bytes 9000..9003 */')).toBe(0);
  });

  test.each([
    ["all of it", "\\237\\353\\0counters\\0", 12, false],
    ["all but a byte", "\\237\\353\\0counters\\0", 13, true],
  ])("has types with %s", (_, btf, size, expected) => {
    const [found] = callsOf(`bpf(BPF_BTF_LOAD, {btf="${btf}", btf_size=${size}}, 40) = 3`);
    expect(found?.kernelFields).toBe(expected);
  });

  test("reads instructions, and leaves them out if one of them is unknown", () => {
    const insn = (code: string, src: string, imm: string) =>
      `{code=${code}, dst_reg=BPF_REG_0, src_reg=${src}, off=0, imm=${imm}}`;
    const load = (...insns: readonly string[]) =>
      callsOf(
        `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=${insns.length}, insns=[${insns.join(", ")}]}, 148) = 3`,
      )[0]?.instructions;
    const known = insn("BPF_JMP|BPF_K|BPF_CALL", "BPF_REG_0", "0x6");
    const end = insn("BPF_JMP|BPF_K|BPF_EXIT", "BPF_REG_0", "0");
    expect(load(known, end)).toEqual({
      helpers: [HelperId.trace_printk],
      callback: false,
      bytes: Uint8Array.from([...call(HelperId.trace_printk), ...exit]),
    });
    expect(load(known, insn("BPF_NOTHING", "BPF_REG_0", "0"))?.bytes).toBeUndefined();
  });
});
