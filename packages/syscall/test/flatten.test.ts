// SPDX-License-Identifier: MIT
import { BAD_ADDRESS, type Mem, syscallByName } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { NotModelledError } from "../src/errors.ts";
import { copyBack, flatten } from "../src/flatten.ts";

const nr = (name: keyof typeof syscallByName): number => syscallByName[name].nr;

describe("flatten", () => {
  test("fills in missing arguments with 0 and NULL", () => {
    const call = flatten("fake", nr("openat"), [3]);
    expect(call.args).toEqual([3, 0, 0, 0].map((value) => ({ kind: "num", value })));
    expect(call.segments).toEqual([]);
  });

  test("encodes a string as read-only UTF-8 with a NUL", () => {
    const call = flatten("fake", nr("openat"), [-100, "/é", 0, 0]);
    expect(call.args[1]).toEqual({ kind: "seg", segment: 0 });
    expect(call.segments[0]?.copyBack).toBe(false);
    expect([...(call.segments[0]?.bytes ?? [])]).toEqual([0x2f, 0xc3, 0xa9, 0]);
  });

  test("turns pointers inside memory into fixups, also nested ones", () => {
    const inner: Mem = { bytes: new Uint8Array(16), pointers: [{ offset: 8, to: BAD_ADDRESS }] };
    const attr: Mem = {
      bytes: new Uint8Array(32),
      pointers: [
        { offset: 0, to: inner },
        { offset: 8, to: "GPL" },
        { offset: 16, to: null },
      ],
    };
    const call = flatten("fake", nr("bpf"), [0, attr, 32]);
    expect(call.segments.map((s) => s.bytes.length)).toEqual([32, 16, 4]);
    expect(call.fixups).toEqual([
      { segment: 1, offset: 8, to: { kind: "bad" } },
      { segment: 0, offset: 0, to: { kind: "seg", segment: 1 } },
      { segment: 0, offset: 8, to: { kind: "seg", segment: 2 } },
      { segment: 0, offset: 16, to: { kind: "num", value: 0 } },
    ]);
  });

  test("creates one segment for memory that appears twice, and ends on a cycle", () => {
    const bytes = new Uint8Array(8);
    const mem = { bytes, pointers: [] as { offset: number; to: Mem }[] };
    mem.pointers.push({ offset: 0, to: mem });
    const call = flatten("fake", nr("bpf"), [0, mem, 8]);
    expect(call.segments).toHaveLength(1);
    expect(call.fixups).toEqual([{ segment: 0, offset: 0, to: { kind: "seg", segment: 0 } }]);
  });

  test("copies memory back unless the table or the caller marks it as read-only", () => {
    const buffer = new Uint8Array(4);
    const back = (name: "read" | "write", arg: Uint8Array | Mem): boolean | undefined =>
      flatten("fake", nr(name), [0, arg, 4]).segments[0]?.copyBack;
    expect(back("read", buffer)).toBe(true);
    expect(back("write", buffer)).toBe(false);
    expect(back("read", { bytes: buffer, dir: "in" })).toBe(false);
  });

  test.each([
    ["an address as a number", [0, 4096, 8], /'attr' is a pointer; give null, memory/],
    ["a string where a number belongs", ["x", null, 0], /'cmd' must be a number/],
    ["a fraction", [0.5, null, 0], /'cmd' is not a 64-bit integer: 0.5/],
    ["2^64", [2n ** 64n, null, 0], /not a 64-bit integer/],
    ["too many arguments", [0, null, 0, null, 0, 0], /takes 5 arguments, 6 were given/],
    ["undefined memory", [0, { bytes: undefined }, 0], /neither memory nor a number/],
    [
      "a pointer slot outside the memory",
      [0, { bytes: new Uint8Array(8), pointers: [{ offset: 4, to: null }] }, 8],
      /pointer at byte 4: outside the 8 bytes/,
    ],
  ] as [string, never[], RegExp][])("refuses %s", (_, args, message) => {
    expect(() => flatten("fake", nr("bpf"), args)).toThrow(message);
    expect(() => flatten("fake", nr("bpf"), args)).toThrow(TypeError);
  });

  test("refuses a detached buffer", () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    const detached = (bytes.buffer as { detached?: boolean }).detached;
    const act = (): unknown => flatten("fake", nr("bpf"), [0, bytes, 8]);
    // Engines older than ES2024 have no `detached`: the call gets empty memory, and the kernel
    // faults.
    if (detached === undefined) expect(act).not.toThrow();
    else expect(act).toThrow(/its buffer is detached/);
  });

  test("copies back what the kernel wrote, except pointers", () => {
    const given = new Uint8Array(4);
    const attr = Uint8Array.from({ length: 16 }, (_, i) => i);
    const pointers = [{ offset: 8, to: { bytes: given, dir: "in" as const } }];
    const call = flatten("fake", nr("bpf"), [0, { bytes: attr, pointers }, 16]);
    const memory = new Uint8Array(32).fill(255);
    copyBack(call, 0, memory, 4);
    copyBack(call, 1, memory);
    copyBack(call, 2, memory);
    expect([...attr]).toEqual([...new Uint8Array(8).fill(255), 8, 9, 10, 11, 12, 13, 14, 15]);
    expect([...given]).toEqual([0, 0, 0, 0]);
  });

  test("names a call that is not in the table", () => {
    expect(() => flatten("fake", 9999, [])).toThrow(NotModelledError);
    expect(() => flatten("fake", 9999, [])).toThrow(
      "not modelled by the fake backend: syscall 9999",
    );
  });
});
