// SPDX-License-Identifier: MIT
// Valid inputs of targets, from which libFuzzer starts.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compileFixture } from "../../../../packages/object/test/compile.mjs";
import { root } from "../../../lib/run.mjs";
import { fixtures } from "../../object/lib/exercise.mjs";

/** Ends a file in an input of several files. */
const NEXT = "\x1e";

const textsIn = (folder, extension) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(extension))
    .map((name) => readFileSync(join(root, folder, name), "utf8"));

const MOUNTS = `22 1 8:1 / / rw - ext4 /dev/vda rw
67 47 0:40 / /sys/fs/bpf rw,nosuid - bpf none rw,delegate_cmds=map_create:prog_load,delegate_maps=0x2
68 47 0:41 / /a\\040b rw shared:1 - bpf none rw,delegate_cmds=any
`;
const STATUS = `Name:\tagent
Uid:\t1000\t1000\t1000\t1000
CapInh:\t0000000000000000
CapPrm:\t0000008000000000
CapEff:\t0000008000000000
CapBnd:\t000001ffffffffff
CapAmb:\t0000000000000000
NoNewPrivs:\t0
Seccomp:\t2
Seccomp_filters:\t1
`;
const CGROUP = "0::/kubepods.slice/pod1.slice/cri-containerd-0123456789ab.scope\n";
const LOCKDOWN = "none [integrity] confidentiality\n";

const facts = {
  ...{ schema: "bpf-token/facts@1", pid: 7, program: "agent", release: "6.18.44", uid: 0 },
  capabilities: {
    ...{ effective: "8000001000", permitted: "8000001000", inheritable: "0" },
    ...{ bounding: "1ffffffffff", ambient: "0" },
  },
  userns: { inode: 4026532177, initial: false },
  bpffs: [
    {
      ...{ path: "/sys/fs/bpf", device: "0:40", root: "/", onHost: false },
      delegates: { delegate_cmds: "map_create:prog_load", delegate_maps: "array" },
    },
  ],
  ...{ unprivilegedBpfDisabled: 2, perfEventParanoid: 2, seccomp: 2, noNewPrivileges: false },
  // ld nr; ret errno EPERM; ret allow.
  seccompFilters: { arch: "x64", filters: ["IAAAAAAAAAAVAAABQQEAAAYAAAABAAUABgAAAAAA/38="] },
  ...{ lsms: ["capability", "selinux"], lockdown: "none", btf: true, unknown: [] },
  manager: { kind: "systemd", name: "agent.service" },
};

const base64 = (...bytes) => Buffer.from(bytes).toString("base64");
const call = (name, args, result, memory = [], more = {}) => {
  return { type: "call", pid: 7, name, args, memory, result, ...more };
};
const RECORDING = [
  { schema: "bpf-token/trace@1", arch: "x64" },
  { type: "process", pid: 7, facts },
  call("fsopen", ["0x10", "0x0"], 4, [["0x10", Buffer.from("bpf\0").toString("base64")]]),
  call("bpf", ["0x24", "0x100", "0x8"], 5, [["0x100", base64(0, 0, 0, 0, 4, 0, 0, 0)]], {
    file: { kind: "token", fdinfo: "allowed_cmds:\t0x21\n" },
  }),
  call("bpf", ["0x0", "0x100", "0x10"], -1, [
    ["0x100", base64(1, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0)],
  ]),
  { type: "exit", pid: 7 },
];
const inLines = (values) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

const EPERM = "= -1 EPERM (Operation not permitted)";
const STRACE = [
  `bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) = 4`,
  `[pid 7] bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, map_flags=BPF_F_TOKEN_FD, map_token_fd=4}, 80) ${EPERM}`,
  `7 bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=2, insns=[{code=BPF_ALU64|BPF_K|BPF_MOV, dst_reg=BPF_REG_0}], license="GPL", log_buf="0: (b7) r0 = 0", prog_name="x"}, 148 <unfinished ...>`,
  `7 <... bpf resumed>) ${EPERM}`,
  `fsconfig(3, FSCONFIG_SET_STRING, "delegate_cmds", "any", 0) = 0`,
].join("\n");

const DIFF = [
  ...["diff --git a/kernel/bpf/token.c b/kernel/bpf/token.c", "--- a/kernel/bpf/token.c"],
  ...["+++ b/kernel/bpf/token.c", "@@ -1,3 +1,3 @@ int", " one", "-two", "+2", " three", ""],
].join("\n");

const HOOK = {
  config: {
    allow: { cmds: ["map_create", 5], maps: "any" },
    prefix: "bpf-token/",
    path: "/run/bpf",
    runtime: "/usr/bin/runc",
  },
  state: {
    ...{ ociVersion: "1.0.2", id: "a", status: "created", pid: 7, bundle: "/run/b" },
    annotations: {
      ...{ "bpf-token/delegate_cmds": "map_create", "bpf-token/delegate_maps": "0x2:hash" },
      ...{ "io.kubernetes.cri.container-name": "web" },
      ...{ "bpf-token/delegate_maps.container.web": "array" },
    },
  },
  bundle: {
    root: { path: "rootfs" },
    process: { capabilities: { bounding: ["CAP_BPF"] } },
    annotations: { "bpf-token/delegate_cmds": "map_create" },
    hooks: { createRuntime: [] },
  },
};

/** Where native/recorder.c puts the memory of the process. */
const MEMORY = 0x10000;

/** One call of the recorder's target, and the memory that it points to. */
function traced(number, result, args, memory) {
  const bytes = args.flatMap((arg) => (arg < MEMORY ? [arg >> 8, arg & 255] : [64, arg - MEMORY]));
  const call = [number, result, 0, ...bytes, ...Array(12 - bytes.length).fill(0)];
  const files = [
    STATUS,
    MOUNTS,
    "/bpf-token (deleted)",
    "mnt_id:\t67\nallowed_cmds:\t0x21\n",
    CGROUP,
  ];
  return Buffer.concat([Buffer.from([...files, ""].join(NEXT)), Buffer.from(call), memory]);
}

function tracedCalls() {
  const attr = new DataView(new ArrayBuffer(256 + 64));
  for (const [offset, value] of [
    ...[
      [0, 6],
      [4, 2],
      [8, MEMORY + 256],
      [16, MEMORY + 272],
      [28, 40],
      [32, MEMORY + 280],
    ],
    ...[
      [72, 3],
      [144, 5],
      [280, 0x6465],
      [272, 0x4c5047],
      [257, 0x51],
    ],
  ])
    attr.setUint32(offset, value, true);
  const message = new DataView(new ArrayBuffer(96));
  // The control message: 24 bytes, SOL_SOCKET, SCM_RIGHTS, and two descriptors.
  for (const [offset, value] of [
    ...[
      [32, MEMORY + 64],
      [40, 24],
      [64, 24],
      [72, 1],
      [76, 1],
      [80, 5],
      [84, 6],
    ],
  ])
    message.setUint32(offset, value, true);
  const path = Buffer.from("bpf\0/sys/fs/bpf\0");
  return [
    traced(0, 255, [5, MEMORY, 148], Buffer.from(attr.buffer)),
    traced(25, 4, [3, MEMORY], Buffer.from(message.buffer)),
    traced(15, 0, [MEMORY, MEMORY + 4, MEMORY, 0, 0], path),
    traced(3, 5, [0, MEMORY + 4, 0], path),
  ];
}

/** Functions, because compiling the objects takes a second. */
export const valid = {
  proc: () => [MOUNTS, STATUS, CGROUP, LOCKDOWN, "allowed_cmds:\t0x21\nallowed_maps:\tany\n"],
  settings: () => [
    ...["rw,delegate_cmds=map_create:prog_load,delegate_maps=0x2", "bpf,net_admin"],
    "[Service]\nPrivateBPF=yes\nBPFDelegateMaps=BPFMapTypeHash,BPFMapTypeArray\n",
    "security.delegate_bpf=true\nsecurity.delegate_bpf.cmd_types=map_create\n",
    "security.bpffs.path=/sys/fs/bpf\nsecurity.bpffs.delegate_progs=xdp,kprobe\n",
    '"bpf-token/delegate_maps.container.web": "hash"\nbpf-token/delegate_cmds: 0x21\n',
    "docker run --annotation=bpf-token/delegate_cmds=map_create x",
    ...[JSON.stringify(HOOK.config), "--delegate cmds=map_create,maps=array:hash"],
  ],
  explain: () =>
    textsIn("packages/diagnose/test/explain/cases", ".json").flatMap((text) =>
      JSON.parse(text).map((one) => one.text),
    ),
  recorded: () => [STRACE, inLines(RECORDING)],
  replay: () => [inLines(RECORDING)],
  report: () => [JSON.stringify(facts)],
  // Long ones would make the runs slow.
  scenarios: () =>
    textsIn("packages/conformance/scenarios", ".yaml").filter(({ length }) => length < 800),
  patch: () => [
    ...[DIFF, `Content-Transfer-Encoding: quoted-printable\n\n${DIFF.replace("2", "=32=\n")}`],
    DIFF.replaceAll(/^/gm, "> "),
  ],
  elf: () => fixtures.map(compileFixture).filter((file) => file !== undefined),
  hook: () => [
    Object.values(HOOK)
      .map((one) => JSON.stringify(one))
      .join(NEXT),
  ],
  collector: () => [
    [STATUS, MOUNTS, "user:[4026532177]", "user:[4026531837]", MOUNTS, MOUNTS].join(NEXT),
    [
      STATUS,
      MOUNTS,
      "user:[4026531837]",
      "",
      "",
      "",
      CGROUP,
      "capability,bpf\n",
      LOCKDOWN,
      ...["2\n", "-1\n", "\x03\x02"],
    ].join(NEXT),
  ],
  recorder: tracedCalls,
  ids: () => ["\0\0\0\0         0     100000      65536\n     65536     200000          1\n"],
};
