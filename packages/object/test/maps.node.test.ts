// SPDX-License-Identifier: MIT
import { BPF_F, MapType } from "@bpf-token/uapi";
import { expect, type TestContext, test } from "vitest";
import { type MapSpec, type ObjectSpec, parseObject } from "../src/index.ts";
import { compile } from "./clang.ts";

const object = (context: TestContext): ObjectSpec =>
  parseObject(compile(context, "maps"), { name: "some/where/a_long_name.bpf.o" });

function map(context: TestContext, name: string): MapSpec {
  const found = object(context).maps.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no map ${name}`);
  return found;
}

test("lists maps in the order of the file, maps of variables last", (context) => {
  const names = object(context).maps.map(({ name }) => name);
  expect(names.slice(0, 7).sort()).toEqual(
    ["by_types", "by_sizes_with_a_long_name", "events", "first", "second", "outer", "jumps"].sort(),
  );
  expect(names.slice(7).sort()).toEqual([".bss", ".data", ".data.named", ".rodata"]);
});

test("derives sizes from key and value types", (context) => {
  const spec = map(context, "by_types");
  expect(spec).toMatchObject({
    origin: "definition",
    type: MapType.HASH,
    keySize: 8,
    valueSize: 8,
    maxEntries: 100,
    flags: BPF_F.NO_PREALLOC,
    pinning: "by-name",
  });
  expect(object(context).btf?.name(spec.keyTypeId)).toBe("key");
});

test("reads sizes, NUMA node and map_extra from the definition", (context) => {
  expect(map(context, "by_sizes_with_a_long_name")).toMatchObject({
    kernelName: "by_sizes_with_a",
    keySize: 4,
    valueSize: 16,
    numaNode: 1,
    extra: 0x1234567890n,
    pinning: "none",
    keyTypeId: 0,
  });
});

test("does not round the size of a ring buffer", (context) => {
  expect(map(context, "events")).toMatchObject({ type: MapType.RINGBUF, maxEntries: 5000 });
});

test("reads inner map and initial elements of a map of maps", (context) => {
  const outer = map(context, "outer");
  expect(outer.valueSize).toBe(4);
  expect(outer.inner).toMatchObject({ name: "outer.inner", type: MapType.ARRAY, valueSize: 4 });
  expect(outer.values).toEqual([
    { index: 1, map: "second" },
    { index: 3, map: "first" },
  ]);
});

test("reads initial elements of a program array", (context) => {
  expect(map(context, "jumps").values).toEqual([{ index: 1, program: "program" }]);
});

test("puts variables into maps of one element: constants read-only, globals mappable", (context) => {
  const common = { type: MapType.ARRAY, keySize: 4, valueSize: 4, maxEntries: 1 };
  expect(map(context, ".bss")).toMatchObject({ ...common, flags: BPF_F.MMAPABLE });
  expect(map(context, ".rodata")).toMatchObject({
    ...common,
    flags: BPF_F.MMAPABLE | BPF_F.RDONLY_PROG,
    contents: Uint8Array.of(5, 0, 0, 0),
  });
  expect(map(context, ".data")).toMatchObject({ valueSize: 8, flags: BPF_F.MMAPABLE });
  // All of its variables are static.
  expect(map(context, ".data.named")).toMatchObject({ ...common, flags: 0 });
});

test("prefixes kernel names of variable maps with the object's name if it fits", (context) => {
  const names = object(context)
    .maps.slice(7)
    .map(({ kernelName }) => kernelName);
  expect(names.sort()).toEqual([".data.named", "a_long_n.bss", "a_long_n.data", "a_long_n.rodata"]);
});

test("fills in offsets and sizes of variables", (context) => {
  const { btf } = object(context);
  const datasec = btf?.type(btf.id(".data", "DATASEC") ?? 0);
  expect(datasec).toMatchObject({ kind: "DATASEC", size: 8, vars: [{ size: 4 }, { size: 4 }] });
});

test("resolves instructions that refer to maps and to variables in maps", (context) => {
  const { functions } = object(context);
  const [program] = functions;
  const named = program?.relocations.map((one) =>
    "map" in one ? `${one.kind} ${one.map}` : one.kind,
  );
  expect(named).toContain("map by_types");
  expect(named).toContain("map outer");
  expect(named).toContain("map-value .rodata");
  expect(named?.filter((name) => name === "map-value .data")).toHaveLength(2);
});
