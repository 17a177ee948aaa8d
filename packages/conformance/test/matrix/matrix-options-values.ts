// SPDX-License-Identifier: MIT

/** An option: its name, and its value or null for a flag without a value. */
export type Option = readonly [key: string, value: string | null];

/** The prefix of the names of each enumeration. */
const prefixes = { cmds: "BPF_", maps: "BPF_MAP_TYPE_", progs: "BPF_PROG_TYPE_", attachs: "BPF_" };
/** The enumeration of each option. */
export const enums = {
  cmds: "bpf_cmd",
  maps: "bpf_map_type",
  progs: "bpf_prog_type",
  attachs: "bpf_attach_type",
} as const;
/** The name of a delegate option, without `delegate_`. */
export type Group = keyof typeof enums;

/** Numbers in every notation, and invalid numbers. */
export const numbers = [
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

/** Words of no enumeration, and separators. */
export const words = [
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

/** Valid and invalid combinations of names of one enumeration. */
export function named(group: Group, names: readonly string[]): string[] {
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

/** Names of later kernels and unknown names, for every option. */
export const foreign =
  "prog_assoc_struct_ops token_create prog_stream_read_by_fd map_create hash arena insn_array xdp netfilter trace_kprobe_session trace_uprobe_session trace_fsession prog_run prog_test_run cgroup_storage cgroup_storage_deprecated percpu_cgroup_storage percpu_cgroup_storage_deprecated cgrp_storage struct_ops tcx_ingress netkit_primary perf_event".split(
    " ",
  );

export const owners = ["uid", "gid"].flatMap((key) =>
  "0 1 9 10 100 101 1000 1009 1010 65534 4294967294 4294967295 4294967296 -1 +1 0x1 010 08 a 1\n 1_0"
    .split(" ")
    .concat(["", " 1", "1 ", "1\n\n"])
    .map((value): Option => [key, value]),
);
export const modes =
  "0 7 8 700 0700 00700 1777 2777 4755 7777 07777 17777 777777 100000 0x1ff 0x1c0 +755 -1 37777777777 40000000000 rwx"
    .split(" ")
    .concat(["", "755\n", " 755", "755 "])
    .map((value): Option => ["mode", value]);
export const others: readonly Option[] = [
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

export const sequences: readonly (readonly Option[])[] = [
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
