// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { readProgram } from "../src/index.ts";

const c = (name: string, value: string): string =>
  `\tfsconfig(fs, FSCONFIG_SET_STRING, "delegate_${name}", ${value}, 0);\n`;
const remarksIn = (text: string): readonly string[] =>
  readProgram(text).flatMap(({ remarks }) =>
    remarks.map(({ id, at, end }) => `${id} ${text.slice(at, end)}`),
  );

describe("calls of fsconfig()", () => {
  test.each([
    ["C", c("maps", '"hash:array"')],
    ["C, a wrapper", 'if (sys_fsconfig(fd, 1, "delegate_maps", "hash:array", 0) < 0)\n'],
    ["C, by number", 'syscall(__NR_fsconfig, fd, 1,\n\t"delegate_maps",\n\t"hash:array", 0);'],
    ["Go", 'err := unix.FsconfigSetString(fd, "delegate_maps", "hash:array")'],
    ["Go, raw", "unix.FsconfigSetString(fd, `delegate_maps`, `hash:array`)"],
    ["Rust", 'fsconfig_set_string(fs.as_fd(), "delegate_maps", "hash:array")?;'],
    [
      "Rust, libc",
      'libc::syscall(SYS_fsconfig, fd, 1, c"delegate_maps".as_ptr(), c"hash:array".as_ptr(), 0)',
    ],
    ["Python", "libc.syscall(SYS_fsconfig, fd, 1, b'delegate_maps', b'hash:array', 0)"],
  ])("in %s", (_, text) => {
    const [found, ...more] = readProgram(text);
    expect([found?.delegation, found?.remarks, more]).toEqual([
      ...[{ maps: ["hash", "array"] }, [], []],
    ]);
    const at = text.indexOf("hash");
    expect(found?.words.map((word) => word.at)).toEqual([at, at + 5]);
  });

  test("belong to one mount until a mask comes again", () => {
    const calls = c("cmds", '"map_create"') + c("maps", '"hash"') + c("cmds", '"prog_load"');
    expect(readProgram(calls).map(({ delegation }) => delegation)).toEqual([
      { cmds: ["map_create"], maps: ["hash"] },
      { cmds: ["prog_load"] },
    ]);
  });

  test.each([
    [c("cmds", '"map_create,prog_load"'), "separator map_create,prog_load"],
    [c("maps", '"BPF_MAP_TYPE_HASH"'), "full_name BPF_MAP_TYPE_HASH"],
    [c("maps", '"arrays"'), "unknown_name arrays"],
    [c("map", '"hash"'), "unknown_option delegate_map"],
    [c("maps", "maps"), "template delegate_maps"],
    [c("maps", '"0x%llx"'), "template delegate_maps"],
    [c("maps", '"hash:" MORE'), "template delegate_maps"],
    [c("maps", '"hash'), "template delegate_maps"],
    ['fsconfig(fs, 1, "delegate_maps"', "template delegate_maps"],
  ])("%j: %s", (text, expected) => {
    expect(remarksIn(text)).toEqual([expected]);
  });
});

test.each([
  'mount("bpf", "/b", "bpf", 0, "delegate_cmds=map_create,delegate_maps=hash")',
  'unix.Mount("bpf", "/b", "bpf", 0, "delegate_cmds=map_create,delegate_maps=hash")',
  'exec.Command("mount", "-t", "bpf", "-o", "delegate_cmds=map_create,delegate_maps=hash", "none", "/b")',
])("no token comes from %s", (text) => {
  expect(remarksIn(text)).toEqual(["host_mount map_create"]);
  expect(readProgram(text)[0]?.delegation).toEqual({ cmds: ["map_create"], maps: ["hash"] });
});

test.each([
  `// ${c("maps", '"arrays"')}`,
  `/* fsconfig(\n${c("maps", '"arrays"')} */`,
  `# ${c("maps", '"arrays"')}`,
  'case "delegate_cmds", "delegate_maps":',
  'static const char *keys[] = { "delegate_cmds", "nonsense" };',
  'expect(options).toBe("delegate_cmds=nonsense")',
  'umount("/b"); puts("delegate_cmds=nonsense")',
])("nothing is read of %j", (text) => {
  expect(readProgram(text)).toEqual([]);
});

describe("a comment", () => {
  const call = 'fsconfig(f, 1, "delegate_maps", "hash", 0);';
  const reads = (text: string): boolean => readProgram(text).length > 0;

  test.each([
    'puts("a // b"); ',
    'puts("a /* b"); ',
    'puts("a\\"bc // d"); ',
    'puts("a\\"b\\"cd /* e"); ',
    "c = '\"'; c = '//'; ",
    "c = '\\''; c = '/*'; ",
    'x = "a /* b\n',
    "a#b; ",
    "/* a */ ",
    "/* a\n // b */ ",
    "// a\n",
    "a / b; ",
  ])("does not start or stay in %j", (before) => expect(reads(before + call)).toBe(true));

  test.each([
    "c = '\"'; // ",
    "c = '\"\"'; // ",
    "s = 'a\"b'  # ",
    "c = '\\''; c = '\"'; // ",
    'puts("a"); // ',
    'puts("a\\"b"); // ',
    'puts("a\\\\"); // ',
    "/* ",
    "/* a\n * ",
    "/* a * / ",
    "\t# ",
    "a; # ",
    "//",
  ])("is after %j", (before) => expect(reads(before + call)).toBe(false));
});

describe("the order of fsopen() and fsconfig()", () => {
  const create = "\tfsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);\n";
  const inFunction = (...lines: readonly string[]): string =>
    `int f(void)\n{\n${lines.join("")}}\n`;
  const open = '\tfs = fsopen("bpf", 0);\n';
  const set = c("maps", '"hash"');

  test.each<[string, string, readonly string[]]>([
    ["a mask before the filesystem is created", inFunction(set, create), []],
    ["a mask after it", inFunction(create, set), ["late_option delegate_maps"]],
    ["a mask in the next function", inFunction(create) + inFunction(set), []],
    ["another filesystem after it", inFunction(create, open, set), ["host_mount fsopen"]],
    ["both by one process", inFunction(open, set, create), ["host_mount fsopen"]],
    ["both by two", inFunction(open, "\tif (fork() == 0)\n\t\t", set), []],
    ["both after another namespace", inFunction("\tunshare(CLONE_NEWUSER);\n", open, set), []],
    [
      "Go",
      'fd, err := unix.Fsopen("bpf", 0)\nunix.FsconfigSetString(fd, "delegate_maps", "hash")\n',
      ["host_mount Fsopen"],
    ],
  ])("%s", (_, text, wanted) => {
    expect(remarksIn(text)).toEqual(wanted);
  });
});

describe("one process that opens and configures", () => {
  const code = (between: string, opens = 'fs = fsopen("bpf", 0);'): string =>
    `int f(void)\n{\n\t${opens}\n\t${between};\n${c("maps", '"hash"')}}\n`;

  test.each([
    ...["fork()", "vfork()", "clone(f)", "clone3(&a, 8)", "setns(n, 0)", "unshare(0)"],
    ...["recvmsg(s, &m, 0)", "recv_fd(s)", "recvfd(s)", "flags = CLONE_NEWUSER", "Fork()"],
  ])("is two with %s", (between) => expect(remarksIn(code(between))).toEqual([]));

  test.each(["forked()", "myfork()", "clones(f)", "setns2(n)", "recv(s)", "CLONE_NEWUSERS"])(
    "is one with %s",
    (between) => expect(remarksIn(code(between))).toEqual(["host_mount fsopen"]),
  );

  test.each([
    ["fs_open(fs)", "fs_open"],
    ["unix.Fsopen (name)", "Fsopen"],
    ["FSOPEN(name)", "FSOPEN"],
  ])("opens with %s", (opens, word) => {
    expect(remarksIn(code("x", `${opens};`))).toEqual([`host_mount ${word}`]);
  });

  test.each(["xfsopen(name)", "fsopened(name)", "fsopen", "fs open(name)"])(
    "does not with %s",
    (opens) => {
      expect(remarksIn(code("x", `${opens};`))).toEqual([]);
    },
  );

  test("opens at most 4000 characters before it sets a mask", () => {
    const near = (count: number) => remarksIn(code(`/*${"-".repeat(count)}*/`)).length;
    expect([near(3800), near(4100)]).toEqual([1, 0]);
  });

  test.each(["CMD_CREATE", "unix.FsconfigCreate(fs)", "FSCONFIG_CMD_CREATE_EXCL"])(
    "has created the filesystem with %s",
    (creates) => {
      expect(remarksIn(`int f(void)\n{\n\t${creates};\n${c("maps", '"hash"')}}\n`)).toEqual([
        "late_option delegate_maps",
      ]);
    },
  );
});

describe("strings of mount options", () => {
  const delegations = (text: string) => readProgram(text).map(({ delegation }) => delegation);

  test.each<[string, string, readonly string[]]>([
    ["C", 'const char *o = "delegate_cmds=prog_load,map_create";', ["separator ,map_create"]],
    [
      "Rust",
      'let got = parse("delegate_maps=HASH:0x2,delegate_progs=xdp");',
      ["number_replaces 0x2"],
    ],
    [
      "Rust, two lines",
      'let o = "delegate_maps=hash,\\\n    delegate_progs=ANY";',
      ["unknown_name ANY"],
    ],
    ["Python", 'O = ["delegate_cmds=map_create: prog_load"]', ["unknown_name "]],
    [
      "C, mounted later",
      'char *o = "delegate_maps=hash";\nmount("bpf", path, "bpf", 0, o);',
      ["host_mount mount"],
    ],
    ["C, not mounted", 'char *o = "delegate_maps=hash";\nmount("bpf", path, "bpf", 0, x);', []],
    [
      "Go, joined and mounted",
      'opts := "delegate_maps=hash" +\n\t",delegate_progs=xdp"\nunix.Mount("bpf", p, "bpf", 0, opts)',
      ["host_mount Mount"],
    ],
  ])("%s", (_, text, wanted) => {
    expect(remarksIn(text)).toEqual(wanted);
  });

  test("that follow each other are one mount, until a mask comes again", () => {
    const text = 'a = "delegate_maps=hash," +\n "delegate_progs=xdp"; b = "delegate_maps=array";';
    expect(delegations(text)).toEqual([{ maps: ["hash"], progs: ["xdp"] }, { maps: ["array"] }]);
    const far = `a = "delegate_maps=hash";${" ".repeat(60)}b = "delegate_progs=xdp";`;
    expect(delegations(far)).toHaveLength(2);
  });

  test.each([
    'assert_eq!(parse("delegate_cmds=nonsense"), Err(EINVAL));',
    'printf("delegate_cmds=nonsense");',
    'char *o = "delegate_cmds=%s";',
    'let o = "delegate_cmds={}";',
    'let o = "delegate_cmds=$X";',
    'let o = "mode=0755,delegate_cmds=nonsense";',
    'o = "the option delegate_cmds=nonsense";',
  ])("nothing is read of %j", (text) => {
    expect(readProgram(text)).toEqual([]);
  });
});
