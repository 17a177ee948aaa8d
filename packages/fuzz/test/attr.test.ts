// SPDX-License-Identifier: MIT
import { createKernel, WasmTask } from "@bpf-token/kernel-wasm";
import { formatScenario, parseScenario, run } from "@bpf-token/scenario";
import {
  attrLayout,
  BpfCmd,
  type BpfCmdName,
  type KernelRelease,
  type Mem,
  newestRelease,
} from "@bpf-token/uapi";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type NoteMemory, type SequenceNote, scenarioOf } from "../src/index.ts";

const BPF = 321;
const ATTR = 0x10000;

/** A call of bpf() as a machine records it. */
const notesOf = (cmd: number, size: number, memory: readonly NoteMemory[]): SequenceNote[] => [
  { kind: "call", pid: 2, nr: BPF, args: [BigInt(cmd), BigInt(ATTR), BigInt(size)], memory },
  { kind: "return", pid: 2, answer: 0n, memory },
];

/** Converts the call to a step. */
function written(cmd: number, size: number, memory: readonly NoteMemory[]) {
  const scenario = scenarioOf(notesOf(cmd, size, memory), "one call");
  const text = formatScenario(scenario);
  return { text, args: scenario.steps[0]?.args, again: parseScenario(text, { file: "x.yaml" }) };
}

/** Returns the bytes that a kernel gets when the text is parsed and run. */
function handed(cmd: number, size: number, memory: readonly NoteMemory[], release: KernelRelease) {
  // The kernel does not run, because it would write to the same bytes.
  const spy = vi.spyOn(WasmTask.prototype, "syscall").mockReturnValue(-1);
  const kernel = createKernel({ release });
  run(kernel, written(cmd, size, memory).again);
  kernel.close();
  const args = spy.mock.calls.filter(([nr]) => nr === BPF).map(([, ...rest]) => rest)[0];
  spy.mockRestore();
  return args;
}

afterEach(() => void vi.restoreAllMocks());

const attr = (bytes: readonly number[], pointers: readonly number[] = []): NoteMemory => ({
  address: ATTR,
  bytes: Uint8Array.from(bytes),
  pointers,
});

describe("an attribute in a finding", () => {
  test("becomes the named fields of its command", () => {
    const bytes = new Uint8Array(72);
    const view = new DataView(bytes.buffer);
    [2, 4, 8, 16].forEach((word, i) => {
      view.setUint32(4 * i, word, true);
    });
    bytes.set(new TextEncoder().encode("counts"), 28);
    const { text, args } = written(0, 72, [attr([...bytes])]);
    const fields = { map_type: "ARRAY", key_size: 4, value_size: 8, max_entries: 16 };
    expect(args).toEqual({ cmd: "MAP_CREATE", attr: { ...fields, map_name: "counts" }, size: 72 });
    expect(text).toContain("map_type: ARRAY\n");
  });

  test("includes the memory of its pointers, whose sizes are given", () => {
    const bytes = new Uint8Array(128);
    new DataView(bytes.buffer).setBigUint64(8, 0x20000n, true);
    new DataView(bytes.buffer).setBigUint64(16, 0x30000n, true);
    const insns = {
      address: 0x20000,
      bytes: Uint8Array.from({ length: 8 }, () => 1),
      pointers: [],
    };
    const license = { address: 0x30000, bytes: Uint8Array.from([71, 80, 76, 0]), pointers: [] };
    const { args } = written(5, 128, [attr([...bytes], [8, 16]), insns, license]);
    expect(args?.attr).toEqual({
      insns: { hex: "0101010101010101" },
      insn_cnt: 0,
      license: "GPL",
    });
  });

  test.each([
    ["a byte after its fields", 36, attr([0, 0, 0, 0, 5, 0, 0, 0, 9])],
    ["a number where an address belongs", 5, attr([...Array(8).fill(0), 1, 0, 0, 0, 0, 0, 0, 0])],
    ["a name that is not text", 0, attr([...Array(28).fill(0), 1])],
    ["no such command", 99, attr([1, 2, 3])],
  ])("stays bytes: %s", (_, cmd, memory) => {
    const { args } = written(cmd, memory.bytes.length, [memory]);
    expect(args?.attr).toHaveProperty("hex");
  });

  test("a truncated address is unchanged", () => {
    const memory = attr([...Array(8).fill(0), 1, 0, 0, 0, 0, 0, 0, 0], [8]);
    expect(written(5, 12, [memory]).args?.attr).toHaveProperty("hex");
    expect(written(5, 16, [memory]).args?.attr).toEqual({ insns: { zero: 0 }, insn_cnt: 0 });
  });

  test("always encodes to the same bytes", { timeout: 600_000 }, () => {
    const commands = Object.values(BpfCmd);
    const names = Object.entries(BpfCmd) as [BpfCmdName, number][];
    const pointersOf = (cmd: number): readonly number[] => {
      const name = names.find(([, value]) => value === cmd)?.[0];
      const fields = name === undefined ? [] : attrLayout(name, newestRelease).fields;
      // Members of a union share an offset.
      return [...new Set(fields.flatMap(({ type, offset }) => (type === "ptr" ? [offset] : [])))];
    };
    const pokes = fc.array(fc.tuple(fc.nat(150), fc.nat(255)), { maxLength: 6 });
    const blocks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 3 });
    const release = fc.constantFrom<KernelRelease>("6.18", "6.12", "v10-03");
    let fields = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...commands),
        fc.nat(160),
        fc.nat(200),
        pokes,
        blocks,
        release,
        (cmd, length, size, bytesAt, pieces, on) => {
          const bytes = new Uint8Array(Math.max(1, length));
          for (const [at, byte] of bytesAt) if (at < bytes.length) bytes[at] = byte;
          const offsets = pointersOf(cmd).filter((at) => at + 8 <= bytes.length);
          const used = offsets.slice(0, pieces.length);
          const memory = pieces.map((piece, i) => ({
            address: 0x20000 + 0x1000 * i,
            bytes: piece,
            pointers: [],
          }));
          const view = new DataView(bytes.buffer);
          used.forEach((at, i) => {
            view.setBigUint64(at, BigInt(memory[i]?.address ?? 0), true);
          });
          const all = [attr([...bytes], used), ...memory];
          const made = written(cmd, size, all).args?.attr;
          if (made !== null && typeof made === "object" && !("hex" in made)) fields++;
          const args = handed(cmd, size, all, on);
          expect(args?.[0]).toBe(cmd);
          expect(args?.[2]).toBe(size);
          const got = args?.[1];
          const mem: Mem = got instanceof Uint8Array ? { bytes: got } : (got as Mem);
          const wanted = new Uint8Array(size);
          wanted.set(bytes.subarray(0, size));
          const whole = used.filter((at) => at + 8 <= size);
          // A truncated address is different in each run.
          for (const at of used) wanted.fill(0, at, at + 8);
          expect([...mem.bytes].join()).toBe([...wanted].join());
          const slots = new Map(mem.pointers?.map(({ offset, to }) => [offset, to]));
          whole.forEach((at, i) => {
            const to = slots.get(at);
            const there = to instanceof Uint8Array ? to : (to as Mem | undefined)?.bytes;
            expect([at, ...(there ?? [])]).toEqual([at, ...(memory[i]?.bytes ?? [])]);
          });
          expect(slots.size).toBe(whole.length);
        },
      ),
      { numRuns: 400, seed: 6 },
    );
    expect(fields).toBeGreaterThan(40);
  });
});

describe("the common attributes in a finding", () => {
  const PLACE = 0x40000;
  const BIT = 0x10000;
  const cmds = { MAP_CREATE: BIT, negative: -1 } as const;

  /** A step of a call with these arguments 4 and 5. */
  function step(cmd: number, common: number, size: number, memory: readonly NoteMemory[] = []) {
    const args = [cmd, ATTR, 4, common, size].map(BigInt);
    const all = [attr([2, 0, 0, 0]), ...memory];
    const notes: SequenceNote[] = [{ kind: "call", pid: 2, nr: BPF, args, memory: all }];
    const scenario = scenarioOf(notes, "one call");
    return parseScenario(formatScenario(scenario), { file: "x.yaml" }).steps[0]?.args;
  }

  /** The structure with a buffer and a byte after its last field. */
  function common(bytes: number, { level = 1, tail = 0 } = {}): readonly NoteMemory[] {
    const whole = new Uint8Array(24);
    const view = new DataView(whole.buffer);
    view.setBigUint64(0, 0x50000n, true);
    view.setUint32(8, 16, true);
    view.setUint32(12, level, true);
    whole[20] = tail;
    return [
      { address: PLACE, bytes: whole.slice(0, bytes), pointers: [0] },
      { address: 0x50000, bytes: new Uint8Array(16), pointers: [] },
    ];
  }

  test("become the fields of their structure, and the bit of the command goes", () => {
    const fields = { log_buf: { zero: 16 }, log_size: 16, log_level: 1 };
    expect(step(cmds.MAP_CREATE, PLACE, 24, common(24))).toEqual({
      cmd: "MAP_CREATE",
      attr: { map_type: "ARRAY" },
      size: 4,
      common: { struct: "bpf_common_attr", fields },
      common_size: 24,
    });
  });

  test.each([
    ["another size", common(20)],
    ["a byte of the padding", common(24, { tail: 1 })],
  ])("stay bytes: %s", (_, memory) => {
    const args = step(cmds.MAP_CREATE, PLACE, 24, memory);
    expect(args?.common).toHaveProperty("hex");
    expect(args?.common).toHaveProperty("at");
  });

  test.each([
    ["no memory", 0, null],
    ["a bad address", 0xdead000000000000, "bad_address"],
  ])("may be %s", (_, at, value) => {
    expect(step(cmds.negative, at, 9)).toMatchObject({ common: value, common_size: 9 });
  });

  test("do not exist without the bit", () => {
    const args = step(0, PLACE, 24, common(24));
    expect(args).toEqual({ cmd: "MAP_CREATE", attr: { map_type: "ARRAY" }, size: 4 });
  });
});
