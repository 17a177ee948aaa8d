// SPDX-License-Identifier: MIT
import { HelperId } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { helpersOf, type ObjectNeeds, objectNeeds, parseObject } from "../src/index.ts";
import { compile } from "./clang.ts";

const names = ({ needs }: ObjectNeeds, axis: string): readonly string[] =>
  needs.filter((need) => need.axis === axis).map(({ name }) => name);

describe("objectNeeds()", () => {
  test("allows the types of all maps, including inner maps", (context) => {
    const needs = objectNeeds(parseObject(compile(context, "maps")));
    expect(names(needs, "cmds")).toEqual(["map_create", "prog_load", "btf_load"]);
    expect(names(needs, "maps")).toEqual([
      "hash",
      "array",
      "prog_array",
      "array_of_maps",
      "ringbuf",
    ]);
    expect(names(needs, "progs")).toEqual(["xdp"]);
    expect(names(needs, "attachs")).toEqual(["xdp"]);
    expect(needs.capabilities).toEqual(["bpf", "net_admin"]);
    const array = needs.needs.find(({ name }) => name === "array");
    expect(array?.because).toContain("map by_sizes_with_a_long_name");
    expect(array?.because).toContain("map outer, for its inner maps");
    expect(array?.because).toContain("map .bss");
    expect(needs.maps.has(array?.bit ?? -1)).toBe(true);
    expect(needs.open).toEqual([]);
  });

  test("allows libbpf's feature probes", (context) => {
    const needs = objectNeeds(parseObject(compile(context, "maps")), { loader: "libbpf" });
    expect(names(needs, "progs")).toEqual(["socket_filter", "xdp", "cgroup_sock"]);
    expect(names(needs, "attachs")).toEqual([
      "cgroup_inet_ingress",
      "cgroup_inet_sock_create",
      "xdp",
    ]);
  });

  test("allows libbpf's tracepoint probe if a program reads kernel or user memory", (context) => {
    const object = parseObject(compile(context, "maps"));
    const calling = (helper: number) => {
      const insns = Uint8Array.of(0x85, 0, 0, 0, helper, 0, 0, 0);
      const functions = object.functions.map((one, i) => (i === 0 ? { ...one, insns } : one));
      return names(objectNeeds({ ...object, functions }, { loader: "libbpf" }), "progs");
    };
    const { probe_read_user, probe_read_kernel, probe_read } = HelperId;
    expect(calling(probe_read_user)).toContain("tracepoint");
    expect(calling(probe_read_kernel)).toContain("tracepoint");
    expect(calling(probe_read)).not.toContain("tracepoint");
  });

  test("considers only programs that are loaded, and reports those that cannot be", (context) => {
    const object = parseObject(compile(context, "programs"));
    const some = objectNeeds(object);
    expect(names(some, "progs")).toEqual(["kprobe", "sched_cls", "xdp"]);
    expect(some.open).toEqual([
      expect.stringContaining("program unknown cannot be loaded: its section 'of/my/own'"),
    ]);
    const all = objectNeeds(object, { wanted: () => true });
    expect(names(all, "progs")).toContain("tracing");
    expect(names(all, "attachs")).toContain("trace_raw_tp");
    expect(all.capabilities).toEqual(["bpf", "net_admin", "perfmon"]);
  });

  test("reports values that no mask can delegate", (context) => {
    const object = parseObject(compile(context, "maps"));
    const strange = { ...object, maps: object.maps.map((map) => ({ ...map, type: 1000 })) };
    const needs = objectNeeds(strange);
    expect(names(needs, "maps")).toEqual(["array"]);
    expect(needs.open[0]).toMatch(/maps 1000 is not in 0…63/);
  });
});

test("helpersOf() lists helpers, not functions or constants", () => {
  const words = [
    [0x85, 0, 6], // a helper
    [0x85, 0x10, 7], // a function of the program
    [0x18, 0, 0],
    [0x85, 0, 8], // the second half of a constant
    [0x85, 0x20, 9], // a function of the kernel
    [0x85, 0, 6],
  ];
  const insns = Uint8Array.from(
    words.flatMap(([code = 0, regs = 0, imm = 0]) => [code, regs, 0, 0, imm, 0, 0, 0]),
  );
  expect(helpersOf(insns)).toEqual([6]);
});

test("reads a Node Buffer like any other byte array", (context) => {
  const bytes = compile(context, "maps");
  const shared = new Uint8Array(bytes.length + 16);
  shared.set(bytes, 8);
  const buffer = Buffer.from(shared.buffer, 8, bytes.length);
  const [plain, other] = [parseObject(bytes), parseObject(buffer)];
  expect(other.maps).toEqual(plain.maps);
  expect(other.functions).toEqual(plain.functions);
  expect(other.btf?.raw).toEqual(plain.btf?.raw);
  expect([...buffer]).toEqual([...bytes]);
});
