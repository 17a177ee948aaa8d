// SPDX-License-Identifier: MIT
import { MapType, ProgType } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { neededFor } from "../src/token/capabilities.ts";

const names = (asked: Parameters<typeof neededFor>[0]): readonly string[] =>
  neededFor(asked).map(({ any: [first] }) => first);

test("every call needs CAP_BPF, or CAP_SYS_ADMIN in its place", () => {
  expect(neededFor({})).toEqual([{ any: ["BPF", "SYS_ADMIN"] }]);
});

describe("program types (PL-09, PL-10)", () => {
  const both = ["EXT"];
  const network = [
    ...["SCHED_CLS", "SCHED_ACT", "XDP", "CGROUP_SOCK", "LWT_IN", "LWT_OUT", "LWT_XMIT"],
    ...["SOCK_OPS", "SK_SKB", "CGROUP_DEVICE", "SK_MSG", "CGROUP_SOCK_ADDR", "LWT_SEG6LOCAL"],
    ...["FLOW_DISSECTOR", "CGROUP_SYSCTL", "CGROUP_SOCKOPT", "NETFILTER"],
  ];
  const tracing = [
    ...["KPROBE", "TRACEPOINT", "PERF_EVENT", "RAW_TRACEPOINT", "RAW_TRACEPOINT_WRITABLE"],
    ...["TRACING", "STRUCT_OPS", "LSM"],
  ];
  const isIn = (list: readonly string[], name: string): boolean => list.includes(name);

  test.each(Object.entries(ProgType))("%s", (name, progType) => {
    expect(names({ progType })).toEqual([
      "BPF",
      ...(isIn([...network, ...both], name) ? ["NET_ADMIN"] : []),
      ...(isIn([...tracing, ...both], name) ? ["PERFMON"] : []),
    ]);
  });
});

describe("map types (MC-12)", () => {
  const network = ["DEVMAP", "SOCKMAP", "XSKMAP", "SOCKHASH", "DEVMAP_HASH"];

  test.each(Object.entries(MapType))("%s", (name, mapType) => {
    expect(names({ mapType })).toEqual(network.includes(name) ? ["BPF", "NET_ADMIN"] : ["BPF"]);
  });
});
