// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { expect, type TestContext, test } from "vitest";
import { Btf, type BtfType, btfKinds, encodeBtf, parseElf, sizeOfType } from "../src/index.ts";
import { ask, compile } from "./clang.ts";

function btfOf(object: Uint8Array): Btf {
  const section = parseElf(object).sections.find(({ name }) => name === ".BTF");
  return Btf.parse(section?.data ?? new Uint8Array());
}

function typesOf(btf: Btf): BtfType[] {
  return Array.from({ length: btf.endId - btf.firstId }, (_, i) => btf.type(btf.firstId + i));
}

function named(context: TestContext, name: string): BtfType {
  const btf = btfOf(compile(context, "types"));
  return btf.type(btf.id(name) ?? 0);
}

test("decodes types of every kind from a compiled object", (context) => {
  const kinds = new Set(typesOf(btfOf(compile(context, "types"))).map(({ kind }) => kind));
  expect(btfKinds.filter((kind) => !kinds.has(kind))).toEqual(["VOID"]);
});

test("decodes the width of bit fields", (context) => {
  expect(named(context, "bits")).toMatchObject({
    kind: "STRUCT",
    size: 8,
    members: [
      { name: "low", bitOffset: 0, bitSize: 3 },
      { name: "high", bitOffset: 3, bitSize: 29 },
      { name: "sign", bitOffset: 32, bitSize: 0 },
    ],
  });
});

test("decodes signed and 64-bit enumerators", (context) => {
  expect(named(context, "small")).toMatchObject({
    kind: "ENUM",
    signed: true,
    values: [
      { name: "MINUS", value: -1n },
      { name: "ZERO", value: 0n },
      { name: "SEVEN", value: 7n },
    ],
  });
  expect(named(context, "big")).toMatchObject({
    kind: "ENUM64",
    values: [{ value: 0x123456789abcdefn }, { value: 1n }],
  });
  expect(named(context, "big_signed")).toMatchObject({ values: [{ value: -0x123456789abcdefn }] });
});

test("finds types by name and kind, in ascending order, including flavours", () => {
  const type = (name: string) => ({ kind: "TYPEDEF", name, type: 0, flag: false }) as const;
  const func = (name: string) => ({ kind: "FUNC", name, type: 0, linkage: 0 }) as const;
  const names = [func("same"), type("same"), func("same___new"), type("samesame"), type("")];
  const btf = Btf.parse(encodeBtf([...names, { kind: "PTR", name: "same", type: 0 }]));
  expect(btf.idsOf("same")).toEqual([1, 2, 3, 6]);
  expect(btf.idsOf("same", "FUNC")).toEqual([1, 3]);
  expect(btf.idsOf("same", "PTR", "TYPEDEF")).toEqual([2, 6]);
  expect(btf.idsOf("same", "STRUCT")).toEqual([]);
  expect(btf.idsOf("")).toEqual([]);
  expect([btf.id("same"), btf.id("same", "TYPEDEF"), btf.id("same___new")]).toEqual([1, 2, 3]);
  expect([btf.id("sam"), btf.id("same", "VAR")]).toEqual([undefined, undefined]);
});

test("decodes the same types after encoding", (context) => {
  const types = typesOf(btfOf(compile(context, "types")));
  expect(typesOf(Btf.parse(encodeBtf(types)))).toEqual(types);
});

test("split BTF continues the ids and strings of its base", () => {
  const int = {
    kind: "INT",
    name: "int",
    size: 4,
    signed: true,
    char: false,
    bool: false,
  } as const;
  const base = Btf.parse(encodeBtf([{ ...int, bitOffset: 0, bits: 32 }]));
  const own = encodeBtf([
    { kind: "PTR", name: "", type: 1 },
    { kind: "TYPEDEF", name: "", type: 2, flag: false },
  ]);
  // The name of the typedef is "int" at offset 1 of the base's strings.
  new DataView(own.buffer).setUint32(24 + 12, 1, true);
  const split = Btf.parse(own, { base });
  expect(split.firstId).toBe(2);
  expect(split.type(2)).toEqual({ kind: "PTR", name: "", type: 1 });
  expect(split.name(3)).toBe("int");
  expect(split.id("int", "TYPEDEF")).toBe(3);
  expect(split.id("int")).toBe(1);
  expect(sizeOfType(split, 1)).toBe(4);
});

/** `[1] INT 'int' size=4 …`: number, kind and name, as bpftool prints them. */
function dumped(text: string): string[] {
  return [...text.matchAll(/^\[(\d+)\] (\w+) '([^']*)'/gm)].map(
    ([, id, kind, name]) => `${id} ${kind} ${name === "(anon)" ? "" : name}`,
  );
}

function listed(btf: Btf): string[] {
  return typesOf(btf).map(({ kind, name }, i) => `${btf.firstId + i} ${kind} ${name}`);
}

test("bpftool prints the same types for an object", (context) => {
  const object = compile(context, "types");
  expect(listed(btfOf(object))).toEqual(
    dumped(ask(context, ["bpftool", "btf", "dump", "file"], object)),
  );
});

test("bpftool prints the same types for the running kernel", (context) => {
  const vmlinux = "/sys/kernel/btf/vmlinux";
  if (!existsSync(vmlinux))
    context.skip("types of the kernel: there is no /sys/kernel/btf/vmlinux");
  const raw = new Uint8Array(readFileSync(vmlinux));
  const btf = Btf.parse(raw);
  expect(btf.id("task_struct", "STRUCT")).toBeGreaterThan(0);
  expect(listed(btf)).toEqual(dumped(ask(context, ["bpftool", "btf", "dump", "file"], raw)));
});
