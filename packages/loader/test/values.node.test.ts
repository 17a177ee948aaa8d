// SPDX-License-Identifier: MIT
import { currentTask } from "@bpf-token/kernel-native";
import { parseObject } from "@bpf-token/object";
import { NotModelledError } from "@bpf-token/syscall";
import { describe, expect, test } from "vitest";
import { Collection, type EditableVariables, variablesOf } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { backends, describeProcess, useKernels } from "./kernels.ts";

const open = useKernels();
const options = { env: {} };
const frame = new Uint8Array(64);

describe.each(backends)("maps on %s", (backend) => {
  test("converts keys and values with the object's BTF", (context) => {
    const { init } = open(context, backend);
    const collection = Collection.load(init, fixture(context, "values"), options);
    const table = collection.map("table");
    const [key, other] = [
      { port: 80, name: "http" },
      { port: 53, name: "dns" },
    ];
    const value = { count: 7n, flags: 5, rest: 1000, seen: true };
    expect(table.get(key)).toBeUndefined();
    table.set(key, value);
    table.set(other, { count: 1n });
    expect(table.get(key)).toEqual(value);
    expect(table.get(other)).toEqual({ count: 1n, flags: 0, rest: 0, seen: false });
    expect([...table.keys()]).toHaveLength(2);
    expect(new Map([...table].map(([k, v]) => [(k as typeof key).port, v]))).toEqual(
      new Map([
        [80, value],
        [53, { count: 1n, flags: 0, rest: 0, seen: false }],
      ]),
    );
    expect(() => table.set(key, value, "new")).toThrow("EEXIST");
    expect(() => table.set({ port: 1, name: "" }, value, "existing")).toThrow("ENOENT");
    expect(() => table.set({ port: 2 ** 32, name: "" }, value)).toThrow("port");
    expect([table.delete(key), table.delete(key)]).toEqual([true, false]);
    expect(table.take(other)).toMatchObject({ count: 1n });
    expect(table.get(other)).toBeUndefined();
    collection.close();
  });

  test("reads and writes a thousand elements in batches", (context) => {
    const { init } = open(context, backend);
    const collection = Collection.load(init, fixture(context, "values"), options);
    const table = collection.map("table");
    const wanted = Array.from({ length: 1000 }, (_, port) => [port, BigInt(port) ** 2n] as const);
    table.setAll(wanted.map(([port, count]) => [{ port, name: `p${port}` }, { count }]));
    const got = table.readAll().map(([key, value]) => {
      const { port } = key as { readonly port: number };
      return [port, (value as { readonly count: bigint }).count] as const;
    });
    expect(got.toSorted(([a], [b]) => a - b)).toEqual(wanted);
    collection.close();
  });

  test("handles per-CPU values and queues", (context) => {
    const { init } = open(context, backend);
    const collection = Collection.load(init, fixture(context, "values"), options);
    const each = collection.map("each");
    const before = each.get(1) as readonly number[];
    expect(before.length).toBeGreaterThan(0);
    expect(before.every((value) => value === 0)).toBe(true);
    each.set(
      1,
      before.map((_, i) => 100 + i),
    );
    expect(each.get(1)).toEqual(before.map((_, i) => 100 + i));
    each.set(0, 9);
    expect(each.get(0)).toEqual(before.map(() => 9));
    expect(() => each.set(0, [...before, 1])).toThrow("CPUs");
    const queue = collection.map("queue");
    if (backend === "model") {
      expect(() => queue.push(1n)).toThrow(NotModelledError);
      collection.close();
      return;
    }
    for (const value of [1n, 2n, 3n]) queue.push(value);
    expect(() => queue.push(4n)).toThrow("E2BIG");
    expect([queue.peek(), queue.pop(), queue.pop(), queue.pop(), queue.pop()]).toEqual([
      ...[1n, 1n, 2n, 3n],
      undefined,
    ]);
    collection.close();
  });

  test("sets variables before and after a load", (context) => {
    const { init } = open(context, backend);
    const object = fixture(context, "values");
    const variables = { step: 3, greeting: "world", packets: 10n };
    const collection = Collection.load(init, object, { ...options, variables });
    const now = collection.variables;
    expect(now.specs.map(({ name, map, constant }) => `${name} ${map} ${constant}`)).toEqual([
      ...["step .rodata true", "greeting .rodata true"],
      ...["limit .data false", "packets .bss false", "last .bss false"],
    ]);
    expect(now.get("step")).toBe(3);
    expect([now.get("greeting"), now.get("limit"), now.get("packets")]).toEqual(["world", -5, 10n]);
    now.set("limit", 77);
    now.set("last", { flags: 2 });
    expect(now.get("limit")).toBe(77);
    expect(now.get("last")).toEqual({ count: 0n, flags: 2, rest: 0, seen: false });
    expect(() => now.set("step", 4)).toThrow("EPERM");
    expect(() => now.get("nothing")).toThrow("there is no variable nothing; variables are: step");
    expect(() => now.set("limit", 2 ** 31)).toThrow("variable limit: int: 2147483648 does not fit");
    collection.close();
  });

  test("loads a program that is marked with ? only on request", (context) => {
    const { init } = open(context, backend);
    const object = fixture(context, "values");
    const programs = ["not_by_itself"];
    const collection = Collection.load(init, object, { ...options, programs });
    expect([...collection.programs.keys()]).toEqual(programs);
    expect(() => collection.program("count")).toThrow(
      "has no loaded program count; it has: not_by_itself",
    );
    collection.close();
  });
});

test("reads variables of an object before it is loaded", (context) => {
  const object = parseObject(fixture(context, "values"));
  const variables: EditableVariables = variablesOf(object);
  expect([variables.get("greeting"), variables.get("limit")]).toEqual(["hello", -5]);
  expect(variables.contents.size).toBe(0);
  variables.set("limit", 6);
  expect([...variables.contents.keys()]).toEqual([".data"]);
  expect(variables.get("limit")).toBe(6);
  expect(variablesOf(object).get("limit")).toBe(-5);
});

describeProcess("this process", () => {
  test("runs programs, and shares memory with their variables", async (context) => {
    const task = currentTask();
    const object = fixture(context, "values");
    const collection = await Collection.loadAsync(task, object, {
      ...options,
      variables: { step: 5 },
    });
    const { variables } = collection;
    variables.set("limit", 12);
    const { retval, data } = collection.program("count").testRun({ data: frame });
    expect([retval, data.length]).toEqual([2, frame.length]);
    expect(variables.get("packets")).toBe(5n);
    expect(variables.get("last")).toMatchObject({ count: 12n });
    const { retval: last } = collection.program("count").testRun({ data: frame, repeat: 3 });
    expect([last, variables.get("packets")]).toEqual([2, 20n]);
    expect(() => variables.set("step", 6)).toThrow("EPERM");
    expect(collection.program("count").info()).toMatchObject({ name: "count", type: 6 });
    collection.close();
  });

  test("does not block the event loop during verification", async (context) => {
    const task = currentTask();
    const object = fixture(context, "slow");
    let turns = 0;
    // On a busy machine a load may end before the event loop runs.
    for (let loads = 0; turns === 0 && loads < 100; loads++) {
      const timer = setInterval(() => turns++, 0);
      const collection = await Collection.loadAsync(task, object, options);
      clearInterval(timer);
      collection.close();
    }
    expect(turns).toBeGreaterThan(0);
  });
});
