// SPDX-License-Identifier: MIT
import { MapType, ProgType } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  adviseName,
  bitName,
  bitOf,
  capabilityNames,
  compareDelegations,
  type Delegation,
  DelegationError,
  delegationMasks,
  delegationNames,
  delegationOf,
  formatMask,
  isDelegationAxis,
  parseCapabilities,
  parseMask,
  sameDelegation,
  sinceRelease,
  unionDelegations,
} from "../src/index.ts";

const ALL = (1n << 64n) - 1n;
const nothing = { cmds: 0n, maps: 0n, progs: 0n, attachs: 0n };

describe("the shape", () => {
  test.each<[Delegation, object]>([
    [{}, {}],
    [{ cmds: [] }, {}],
    [{ cmds: ["map_create", "BPF_PROG_LOAD", "Btf_Load"] }, { cmds: 0x40021n }],
    [{ maps: [MapType.HASH, "BPF_MAP_TYPE_ARRAY"] }, { maps: 0x6n }],
    [
      { progs: [ProgType.XDP, "xdp"], attachs: "any" },
      { progs: 0x40n, attachs: ALL },
    ],
    [{ attachs: [63, "any"] }, { attachs: ALL }],
    [{ attachs: [63] }, { attachs: 1n << 63n }],
  ])("%j", (delegation, masks) => {
    expect(delegationMasks(delegation)).toEqual({ ...nothing, ...masks });
  });

  test.each<[unknown, string]>([
    [{ cmds: ["prog_lod"] }, "'prog_lod' is not a command; did you mean 'prog_load'?"],
    [{ maps: [64] }, "maps: 64 is not a map type: bits are numbered from 0 to 63"],
    [{ maps: [-1] }, "maps: -1 is not a map type: bits are numbered from 0 to 63"],
    [{ maps: [1.5] }, "maps: 1.5 is not a map type"],
    [{ maps: "hash" }, "maps is neither a list nor 'any'; write e.g. maps: [\"hash\"]"],
    [{ maps: [1n] }, "maps: an item of type bigint is not a map type"],
    [{ attaches: ["xdp"] }, "unknown mask 'attaches'; did you mean 'attachs'?"],
    [{ teapot: [] }, "unknown mask 'teapot'; known: cmds, maps, progs, attachs"],
    [{ progs: ["\u001b[31m"] }, "'\\u001b[31m' is not a program type"],
    [{ progs: ["BPF_MAP_TYPE_XDP"] }, "'BPF_MAP_TYPE_XDP' is not a program type"],
  ])("%s throws, with the text to write", (delegation, message) => {
    expect(() => delegationMasks(delegation as Delegation)).toThrow(DelegationError);
    expect(() => delegationMasks(delegation as Delegation)).toThrow(message);
  });

  test("masks become names; bits without a name become numbers", () => {
    expect(delegationOf({ cmds: 0x21n, maps: 1n << 60n, attachs: ALL, progs: 0n })).toEqual({
      cmds: ["map_create", "prog_load"],
      maps: [60],
      attachs: "any",
    });
  });

  test("the names are those of a release", () => {
    const masks = { attachs: 1n << 57n };
    expect(delegationOf(masks, "6.12")).toEqual({ attachs: [57] });
    expect(delegationOf(masks, "6.18")).toEqual({ attachs: ["trace_uprobe_session"] });
    expect(delegationMasks(delegationOf(masks, "6.12")).attachs).toBe(1n << 57n);
  });
});

describe("comparison", () => {
  test("names what is missing and what is superfluous", () => {
    expect(
      compareDelegations(
        { cmds: ["map_create"], maps: ["hash", "array"] },
        { maps: ["array", "ringbuf"] },
      ),
    ).toEqual({
      missing: { cmds: ["map_create"], maps: ["hash"] },
      superfluous: { maps: ["ringbuf"] },
    });
  });

  test("any covers everything, and a list does not cover any", () => {
    expect(compareDelegations({ maps: ["hash"] }, { maps: "any" }).missing).toEqual({});
    expect(compareDelegations({ maps: "any" }, { maps: ["hash"] }).missing.maps).toHaveLength(63);
  });

  test("union and equality", () => {
    const both = unionDelegations({ maps: ["hash"] }, { maps: [2], progs: ["XDP"] });
    expect(both).toEqual({ maps: ["hash", "array"], progs: ["xdp"] });
    expect(unionDelegations()).toEqual({});
    expect(sameDelegation(both, { maps: [1, 2], progs: [6], cmds: [] })).toBe(true);
    expect(sameDelegation(both, { maps: [1, 2] })).toBe(false);
  });
});

describe("names", () => {
  test("of two names for one bit, the kernel prints the first", () => {
    expect(bitName("maps", 19)).toBe("cgroup_storage_deprecated");
    expect(bitOf("maps", "cgroup_storage")).toBe(19);
    expect(bitName("cmds", 10)).toBe("prog_test_run");
    expect(bitName("maps", 63)).toBeUndefined();
  });

  test("a release has only its own names", () => {
    expect(delegationNames("cmds", "6.12")).not.toContain("prog_stream_read_by_fd");
    expect(delegationNames("cmds", "6.18")).toContain("prog_stream_read_by_fd");
    expect(sinceRelease("attachs", 57)).toBe("6.13");
    expect(sinceRelease("attachs", 37)).toBeUndefined();
    expect(sinceRelease("attachs", 63)).toBeUndefined();
  });

  test.each([
    ["progs", "tc", "it is an ELF section name; its type is 'sched_cls'"],
    ["maps", "xdp", "it is a program type: write 'progs=xdp'"],
    ["cmds", "ANY", "write 'any' in lower case"],
    ["cmds", "map_crate", "did you mean 'map_create'?"],
    ["maps", "teapotteapot", "include/uapi/linux/bpf.h"],
  ] as const)("%s %s: %s", (axis, word, advice) => {
    expect(adviseName(axis, word)).toContain(advice);
  });

  test("isDelegationAxis", () => {
    expect(isDelegationAxis("maps")).toBe(true);
    expect(isDelegationAxis("toString")).toBe(false);
  });
});

describe("the value of a mount option", () => {
  // Rules OP-03 to OP-08 of docs/spec/semantics.md.
  test.each([
    ["hash:ARRAY", 0x6n],
    ["any", ALL],
    ["0x6", 0x6n],
    ["010", 0x8n],
    ["0", 0n],
    ["hash:0x10", 0x10n],
    ["0x10:hash", 0x12n],
    ["any:0x4", 0x4n],
    ["0x2:0x4", 0x4n],
    ["33", 33n],
    ["18446744073709551615", ALL],
  ])("%s", (text, mask) => {
    expect(parseMask("maps", text)).toBe(mask);
  });

  test.each([
    ["", "'' is not a map type"],
    ["hash::array", "'' is not a map type"],
    ["0x10000000000000000", "the mask '0x10000000000000000' does not fit in 64 bits"],
    ["089", "'089' is not a map type"],
    ["-1", "'-1' is not a map type"],
  ])("'%s' throws", (text, message) => {
    expect(() => parseMask("maps", text)).toThrow(DelegationError);
    expect(() => parseMask("maps", text)).toThrow(message);
  });

  test("unknown names of a newer kernel can be ignored", () => {
    expect(parseMask("maps", "hash:teapot", "ignore")).toBe(0x2n);
  });

  test("a number comes first, so that it replaces no name", () => {
    const mask = 0x6n | (1n << 60n);
    expect(formatMask("maps", mask)).toBe("0x1000000000000000:hash:array");
    expect(parseMask("maps", formatMask("maps", mask))).toBe(mask);
    expect(formatMask("maps", 0n)).toBe("");
  });
});

describe("parseCapabilities", () => {
  test.each([
    ["none", 0n],
    ["all", ALL],
    ["bpf", 1n << 39n],
    ["CAP_BPF,net_admin", (1n << 39n) | (1n << 12n)],
  ])("%s", (text, mask) => {
    expect(parseCapabilities(text)).toBe(mask);
  });

  test("an unknown name throws, with the nearest one", () => {
    expect(() => parseCapabilities("bpf,net_admn")).toThrow("did you mean 'net_admin'?");
    expect(() => parseCapabilities("")).toThrow("unknown capability ''");
    expect(() => parseCapabilities("BPCAP_F")).toThrow("unknown capability 'BPCAP_F'");
  });

  test("capabilityNames returns the names of the bits", () => {
    expect(capabilityNames(parseCapabilities("net_admin,bpf"))).toEqual([
      "CAP_NET_ADMIN",
      "CAP_BPF",
    ]);
  });
});
