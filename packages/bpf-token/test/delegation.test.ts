// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import {
  capabilityNames,
  DelegationError,
  parseCapabilities,
  parseDelegation,
} from "../src/delegation/index.ts";

describe("what is delegated", () => {
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
    [["cmds=prog_lod"], "'prog_lod' is no command; did you mean 'prog_load'?"],
    [["cmds=BPF_PROG_LOAD"], "leave out the prefix: 'prog_load'"],
    [["maps=BPF_MAP_TYPE_HASH"], "leave out the prefix: 'hash'"],
    [["progs=tc"], "that is a section of object files, whose type is 'sched_cls'"],
    [["maps=xdp"], "it is a program type: write 'progs=xdp'"],
    [["cmds=ANY"], "'any' is written in small letters"],
    [["cmds=map_create,prog_load"], "separated by ':', as in 'cmds=map_create:prog_load'"],
    [["prog_load"], "'prog_load' says no axis; write one of cmds= maps= progs= attachs="],
    [["attaches=xdp"], "there is no axis 'attaches='; did you mean 'attachs='?"],
    [["teapot=xdp"], "there is no axis 'teapot='; there are cmds= maps= progs= attachs="],
    [["cmds="], "'cmds=' names nothing; leave it out, or write 'cmds=any'"],
    [["cmds=map_create::prog_load"], "'cmds=map_create::prog_load' has an empty name"],
    [["maps=0x10000000000000000"], "the mask '0x10000000000000000' does not fit in 64 bits"],
    [["maps=089"], "'089' is no map type"],
    [["maps=-1"], "'-1' is no map type"],
    [["maps=teapotteapot"], "'bpf-token support' lists them"],
    [[], "what is delegated?"],
    [[" , "], "what is delegated?"],
  ])("%j throws, and says what to write", (texts, message) => {
    expect(() => parseDelegation(texts)).toThrow(DelegationError);
    expect(() => parseDelegation(texts)).toThrow(message);
  });
});

describe("capabilities", () => {
  test.each([
    ["none", 0n],
    ["all", (1n << 64n) - 1n],
    ["bpf", 1n << 39n],
    ["CAP_BPF,net_admin", (1n << 39n) | (1n << 12n)],
  ])("%s", (text, mask) => {
    expect(parseCapabilities(text)).toBe(mask);
  });

  test("a word that is none, and what it should have been", () => {
    expect(() => parseCapabilities("bpf,net_admn")).toThrow("did you mean 'net_admin'?");
    expect(() => parseCapabilities("")).toThrow("there is no capability ''");
  });

  test("are shown by name", () => {
    expect(capabilityNames(parseCapabilities("net_admin,bpf"))).toEqual([
      "CAP_NET_ADMIN",
      "CAP_BPF",
    ]);
  });
});
