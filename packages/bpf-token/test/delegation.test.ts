// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import {
  capabilityNames,
  DelegationError,
  parseCapabilities,
  parseDelegation,
} from "../src/delegation/index.ts";

describe("parseDelegation", () => {
  test.each([
    [["cmds=map_create"], ["delegate_cmds=map_create"]],
    [
      ["cmds=map_create:PROG_LOAD,maps=array", "progs=xdp;attachs=any"],
      [
        "delegate_cmds=map_create",
        "delegate_cmds=PROG_LOAD",
        "delegate_maps=array",
        "delegate_progs=xdp",
        "delegate_attachs=any",
      ],
    ],
    [["delegate_maps=0x6:010:7"], ["0x6", "010", "7"].map((n) => `delegate_maps=${n}`)],
    [["cmds=prog_run, maps=unspec ,"], ["delegate_cmds=prog_run", "delegate_maps=unspec"]],
    [["attachs=0xffffffffffffffff"], ["delegate_attachs=0xffffffffffffffff"]],
  ])("%j", (texts, options) => {
    expect(parseDelegation(texts)).toEqual(options);
  });

  test.each([
    [["cmds=prog_lod"], "'prog_lod' is not a command; did you mean 'prog_load'?"],
    [["cmds=BPF_PROG_LOAD"], "without the prefix: 'prog_load'"],
    [["maps=BPF_MAP_TYPE_HASH"], "without the prefix: 'hash'"],
    [["progs=tc"], "it is an ELF section name; its type is 'sched_cls'"],
    [["maps=xdp"], "it is a program type: write 'progs=xdp'"],
    [["cmds=ANY"], "write 'any' in lower case"],
    [["cmds=map_create,prog_load"], "with ':', as in 'cmds=map_create:prog_load'"],
    [["prog_load"], "'prog_load' has no axis; write one of cmds= maps= progs= attachs="],
    [["attaches=xdp"], "unknown axis 'attaches='; did you mean 'attachs='?"],
    [["teapot=xdp"], "unknown axis 'teapot='; known: cmds= maps= progs= attachs="],
    [["cmds="], "'cmds=' has no value; remove it, or write 'cmds=any'"],
    [["cmds=map_create::prog_load"], "'cmds=map_create::prog_load' has an empty name"],
    [["maps=0x10000000000000000"], "the mask '0x10000000000000000' does not fit in 64 bits"],
    [["maps=089"], "'089' is not a map type"],
    [["maps=-1"], "'-1' is not a map type"],
    [["maps=teapotteapot"], "'bpf-token support' lists the known ones"],
    [[], "--delegate is missing"],
    [[" , "], "--delegate is missing"],
  ])("%j throws, with the text to write", (texts, message) => {
    expect(() => parseDelegation(texts)).toThrow(DelegationError);
    expect(() => parseDelegation(texts)).toThrow(message);
  });
});

describe("parseCapabilities", () => {
  test.each([
    ["none", 0n],
    ["all", (1n << 64n) - 1n],
    ["bpf", 1n << 39n],
    ["CAP_BPF,net_admin", (1n << 39n) | (1n << 12n)],
  ])("%s", (text, mask) => {
    expect(parseCapabilities(text)).toBe(mask);
  });

  test("an unknown name throws, with the nearest one", () => {
    expect(() => parseCapabilities("bpf,net_admn")).toThrow("did you mean 'net_admin'?");
    expect(() => parseCapabilities("")).toThrow("unknown capability ''");
  });

  test("capabilityNames returns the names of the bits", () => {
    expect(capabilityNames(parseCapabilities("net_admin,bpf"))).toEqual([
      "CAP_NET_ADMIN",
      "CAP_BPF",
    ]);
  });
});
