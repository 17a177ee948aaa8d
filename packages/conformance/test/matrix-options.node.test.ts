// SPDX-License-Identifier: MIT
import {
  bpf,
  fdinfo,
  type Kernel,
  mounts,
  raw,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { AT, enumMembers, FSCONFIG, MNT, MOVE_MOUNT, O } from "@bpf-token/uapi";
import { describe, test } from "vitest";
import { type Case, expectAgreement, type Known, show } from "./matrix-pair.ts";
import { whyNotNative } from "./require-native.ts";

/** A host and a container; the container has an id map that is not that of the host. */
interface Two {
  readonly host: Task;
  readonly app: Task;
}

function two(kernel: Kernel): Two {
  const host = kernel.init.fork();
  const app = host.fork();
  unshare(app, "user", "mnt");
  const extents = [
    { inside: 0, outside: 1000, count: 10 },
    { inside: 100, outside: 0, count: 1 },
  ];
  writeIdMaps(app, { uid: extents, gid: extents }, host);
  return { host, app };
}

/** An option: its name, its value, or null for the bare flag; several are set in turn. */
type Option = readonly [key: string, value: string | null];

/** Who opens the context, and who sets the options. */
const ways = {
  "host for app": { owner: "app", setter: "host" },
  app: { owner: "app", setter: "app" },
  host: { owner: "host", setter: "host" },
  "app for host": { owner: "host", setter: "app" },
} as const;
type Way = keyof typeof ways;

/** Everything that options do, as one text. */
function story(world: Two, way: Way, options: readonly Option[]): string {
  const { owner, setter } = ways[way];
  const open: [Task, number][] = [];
  const keep = (task: Task, fd: number): number => {
    if (fd >= 0) open.push([task, fd]);
    return fd;
  };
  const sent = (from: Task, fd: number, to: Task): number =>
    from === to ? fd : keep(to, from.sendFd(fd, to));
  const mine = world[owner];
  try {
    const context = keep(mine, raw.fsopen(mine, "bpf", 0));
    const told = [`fsopen ${show(context)}`];
    const set = sent(mine, context, world[setter]);
    for (const [key, value] of options) {
      const cmd = value === null ? FSCONFIG.SET_FLAG : FSCONFIG.SET_STRING;
      told.push(`set ${show(raw.fsconfig(world[setter], set, cmd, key, value, 0))}`);
    }
    const made = sent(mine, context, world.host);
    const create = raw.fsconfig(world.host, made, FSCONFIG.CMD_CREATE, null, null, 0);
    told.push(`create ${show(create)}`);
    if (create < 0) return told.join(", ");
    return [...told, ...mounted(mine, context, keep)].join(", ");
  } finally {
    for (const [task, fd] of open.reverse()) raw.close(task, fd);
  }
}

/** What is seen of the file system once it is mounted at /mnt, and of a token made from it. */
function mounted(task: Task, context: number, keep: (task: Task, fd: number) => number): string[] {
  const mount = keep(task, raw.fsmount(task, context, 0, 0));
  const root = keep(task, raw.openat(task, mount, ".", O.RDONLY | O.DIRECTORY, 0));
  const told = [`fsmount ${show(mount)}`, `open ${show(root)}`];
  const stat = new Uint8Array(144);
  const view = new DataView(stat.buffer);
  told.push(`fstat ${raw.fstat(task, root, stat)} mode ${view.getUint32(24, true).toString(8)}`);
  told.push(`uid ${view.getUint32(28, true)} gid ${view.getUint32(32, true)}`);
  const token = keep(task, bpf(task, "TOKEN_CREATE", { bpffs_fd: root }));
  told.push(`token ${show(token)}`);
  if (token >= 0) told.push(fdinfo(task, token).replace(/^(pos|flags|mnt_id|ino):.*\n/gm, ""));
  const moved = raw.move_mount(task, mount, "", AT.FDCWD, "/mnt", MOVE_MOUNT.F_EMPTY_PATH);
  told.push(`move ${show(moved)}`);
  const lines = mounts(task).split("\n");
  told.push(...lines.filter((line) => line.split(" ")[1] === "/mnt"));
  if (moved === 0) told.push(`umount ${show(raw.umount2(task, "/mnt", MNT.DETACH))}`);
  return told;
}

const ask = (way: Way, ...options: readonly Option[]): Case<Two> => ({
  label: `${way}: ${options.map(([key, value]) => (value === null ? key : `${key}=${JSON.stringify(value)}`)).join(" ")}`,
  ask: (world) => story(world, way, options),
});

const prefixes = { cmds: "BPF_", maps: "BPF_MAP_TYPE_", progs: "BPF_PROG_TYPE_", attachs: "BPF_" };
const enums = {
  cmds: "bpf_cmd",
  maps: "bpf_map_type",
  progs: "bpf_prog_type",
  attachs: "bpf_attach_type",
} as const;
type Group = keyof typeof enums;
const groups = Object.keys(enums) as Group[];

/** Numbers in every notation, and what is none. */
const numbers = [
  ..."0 1 2 00 010 0x10 0X10 0xAbC 0xABC +1 +0x1 +0 -1 -0 -0x1 0b1 0x 0X 0o7 08 09 0x1g 1u 1L 1e3 1.0".split(
    " ",
  ),
  ..."18446744073709551615 18446744073709551616 0xffffffffffffffff 0x10000000000000000".split(" "),
  ..."01777777777777777777777 02000000000000000000000 99999999999999999999999999999999".split(" "),
  ..."0x8000000000000000 0x3fffffffff 0x4000000000 0x3ffffffff 0x1ffffffff 0x3ffffffffffffff".split(
    " ",
  ),
  ..."0x7fffffffffffffff 9223372036854775808 4294967296 000000000000000000000000000001 ++1 +-1".split(
    " ",
  ),
  "0x00000000000000000000000000000001",
  "1\n",
  "1\n\n",
  "\n",
  "\n1",
  " 1",
  "1 ",
  "\t1",
  "1\r",
  "+",
  "-",
];

/** Words that are in no enumeration, and separators. */
const words = [
  "",
  "any",
  "ANY",
  "Any",
  "any ",
  "any\n",
  "any:",
  ":any",
  "any:any",
  ":",
  "::",
  "1:",
  ":1",
  "1::2",
  "any,any",
  "1,2",
  "1|2",
  "1;2",
  "unspec",
  "UNSPEC",
  "none",
  "all",
  "nonsense",
  "é",
  "x".repeat(255),
  "x".repeat(256),
  `${"1:".repeat(127)}1`,
  `${"1:".repeat(128)}1`,
  "any:0x4",
  "0x4:any",
  "0x2:0x4",
  "0x4:0",
  "any:0",
  "any:nonsense",
  "nonsense:any",
  "0:0",
  "1:-1",
  "1\n:2",
  "1:2\n",
];

/** The same for the names of one enumeration. */
function named(group: Group, names: readonly string[]): string[] {
  const [first = "", second = "", last = ""] = [names[1], names[2], names.at(-1)];
  const full = prefixes[group] + first;
  const bpf = [`BPF_${first}`, `bpf_${first.toLowerCase()}`, full, full.toLowerCase()];
  const mixed = first.toLowerCase().replace(/^./, (letter) => letter.toUpperCase());
  const joined = [
    `${first}:${second}`,
    `${second}:${first}`,
    `${first}:${first}`,
    `${first}:${last}`,
  ];
  const [one, other] = [first.toLowerCase(), second.toLowerCase()];
  return [
    ...bpf,
    mixed,
    ...joined,
    `${one} `,
    ` ${one}`,
    `${one}\n`,
    `${one}:`,
    `:${one}`,
    `${one}::${other}`,
    `${one},${other}`,
    `${one}|${other}`,
    `${one}:nonsense`,
    `nonsense:${one}`,
    `${one}:0x10`,
    `0x10:${one}`,
    `${one}:0x10:${other}`,
    `${one}:any`,
    `any:${one}`,
    `${one}:0`,
    `0x8000000000000000:${one}`,
    one.slice(0, -1),
    `${one}x`,
    `__MAX_BPF_${group.toUpperCase()}`,
    "__MAX_BPF_CMD",
    "__max_bpf_attach_type",
    "__MAX_BPF_MAP_TYPE",
    "max_bpf_prog_type",
  ];
}

/** Names of later kernels and of none, in every group. */
const foreign =
  "prog_assoc_struct_ops token_create prog_stream_read_by_fd map_create hash arena insn_array xdp netfilter trace_kprobe_session trace_uprobe_session trace_fsession prog_run prog_test_run cgroup_storage cgroup_storage_deprecated percpu_cgroup_storage percpu_cgroup_storage_deprecated cgrp_storage struct_ops tcx_ingress netkit_primary perf_event".split(
    " ",
  );

const owners = ["uid", "gid"].flatMap((key) =>
  "0 1 9 10 100 101 1000 1009 1010 65534 4294967294 4294967295 4294967296 -1 +1 0x1 010 08 a 1\n 1_0"
    .split(" ")
    .concat(["", " 1", "1 ", "1\n\n"])
    .map((value): Option => [key, value]),
);
const modes =
  "0 7 8 700 0700 00700 1777 2777 4755 7777 07777 17777 777777 100000 0x1ff 0x1c0 +755 -1 37777777777 40000000000 rwx"
    .split(" ")
    .concat(["", "755\n", " 755", "755 "])
    .map((value): Option => ["mode", value]);
const others: readonly Option[] = [
  ...["", "x", "none", "a b", "a\tb", "a\\b", "a#b", "a\nb", "é", "x".repeat(255)].map(
    (value): Option => ["source", value],
  ),
  ...["x".repeat(256), "dev,ice"].map((value): Option => ["source", value]),
  ...["ro", "rw", "sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand"].flatMap(
    (key): Option[] => [
      [key, null],
      [key, "x"],
      [key, ""],
    ],
  ),
  ...[
    "nosuid",
    "nodev",
    "noexec",
    "noatime",
    "posixacl",
    "silent",
    "remount",
    "size",
    "context",
    "iversion",
  ].flatMap((key): Option[] => [
    [key, null],
    [key, "1"],
  ]),
  ...[
    "",
    " ",
    "delegate",
    "delegate_cmd",
    "delegate_attach",
    "DELEGATE_CMDS",
    "Mode",
    "mode ",
    "k".repeat(255),
    "k".repeat(256),
  ].flatMap((key): Option[] => [
    [key, null],
    [key, "1"],
  ]),
  ...[
    "uid",
    "gid",
    "mode",
    "source",
    "delegate_cmds",
    "delegate_maps",
    "delegate_progs",
    "delegate_attachs",
  ].map((key): Option => [key, null]),
];

const sequences: readonly (readonly Option[])[] = [
  [
    ["source", "a"],
    ["source", "b"],
  ],
  [
    ["source", "a"],
    ["source", ""],
  ],
  [
    ["ro", null],
    ["rw", null],
  ],
  [
    ["rw", null],
    ["ro", null],
  ],
  [
    ["mode", "700"],
    ["mode", "bad"],
  ],
  [
    ["mode", "700"],
    ["mode", "755"],
  ],
  [
    ["uid", "1"],
    ["uid", "2"],
  ],
  [
    ["uid", "1"],
    ["gid", "2"],
    ["mode", "711"],
    ["delegate_progs", "xdp"],
    ["delegate_cmds", "any"],
  ],
  [
    ["delegate_cmds", "1"],
    ["delegate_cmds", "2"],
  ],
  [
    ["delegate_cmds", "1"],
    ["delegate_cmds", "0"],
  ],
  [
    ["delegate_cmds", "1"],
    ["delegate_cmds", "bad"],
  ],
  [
    ["delegate_cmds", "map_create"],
    ["delegate_cmds", "prog_load:nonsense"],
  ],
  [
    ["delegate_cmds", "0x8000000000000000"],
    ["delegate_cmds", "0x7fffffffffffffff"],
  ],
  [
    ["delegate_maps", "hash"],
    ["delegate_maps", "array"],
    ["delegate_maps", "0"],
  ],
  [
    ["delegate_attachs", "any"],
    ["delegate_maps", "any"],
    ["delegate_progs", "any"],
    ["delegate_cmds", "any"],
  ],
  [
    ["sync", null],
    ["dirsync", null],
    ["lazytime", null],
    ["mand", null],
    ["ro", null],
  ],
  [
    ["nonsense", "1"],
    ["nonsense", null],
    ["delegate_maps", "2"],
  ],
];

const known: readonly Known[] = [];
const why = whyNotNative();
if (why !== undefined) test("the running kernel", (context) => context.skip(why));

if (why === undefined)
  describe("mount options on model and running kernel", { timeout: 120_000 }, () => {
    test.each(groups)("delegate_%s", (group) => {
      const key = `delegate_${group}`;
      const names = enumMembers(enums[group], "6.18").map((member) => member.name);
      const values = [...new Set([...numbers, ...words, ...named(group, names), ...foreign])];
      const each = names.flatMap((name) => [
        ask("host for app", [key, name]),
        ask("host for app", [key, name.toLowerCase()]),
      ]);
      const cases = (Object.keys(ways) as Way[]).flatMap((way) =>
        values.map((value) => ask(way, [key, value])),
      );
      expectAgreement(`options: ${key}`, two, [...cases, ...each], known);
    });

    test("uid, gid, mode, source and others", () => {
      const cases = (Object.keys(ways) as Way[]).flatMap((way) => [
        ...[...owners, ...modes, ...others].map((option) => ask(way, option)),
        ...sequences.map((options) => ask(way, ...options)),
      ]);
      expectAgreement("options: uid, gid, mode, source, others", two, cases, known);
    });
  });
