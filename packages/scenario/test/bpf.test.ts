// SPDX-License-Identifier: MIT
import { BAD_ADDRESS, type Mem, type Ptr } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { parseScenario, run } from "../src/index.ts";
import { assemble } from "../src/language/assembler.ts";
import { btfBlobs, programs } from "../src/language/named-blobs.ts";
import { FakeKernel, type FakeOptions } from "./fake-kernel.ts";

/** The arguments of the last bpf() call of some steps, and its event. */
function bpf(steps: string, options: FakeOptions = {}) {
  const kernel = new FakeKernel(options);
  const trace = run(kernel, parseScenario(`name: x\nsteps:\n${steps}`));
  const [cmd, attr, size] = kernel.callsOf("bpf").at(-1) ?? [];
  const mem = attr as Mem;
  const view =
    mem?.bytes === undefined ? undefined : new DataView(mem.bytes.buffer, mem.bytes.byteOffset);
  return { cmd, attr: attr as Ptr, mem, view, size, event: trace.events.at(-1), trace };
}

/** The memory of a pointer of the attribute. */
const at = (mem: Mem, offset: number) => mem.pointers?.find((p) => p.offset === offset)?.to;

test("fields are placed as in the kernel's release", () => {
  const steps = `
  - bpf: MAP_CREATE
    attr: { map_type: STACK, value_size: 8, max_entries: 1, map_flags: TOKEN_FD, map_token_fd: 5, map_name: abc }`;
  const now = bpf(steps);
  expect([now.cmd, now.size, now.mem.bytes.length]).toEqual([0, 168, 168]);
  const u32 = (offset: number) => now.view?.getUint32(offset, true);
  expect([0, 8, 12, 16, 76].map(u32)).toEqual([23, 8, 1, 0x10000, 5]);
  expect([...now.mem.bytes.subarray(28, 32)]).toEqual([97, 98, 99, 0]);
  expect(now.event?.text).toBe(
    'bpf(BPF_MAP_CREATE, {map_type: BPF_MAP_TYPE_STACK, value_size: 8, max_entries: 1, map_flags: BPF_F_TOKEN_FD, map_token_fd: 5, map_name: "abc"}, 168)',
  );
  expect(bpf(steps, { release: "6.12.118" }).size).toBe(152);
  const old = bpf(steps, { release: "v10" });
  expect([old.size, old.view?.getUint32(72, true), old.view?.getUint32(76, true)]).toEqual([
    152, 5, 0,
  ]);
});

test("a field that is newer than the kernel is passed as a newer program would pass it", () => {
  const { view, size } = bpf(
    "  - bpf: BTF_GET_FD_BY_ID\n    attr: { btf_id: 1, open_flags: [TOKEN_FD], fd_by_id_token_fd: 9 }",
    { release: "6.12" },
  );
  expect([size, view?.getUint32(8, true), view?.getInt32(12, true)]).toEqual([152, 0x10000, 9]);
  const longer = bpf("  - bpf: PROG_LOAD\n    attr: { signature_size: 7 }", { release: "6.12" });
  expect([longer.size, longer.view?.getUint32(160, true)]).toEqual([164, 7]);
});

test("file descriptors and masks are truncated to the width of their field", () => {
  const token = bpf("  - bpf: TOKEN_CREATE\n    attr: { flags: -1, bpffs_fd: -100 }");
  expect(token.view?.getUint32(0, true)).toBe(0xffff_ffff);
  expect(token.view?.getInt32(4, true)).toBe(-100);
  const map = bpf(
    "  - bpf: MAP_CREATE\n    attr: { map_token_fd: 0xffffffff, map_extra: 0xffffffffffffffff }",
  );
  expect(map.view?.getInt32(76, true)).toBe(-1);
  expect(map.view?.getBigUint64(64, true)).toBe(0xffff_ffff_ffff_ffffn);
});

test("programs, licenses and BTF, with their sizes filled in", () => {
  const { mem, view, event } = bpf(
    "  - bpf: PROG_LOAD\n    attr: { prog_type: XDP, expected_attach_type: XDP, insns: xdp_token_selftest, license: GPL, log_buf: { zero: 64 } }",
  );
  const program = at(mem, 8) as Uint8Array;
  expect(Array.from(program, (b) => b.toString(16).padStart(2, "0")).join("")).toBe(
    "8500000076000000" + "8500000023000000" + "b700000000000000" + "9500000000000000",
  );
  expect([view?.getUint32(4, true), at(mem, 16), view?.getUint32(28, true)]).toEqual([
    4,
    "GPL",
    64,
  ]);
  expect(event?.args[1]?.text).toBe(
    '{prog_type: BPF_PROG_TYPE_XDP, expected_attach_type: BPF_XDP, insns: xdp_token_selftest, license: "GPL", log_buf: [64 zero bytes], insn_cnt: 4, log_size: 64}',
  );
  const given = bpf("  - bpf: PROG_LOAD\n    attr: { insns: [mov r0 0, exit], insn_cnt: 9 }");
  expect(given.view?.getUint32(4, true)).toBe(9);
  const btf = bpf("  - bpf: BTF_LOAD\n    attr: { btf: int }");
  expect([at(btf.mem, 0), btf.view?.getUint32(16, true)]).toEqual([btfBlobs.int?.(), 45]);
});

test("raw attributes, sizes, tails and single bytes", () => {
  expect(bpf("  - bpf: TOKEN_CREATE\n    attr: bad_address\n    size: 8")).toMatchObject({
    attr: BAD_ADDRESS,
    size: 8,
  });
  expect(bpf("  - bpf: TOKEN_CREATE\n    attr: null\n    size: 0")).toMatchObject({
    attr: null,
    size: 0,
  });
  const raw = bpf("  - bpf: 36\n    attr: { u32: [0, 3] }\n    size: 4097");
  expect([(raw.attr as Uint8Array).length, raw.size]).toEqual([4097, 4097]);
  expect([...(raw.attr as Uint8Array).subarray(0, 9)]).toEqual([0, 0, 0, 0, 3, 0, 0, 0, 0]);
  const short = bpf("  - bpf: TOKEN_CREATE\n    attr: { bpffs_fd: 3 }\n    size: 8");
  expect([short.mem.bytes.length, short.size]).toEqual([8, 8]);
  const tail = bpf(
    "  - bpf: TOKEN_CREATE\n    attr: {}\n    tail: { hex: 00 01 }\n    poke: { 8: 0xff }",
  );
  expect([tail.size, tail.mem.bytes[169], tail.mem.bytes[8]]).toEqual([170, 1, 255]);
  const huge = bpf("  - bpf: { cmd: 0, attr: { zero: 8 }, size: 0xffffffff }");
  expect([(huge.attr as Uint8Array).length, huge.size]).toEqual([8192, 0xffff_ffff]);
  expect(bpf("  - bpf: 99\n    attr: {}").size).toBe(168);
});

test("raw attributes can contain pointers", () => {
  const { mem } = bpf(
    '  - bpf: 7\n    attr: { hex: "00000000 00000000 07000000", at: { 0: /sys/fs/bpf/a } }',
  );
  expect(mem.pointers).toEqual([{ offset: 0, to: "/sys/fs/bpf/a" }]);
  expect([mem.bytes.length, mem.bytes[8]]).toEqual([12, 7]);
  const nested = bpf(
    '  - bpf: 7\n    attr: { hex: "0000000000000000", at: { 0: { hex: "00", at: {} } } }',
  );
  expect(nested.mem.pointers?.[0]?.to).toEqual({ bytes: Uint8Array.of(0), pointers: [] });
  expect(() => bpf('  - bpf: 7\n    attr: { hex: "00", at: { 0: x } }')).toThrow(
    "the buffer of 1 bytes has no pointer at '0'",
  );
});

test("a truncated pointer is not followed", () => {
  const { mem } = bpf(
    "  - bpf: PROG_LOAD\n    attr: { insns: return_0, license: GPL }\n    size: 20",
  );
  expect(mem.pointers?.map((p) => p.offset)).toEqual([8]);
});

test("info: structures are decoded by field", () => {
  const { event } = bpf(
    `  - bpf: OBJ_GET_INFO_BY_FD
    attr: { bpf_fd: 3, info: { struct: bpf_token_info } }
    as: info
    expect: { out: { info: { allowed_cmds: 0x1, allowed_maps: 0xffffffffffffffff }, attr: { info_len: 32 } } }`,
    {
      answer: ({ args }) => {
        const info = at(args[1] as Mem, 8) as Uint8Array;
        new DataView(info.buffer).setBigUint64(0, 1n, true);
        new DataView(info.buffer).setBigUint64(8, 0xffff_ffff_ffff_ffffn, true);
        return 0;
      },
    },
  );
  expect(event?.verdict?.met).toBe(true);
  expect(event?.memory).toEqual([
    {
      name: "info",
      hex: `0100000000000000${"ff".repeat(8)}${"00".repeat(16)}`,
      struct: "bpf_token_info",
      fields: {
        allowed_cmds: 1,
        allowed_maps: "0xffffffffffffffff",
        allowed_progs: 0,
        allowed_attachs: 0,
      },
    },
  ]);
});

test("commands that return a file descriptor are marked", () => {
  const kinds = [
    "MAP_CREATE",
    "PROG_LOAD",
    "TOKEN_CREATE",
    "MAP_LOOKUP_ELEM",
    "OBJ_GET_INFO_BY_FD",
    "BTF_GET_FD_BY_ID",
  ];
  const returns = kinds.map((cmd) => bpf(`  - bpf: ${cmd}`).event?.returns);
  expect(returns).toEqual(["fd", "fd", "fd", "number", "number", "fd"]);
});

const hex = (lines: readonly string[]) =>
  Array.from(
    assemble(lines, () => 7),
    (b) => b.toString(16).padStart(2, "0"),
  ).join("");

test.each([
  ["mov r1 5", "b701000005000000"],
  ["mov r1 -1", "b7010000ffffffff"],
  ["mov r1, r2", "bf21000000000000"],
  ["add r10 0x10", "070a000010000000"],
  ["arsh r3 r4", "cf43000000000000"],
  ["ld r1 0x123456789", "18010000896745230000000001000000"],
  ["map r1 $map", "18110000070000000000000000000000"],
  ["map r1 -1", "18110000ffffffff0000000000000000"],
  ["jeq r1 0 +2", "1501020000000000"],
  ["jne r1 r2 -1", "5d21ffff00000000"],
  ["ja +1", "0500010000000000"],
  ["call 118", "8500000076000000"],
  ["call get_current_task", "8500000023000000"],
  ["exit", "9500000000000000"],
  ["raw 0102030405060708", "0102030405060708"],
])("assembler: %s", (line, bytes) => {
  expect(hex([line])).toBe(bytes);
});

test("every named program assembles", () => {
  for (const lines of Object.values(programs)) expect(hex(lines)).toMatch(/9500000000000000$/);
});

test.each([
  "mov r11 0",
  "mov r1",
  "mov r1 0x1ffffffff",
  "jeq r1 0 2.5",
  "ja 40000",
  "ld r1 x",
  "raw 12",
  "",
])("assembler refuses '%s'", (line) => {
  expect(() => hex([line])).toThrow(/.+/);
});
