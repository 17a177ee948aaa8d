// SPDX-License-Identifier: MIT
// Forms that published scripts, pages and mails have.
import { describe, expect, test } from "vitest";
import { readDelegations } from "../src/index.ts";

/** The remarks of a text: the id, and the characters that it is about. */
const remarksIn = (text: string, dialect: "kernel" | "systemd" = "kernel"): readonly string[] =>
  readDelegations(text, dialect).flatMap(({ remarks }) =>
    remarks.map(({ id, at, end }) => `${id}: ${text.slice(at, end)}`),
  );

const extents = (text: string, dialect: "kernel" | "systemd" = "kernel"): readonly unknown[] =>
  readDelegations(text, dialect).map(({ extent }) => extent);

test("a mount of the host is at its command, also if the options are on later lines", () => {
  const text = "mkdir /b\nsudo /bin/mount -t bpf b /b \\\n  -o delegate_maps=hash\n";
  expect(remarksIn(text)).toEqual(["host_mount: /bin/mount"]);
});

test("neither bold type nor the end of a sentence belongs to a name", () => {
  expect(remarksIn("| **-o delegate_progs=kprobe**\n")).toEqual([]);
  expect(remarksIn("It is delegate_progs=xdp:sched_cls.\n")).toEqual([]);
  expect(remarksIn("It is delegate_progs=xdp:schedcls.\n")).toEqual(["unknown_name: schedcls"]);
});

describe("a variable of a shell", () => {
  const options = "delegate_cmds=map_create,delegate_maps=hash";

  test.each([
    `OPTS="${options}"\nmount -t bpf b /b -o "\${OPTS}"\n`,
    `export OPTS=${options}\nssh h "mount -t bpf -o $OPTS b /b"\n`,
  ])("has the options of a mount of the host: %j", (text) => {
    expect(remarksIn(text)).toEqual(["host_mount: mount"]);
    expect(readDelegations(text, "kernel")).toHaveLength(1);
  });

  test("has nothing to do with another mount", () => {
    expect(remarksIn(`OPTS=${options}\nmount -t bpf b /b -o "$OTHER"\n`)).toEqual([]);
    expect(remarksIn(`OPTS=${options}\nmount -t tmpfs b /b -o "$OPTS"\n`)).toEqual([]);
  });

  const use = 'X="delegate_cmds=$CMDS"\n';

  test("has the names of a mask", () => {
    const [found] = readDelegations(`CMDS="map_create:prog_load"\n${use}`, "kernel");
    expect(found?.delegation).toEqual({ cmds: ["map_create", "prog_load"] });
    expect(found?.remarks).toEqual([]);
  });

  test("has names that a comma separates, which can be fixed there", () => {
    const text = `CMDS='map_create,prog_load'\n${use}`;
    const [found] = readDelegations(text, "kernel");
    expect(found?.delegation).toEqual({ cmds: ["map_create"] });
    expect(found?.remarks).toMatchObject([{ id: "separator", at: 16, end: 26, fix: ":prog_load" }]);
    expect(found?.remarks[0]?.text).toContain("'delegate_cmds=map_create:prog_load'");
  });

  test.each(["map_create:$CMDS", "$CMDS:map_create", "x$CMDS"])(
    "is only a part of the value %s, so it is filled in later",
    (value) => {
      const text = `CMDS=prog_load\nX="delegate_cmds=${value}"\n`;
      expect(remarksIn(text)).toContain(
        `template: ${value.split(":").find((one) => one.includes("$"))}`,
      );
      expect(readDelegations(text, "kernel")[0]?.delegation).toEqual(
        value.includes(":") ? { cmds: ["map_create"] } : {},
      );
    },
  );

  test.each(["$CMDS", `$\{CMDS}`])("is written as %s", (value) => {
    const [found] = readDelegations(`CMDS=prog_load\nX="delegate_cmds=${value}"\n`, "kernel");
    expect(found?.delegation).toEqual({ cmds: ["prog_load"] });
  });

  test.each(["", "CMDS=any\nCMDS=prog_load\n", "CMDS=$1\n", 'CMDS="a b"\n', "echo CMDS=any\n"])(
    "that is set %j is filled in later",
    (before) => {
      expect(remarksIn(`${before}${use}`)).toEqual(["template: $CMDS"]);
    },
  );
});

describe("long variables of a shell", () => {
  // The longest literal that is read has 4,096 characters.
  const long = "map_create:".repeat(367) + "prog_load:".repeat(6).slice(0, -1);
  const uses = (count: number, name: string): string =>
    `X="delegate_cmds=$${name}"\n`.repeat(count);

  test("are read until their uses have 65,536 characters", () => {
    expect(long).toHaveLength(4096);
    expect(remarksIn(`CMDS=${long}\n${uses(16, "CMDS")}`)).toEqual([]);
    expect(remarksIn(`CMDS=${long}\n${uses(17, "CMDS")}`)).toEqual(["template: $CMDS"]);
  });

  test("leave no characters to short ones", () => {
    const text = (count: number): string =>
      `CMDS=${long}\nFEW=any\n${uses(count, "CMDS")}${uses(1, "FEW")}`;
    expect(remarksIn(text(16))).toEqual(["template: $FEW"]);
    expect(remarksIn(text(15))).toEqual([]);
  });
});

describe("the extent of a delegation", () => {
  test.each([
    ["mount -t bpf b /b -o delegate_cmds=any", "whole"],
    ["b on /b type bpf (rw,delegate_cmds=any)", "whole"],
    ["1 2 0:3 / /b rw - bpf b rw,delegate_cmds=any", "whole"],
    ["[Mount]\nType=bpf\nOptions=delegate_cmds=any", "whole"],
    ["OPTS=delegate_cmds=any", "part"],
    ["check 'delegate_cmds=any'\ncheck 'delegate_maps=any'", "part"],
    ["delegate_cmds=any\n-o delegate_maps=any", "part"],
    ["OPTS=delegate_cmds=any\nmount -t bpf b /b -o $OPTS", "whole"],
  ])("of mount options: %j", (text, extent) => {
    expect(new Set(extents(text))).toEqual(new Set([extent]));
  });

  test.each([
    ["systemd-run -p PrivateBPF=yes -p BPFDelegateMaps=any x", ["whole"]],
    ["check 'BPFDelegateMaps=any' x\ncheck 'BPFDelegateCommands=any' y", ["part", "part"]],
    ["[Service]\nBPFDelegateMaps=any", [undefined]],
    ["echo PrivateBPF=yes\necho BPFDelegateMaps=any", [undefined]],
  ])("of settings of systemd: %j", (text, expected) => {
    expect(extents(text, "systemd")).toEqual(expected);
  });

  test("a setting without a command is not judged as a unit", () => {
    expect(remarksIn("check 'BPFDelegateMaps=any'\n", "systemd")).toEqual([]);
  });
});

test("options of several lines belong together, but not arguments of several commands", () => {
  expect(readDelegations("delegate_cmds=any\n -o delegate_maps=any", "kernel")).toHaveLength(1);
  const commands = "check 'delegate_cmds=any'\ncheck 'delegate_maps=any'";
  expect(readDelegations(commands, "kernel")).toHaveLength(2);
  const options = "check -x --opts 'delegate_cmds=any'\n  check -x 'delegate_maps=any'";
  expect(readDelegations(options, "kernel")).toHaveLength(2);
});

test("a remark names the mask that its word belongs to", () => {
  const axes = (text: string): readonly unknown[] =>
    readDelegations(text, "kernel").flatMap(({ remarks }) => remarks.map(({ axis }) => axis));
  expect(axes("o=delegate_cmds=map_create,prog_load")).toEqual(["cmds"]);
  expect(axes("o=delegate_maps=hsh:$MORE")).toEqual(["maps", "maps"]);
  expect(axes("o=delegate_maps=hash:4")).toEqual(["maps"]);
  expect(axes("o=remount,delegate_maps=hash")).toEqual([undefined]);
});

test.each(["lxd", "incus"] as const)("a description of a key of %s sets nothing", (dialect) => {
  const key =
    dialect === "lxd" ? "security.delegate_bpf.cmd_types" : "security.bpffs.delegate_cmds";
  expect(readDelegations(`{ "${key}": { "type": "string" } }`, dialect)).toEqual([]);
  expect(readDelegations(`{ "${key}": "prog_load" }`, dialect)).toHaveLength(1);
});
