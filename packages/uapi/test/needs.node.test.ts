// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  BpfCmd,
  type BpfCmdName,
  type CallShape,
  callNeeds,
  HelperId,
  type HelperIdName,
  type KernelRelease,
  MapType,
  ProgType,
  tokenAttachType,
} from "../src/index.ts";

const names = (shape: CallShape, release?: KernelRelease): readonly string[] =>
  callNeeds(shape, release).capabilities.map(({ name }) => name);

// The classes as docs/spec/semantics.md prints them, sections 3.3 and 3.4.
const spec = readFileSync(new URL("../../../docs/spec/semantics.md", import.meta.url), "utf8");

/** The types of each class in a table whose first cell is the class: `xdp 6`. */
function typesOf(head: RegExp): ReadonlyMap<string, readonly number[]> {
  const from = spec.slice(spec.search(head));
  const rows = from.slice(0, from.indexOf("\n\n")).split("\n").slice(2);
  return new Map(
    rows.map((row) => {
      const [, id = "", , types = ""] = row.split("|").map((cell) => cell.trim());
      return [id, [...types.matchAll(/ (\d+)/g)].map(([, value]) => Number(value))];
    }),
  );
}

describe("program types (PL-06 to PL-10)", () => {
  const classes = typesOf(/^\| class \| needs \|/m);
  const wanted: Readonly<Record<string, readonly string[]>> = {
    "B*": ["BPF"],
    B: ["BPF"],
    BN: ["BPF", "NET_ADMIN"],
    BP: ["BPF", "PERFMON"],
    BNP: ["BPF", "NET_ADMIN", "PERFMON"],
  };

  test("the specification has a class for each type", () => {
    expect([...classes.keys()]).toEqual(Object.keys(wanted));
    const listed = [...classes.values()].flat().sort((a, b) => a - b);
    expect(listed).toEqual(Object.values(ProgType).filter((type) => type !== ProgType.UNSPEC));
  });

  test.each(Object.entries(ProgType).filter(([name]) => name !== "UNSPEC"))("%s", (_, progType) => {
    const [id = ""] = [...classes].find(([, types]) => types.includes(progType)) ?? [];
    const { capabilities } = callNeeds({ cmd: BpfCmd.PROG_LOAD, progType });
    expect(capabilities.map(({ name }) => name)).toEqual(wanted[id]);
    expect(capabilities.find(({ name }) => name === "BPF")?.sysctl).toBe(id === "B*");
  });
});

describe("map types (MC-12)", () => {
  const classes = typesOf(/^\| class \| extra capability/m);
  // Types of later releases stand in section 9 of the specification.
  const later: ReadonlySet<string> = new Set(["INSN_ARRAY", "RHASH"]);

  test.each(Object.entries(MapType).filter(([name]) => name !== "UNSPEC" && !later.has(name)))(
    "%s",
    (_, mapType) => {
      const [id] = [...classes].find(([, types]) => types.includes(mapType)) ?? [];
      const { capabilities } = callNeeds({ cmd: BpfCmd.MAP_CREATE, mapType });
      const network = capabilities.some(({ name }) => name === "NET_ADMIN");
      expect({ network, sysctl: capabilities[0]?.sysctl }).toEqual({
        network: id === "N",
        sysctl: id !== "B",
      });
    },
  );
});

describe("helpers (VF-03, VF-04, VF-09, VF-12)", () => {
  test.each<[HelperIdName, number, KernelRelease, readonly string[]]>([
    ["map_lookup_elem", ProgType.XDP, "7.3", ["BPF", "NET_ADMIN"]],
    ["trace_printk", ProgType.XDP, "6.12", ["BPF", "NET_ADMIN", "PERFMON"]],
    ["trace_printk", ProgType.SYSCALL, "6.12", ["BPF"]],
    ["trace_printk", ProgType.SYSCALL, "6.18", ["BPF", "PERFMON"]],
    ["get_current_comm", ProgType.XDP, "6.12", ["BPF", "NET_ADMIN"]],
    ["get_current_comm", ProgType.XDP, "6.18", ["BPF", "NET_ADMIN", "PERFMON"]],
    ["sys_bpf", ProgType.SYSCALL, "7.3", ["BPF", "PERFMON"]],
    ["sys_bpf", ProgType.XDP, "7.3", ["BPF", "NET_ADMIN"]],
    ["probe_write_user", ProgType.KPROBE, "7.3", ["BPF", "PERFMON", "SYS_ADMIN"]],
  ])("%s in program type %i of %s", (helper, progType, release, expected) => {
    const shape = { cmd: BpfCmd.PROG_LOAD, progType, helpers: [HelperId[helper]] };
    expect(names(shape, release)).toEqual(expected);
  });

  test("names the helper that needs a capability", () => {
    const helpers = [HelperId.map_lookup_elem, HelperId.snprintf];
    const { capabilities } = callNeeds({ cmd: BpfCmd.PROG_LOAD, progType: ProgType.XDP, helpers });
    expect(capabilities.at(-1)).toMatchObject({ name: "PERFMON", helper: HelperId.snprintf });
  });
});

describe("commands (BL-04, BG-04, CG-05 to CG-08)", () => {
  test.each<[BpfCmdName, KernelRelease, readonly string[], "token" | "initial"]>([
    ["BTF_LOAD", "6.12", ["BPF"], "token"],
    ["BTF_GET_FD_BY_ID", "6.12", ["SYS_ADMIN"], "initial"],
    ["BTF_GET_FD_BY_ID", "6.18", ["SYS_ADMIN"], "token"],
    ["PROG_GET_NEXT_ID", "7.3", ["SYS_ADMIN"], "initial"],
    ["MAP_GET_FD_BY_ID", "7.3", ["SYS_ADMIN"], "initial"],
    ["ENABLE_STATS", "7.3", ["SYS_ADMIN"], "initial"],
    ["PROG_QUERY", "7.3", ["NET_ADMIN"], "initial"],
  ])("%s of %s", (name, release, caps, namespace) => {
    const { bits, capabilities } = callNeeds({ cmd: BpfCmd[name] }, release);
    expect(capabilities.map((one) => one.name)).toEqual(caps);
    expect(new Set(capabilities.map((one) => one.namespace))).toEqual(new Set([namespace]));
    expect(bits).toEqual(namespace === "token" ? [{ axis: "cmds", bit: BpfCmd[name] }] : []);
  });

  test("a command without a rule needs nothing", () => {
    expect(callNeeds({ cmd: BpfCmd.MAP_LOOKUP_ELEM })).toEqual({ bits: [], capabilities: [] });
  });
});

test("the bits of a program are its command, its type and its attach type (PL-03, TA-03)", () => {
  const shape = { cmd: BpfCmd.PROG_LOAD, progType: ProgType.CGROUP_SOCK };
  expect(callNeeds(shape).bits).toEqual([
    { axis: "cmds", bit: BpfCmd.PROG_LOAD },
    { axis: "progs", bit: ProgType.CGROUP_SOCK },
    { axis: "attachs", bit: 2 },
  ]);
  expect(tokenAttachType(ProgType.SK_REUSEPORT, 0)).toBe(39);
  expect(tokenAttachType(ProgType.KPROBE, 0)).toBe(0);
  expect(tokenAttachType(ProgType.XDP, 37)).toBe(37);
});

test("an unknown release is refused", () => {
  expect(() => callNeeds({ cmd: 0 }, "5.1" as KernelRelease)).toThrow(RangeError);
});
