// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { capabilityNames, readCapabilities, readDelegation } from "../../src/cli/exec-words.ts";
import { UsageError } from "../../src/cli/usage.ts";
import { cli } from "./world.ts";

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
    expect(readDelegation(texts)).toEqual(options);
  });

  test.each([
    [["cmds=prog_lod"], "'prog_lod' is no command; did you mean 'prog_load'?"],
    [["cmds=BPF_PROG_LOAD"], "leave out the prefix: 'prog_load'"],
    [["maps=BPF_MAP_TYPE_HASH"], "leave out the prefix: 'hash'"],
    [["progs=tc"], "that is a section of object files, whose type is 'sched_cls'"],
    [["maps=xdp"], "it is a type of program: write 'progs=xdp'"],
    [["cmds=ANY"], "'any' is written in small letters"],
    [["cmds=map_create,prog_load"], "parted by ':', as in 'cmds=map_create:prog_load'"],
    [["prog_load"], "'prog_load' says no axis; write one of cmds= maps= progs= attachs="],
    [["attaches=xdp"], "there is no axis 'attaches='; did you mean 'attachs='?"],
    [["teapot=xdp"], "there is no axis 'teapot='; there are cmds= maps= progs= attachs="],
    [["cmds="], "'cmds=' names nothing; leave it out, or write 'cmds=any'"],
    [["cmds=map_create::prog_load"], "'cmds=map_create::prog_load' has an empty name"],
    [["maps=0x10000000000000000"], "the mask '0x10000000000000000' does not fit in 64 bits"],
    [["maps=089"], "'089' is no type of map"],
    [["maps=-1"], "'-1' is no type of map"],
    [["maps=teapotteapot"], "'bpf-token support' lists them"],
    [[], "what is delegated?"],
    [[" , "], "what is delegated?"],
  ])("%j is usage, and says what would do", (texts, message) => {
    expect(() => readDelegation(texts)).toThrow(UsageError);
    expect(() => readDelegation(texts)).toThrow(message);
  });
});

describe("capabilities", () => {
  test.each([
    ["none", 0n],
    ["all", (1n << 64n) - 1n],
    ["bpf", 1n << 39n],
    ["CAP_BPF,net_admin", (1n << 39n) | (1n << 12n)],
  ])("%s", (text, mask) => {
    expect(readCapabilities(text)).toBe(mask);
  });

  test("a word that is none, and what it should have been", () => {
    expect(() => readCapabilities("bpf,net_admn")).toThrow("did you mean 'net_admin'?");
    expect(() => readCapabilities("")).toThrow("there is no capability ''");
  });

  test("are shown by name", () => {
    expect(capabilityNames(readCapabilities("net_admin,bpf"))).toEqual([
      "CAP_NET_ADMIN",
      "CAP_BPF",
    ]);
  });
});

describe("the command line", () => {
  const delegate = ["--delegate", "cmds=any"];
  test.each([
    [["exec"], "exec: which command? … -- COMMAND"],
    [["exec", ...delegate, "--"], "exec: which command?"],
    [["exec", ...delegate, "true"], "the command goes behind '--': exec … -- true"],
    [["exec", ...delegate, "x", "--", "true"], "'x' before '--' means nothing"],
    [["exec", ...delegate, "--json", "--", "true"], "--json goes with --explain"],
    [["exec", "--delgate", "cmds=any", "--", "true"], "did you mean '--delegate'?"],
    [["exec", "--", "true"], "what is delegated?"],
    [["exec", ...delegate, "--caps", "bfp", "--", "true"], "did you mean 'bpf'?"],
  ])("%j: exit 2 and the way out", async (argv, message) => {
    const { code, out, err } = await cli(argv);
    expect(err).toContain(message);
    expect(err).toMatch(/\ntry 'bpf-token exec --help'\n$/);
    expect([code, out]).toEqual([2, ""]);
  });
});

describe("where it cannot run", () => {
  const fine = {
    platform: "linux",
    arch: "x64",
    release: "6.18.1",
    uid: 0,
    capabilities: (1n << 41n) - 1n,
    firstUserNamespace: true,
  };
  const places = [
    ["macOS", { platform: "darwin" }, "it needs Linux 6.9 or newer, and this is darwin"],
    ["Windows", { platform: "win32", uid: undefined }, "and this is win32"],
    ["an old kernel", { release: "6.8.0-31-generic" }, "BPF tokens came with Linux 6.9"],
    ["a user", { uid: 1000 }, "it needs root"],
    ["a rootless container", { firstUserNamespace: false }, "this is a user namespace"],
    ["a container", { capabilities: 0n }, "it needs CAP_SYS_ADMIN"],
  ] as const;
  const commands = [
    ["exec", "--delegate", "cmds=any", "--", "true"],
    ["demo", "--backend", "native"],
  ];
  for (const argv of commands) {
    test.each(places)(`${argv[0]}: %s: exit 3 and one sentence`, async (_, change, why) => {
      const { code, out, err } = await cli(argv, {}, {}, { ...fine, ...change });
      expect([code, out]).toEqual([3, ""]);
      expect(err).toContain(why);
      expect(err.trimEnd().split("\n")).toHaveLength(1);
    });
  }
});
