// SPDX-License-Identifier: MIT
// Refused calls and the states of processes. Each differs from a neighbour in one thing that can decide.
import {
  AttachType,
  attrLayout,
  BpfCmd,
  type BpfCmdName,
  MapType,
  ProgType,
} from "@bpf-token/uapi";
import type { Facts, TraceEvent } from "../src/index.ts";
import { BPF, BPF_NET_ADMIN, bpffs, container, withCapabilities } from "./facts.ts";

export const PID = 4711;
const TOKEN_FD = 0x10000;
const EPERM = -1;
const EACCES = -13;
const EINVAL = -22;

export const call = (
  name: string,
  args: readonly unknown[],
  result: number,
  more: object = {},
): TraceEvent => ({ type: "call", pid: PID, name, args, result, ...more }) as TraceEvent;
export const bpf = (
  cmd: BpfCmdName,
  attr: object,
  result: number,
  more: object = {},
): TraceEvent => {
  const memory = attrLayout(cmd, "7.3").encode(attr);
  return call("bpf", [BpfCmd[cmd], memory, memory.bytes.length], result, more);
};

const sizes = { key_size: 4, value_size: 4, max_entries: 1 };
const map = (type: keyof typeof MapType, result: number, more: object = {}): TraceEvent =>
  bpf("MAP_CREATE", { map_type: MapType[type], ...sizes, ...more }, result);
const ofToken = { map_flags: TOKEN_FD, map_token_fd: 6 };
const insns = new Uint8Array([0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
const printing = new Uint8Array([0x85, 0, 0, 0, 6, 0, 0, 0, ...insns]);
const load = (
  type: keyof typeof ProgType,
  result: number,
  attr: object = {},
  more: object = {},
): TraceEvent =>
  bpf(
    "PROG_LOAD",
    {
      ...{ prog_type: ProgType[type], insns, insn_cnt: 2, license: "GPL", prog_name: "count" },
      ...attr,
    },
    result,
    more,
  );
const progToken = { prog_flags: TOKEN_FD, prog_token_fd: 6 };
const xdp = { ...progToken, expected_attach_type: AttachType.XDP };
const types = { btf: new Uint8Array(24), btf_size: 24 };
const path = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);

/** Calls after {@link withToken}: the token is 6, the BPF filesystem 5. */
export const refused: readonly TraceEvent[] = [
  ...(["HASH", "ARRAY", "PERF_EVENT_ARRAY", "DEVMAP", "LRU_HASH", "RINGBUF"] as const).flatMap(
    (type) => [map(type, EPERM), map(type, EPERM, ofToken)],
  ),
  map("HASH", EPERM, { map_token_fd: 6 }),
  map("HASH", EPERM, { map_token_fd: 5 }),
  map("HASH", EPERM, { map_token_fd: 77 }),
  map("HASH", EINVAL, { map_token_fd: 6 }),
  map("HASH", EPERM, { map_flags: TOKEN_FD, map_token_fd: 5 }),
  map("HASH", EINVAL, { map_flags: TOKEN_FD, map_token_fd: 5 }),
  map("HASH", -9, { map_flags: TOKEN_FD, map_token_fd: 77 }),
  map("ARRAY", EINVAL, { key_size: 5 }),
  map("ARRAY", EPERM, { ...ofToken, map_name: "libbpf_global" }),
  map("ARRAY", EPERM, { map_name: "libbpf_global" }),
  map("ARRAY", -7, ofToken),
  map("ARRAY", -12, ofToken),
  map("HASH", 9, ofToken),
  map("ARRAY", 9, ofToken),
  map("ARRAY", 9),
  map("STRUCT_OPS", -524, { btf_vmlinux_value_type_id: 1 }),
  map("STRUCT_OPS", EPERM, { btf_vmlinux_value_type_id: 1 }),
  ...(["XDP", "KPROBE", "SOCKET_FILTER", "SCHED_CLS", "TRACEPOINT", "SYSCALL"] as const).flatMap(
    (type) => [
      load(type, EPERM),
      load(type, EPERM, xdp),
      load(type, EPERM, { ...progToken, prog_name: "" }),
      load(type, EPERM, { prog_name: "" }),
    ],
  ),
  load("XDP", EPERM, { prog_token_fd: 6 }),
  load("SOCKET_FILTER", EPERM, { ...progToken, prog_name: "", insn_cnt: 6 }),
  load("SOCKET_FILTER", EPERM, { ...progToken, prog_name: "test", kern_version: 5 }),
  load("SOCKET_FILTER", EPERM, { ...progToken, prog_name: "libbpf_nametest" }),
  load("KPROBE", EPERM, { ...progToken, prog_name: "det_arg_ctx", line_info_cnt: 1 }),
  load("XDP", 9, xdp),
  load("XDP", 9, progToken),
  load("XDP", EACCES, xdp),
  load("XDP", EINVAL, xdp),
  load("XDP", -7, xdp),
  load("XDP", EINVAL, { ...xdp, insns: printing, insn_cnt: 3 }),
  load("XDP", EINVAL, { insns: printing, insn_cnt: 3 }),
  load("XDP", EINVAL, {
    ...xdp,
    insns: printing,
    insn_cnt: 3,
    func_info_cnt: 1,
    func_info_rec_size: 8,
    func_info: new Uint8Array(8),
    prog_btf_fd: 3,
  }),
  ...[
    "0: (85) call\nR1 leaks addr into map\nprocessed 3 insns\n",
    "unknown func bpf_probe_write_user#36\nprocessed 0 insns",
    "unknown func bpf_probe_read_kernel#113\nverification time 3 usec\nstack depth 0",
    "function calls to other bpf functions are allowed for CAP_BPF and CAP_SYS_ADMIN",
    "R1 !read_ok\0garbage\n",
    "processed 3 insns\npeak_states 0\n\n",
  ].flatMap((log) => [load("XDP", EACCES, xdp, { log }), load("XDP", EINVAL, {}, { log })]),
  bpf("BTF_LOAD", types, EPERM),
  bpf("BTF_LOAD", { ...types, btf_flags: TOKEN_FD, btf_token_fd: 6 }, EPERM),
  bpf("BTF_LOAD", { ...types, btf_token_fd: 6 }, EPERM),
  bpf("BTF_LOAD", types, EINVAL, { log: "magic: 0xeb9f\nType section is empty\n" }),
  bpf("BTF_GET_FD_BY_ID", { btf_id: 1 }, EPERM),
  bpf("BTF_GET_FD_BY_ID", { btf_id: 1, open_flags: TOKEN_FD, fd_by_id_token_fd: 6 }, EPERM),
  bpf("PROG_GET_FD_BY_ID", { prog_id: 1 }, EPERM),
  bpf("PROG_GET_NEXT_ID", { start_id: 0 }, EPERM),
  bpf("PROG_GET_NEXT_ID", { start_id: 0 }, -2),
  bpf("MAP_LOOKUP_ELEM", { map_fd: 9 }, -2),
  bpf("OBJ_GET", { pathname: path("/sys/fs/bpf/x") }, -2),
  bpf("OBJ_GET", { pathname: path("/sys/fs/bpf/x") }, EACCES),
  bpf("OBJ_PIN", { pathname: path("/sys/fs/bpf/x"), bpf_fd: 6 }, EACCES),
  bpf("OBJ_PIN", { pathname: path("/tmp/x"), bpf_fd: 6 }, EPERM),
  bpf("OBJ_PIN", { pathname: path("/sys/fs/bpf"), bpf_fd: 6 }, EPERM),
  bpf("OBJ_PIN", { pathname: path("relative"), bpf_fd: 6 }, EPERM),
  bpf("OBJ_PIN", { pathname: path("/tmp/x"), bpf_fd: 6 }, EINVAL),
  bpf("LINK_CREATE", { prog_fd: 77, target_fd: 78 }, EPERM),
  bpf("LINK_CREATE", { prog_fd: 77, target_fd: 78 }, EINVAL),
  bpf("LINK_CREATE", { prog_fd: 77, target_fd: 0xffffffff }, -9),
  bpf("PROG_ATTACH", { attach_bpf_fd: 77, target_fd: 78, attach_type: 6 }, EPERM),
  bpf("PROG_QUERY", { target_fd: 78, attach_type: 6 }, EPERM),
  bpf("RAW_TRACEPOINT_OPEN", { prog_fd: 77 }, EPERM),
  bpf("TOKEN_CREATE", { bpffs_fd: 5 }, EPERM),
  bpf("TOKEN_CREATE", { bpffs_fd: 5 }, -2),
  bpf("TOKEN_CREATE", { bpffs_fd: 5 }, -95),
  bpf("TOKEN_CREATE", { bpffs_fd: 5 }, EINVAL),
  bpf("TOKEN_CREATE", { bpffs_fd: 77 }, EPERM),
  bpf("TOKEN_CREATE", { bpffs_fd: 5, flags: 1 }, EINVAL),
  map("HASH", EPERM, ofToken),
  call("bpf", [99, null, 0], EINVAL),
  call("bpf", [99, null, 0], EPERM),
  ...[true, false].map((seccomp) =>
    bpf("MAP_CREATE", { map_type: 2, ...sizes, ...ofToken }, EPERM, { seccomp }),
  ),
  bpf("MAP_CREATE", { map_type: 2, ...sizes }, -38, { seccomp: true, incomplete: "it is cut" }),
  bpf("MAP_CREATE", { map_type: 2, ...sizes }, EPERM, { incomplete: "it is cut" }),
  call("fsopen", ["bpf", 0], EPERM),
  call("fsopen", ["bpf", 0], -38),
  call("unshare", [0x10000000], EPERM),
  call("unshare", [0x10000000], -28),
  call("mount", ["none", "/mnt", "bpf", 0, null], EPERM),
  call("mount", ["none", "/mnt", "tmpfs", 0, null], EPERM),
  call("openat", [-100, "/sys/fs/bpf", 0], EPERM),
  call("capset", [null, null], EPERM),
];

const opened = call("openat", [-100, "/sys/fs/bpf", 0x10000], 5, {
  file: { kind: "bpffs", device: bpffs.device, root: true },
});
/** A process opens the BPF filesystem as fd 5, and creates the token 6 if the facts permit it. */
export const withToken = (facts: Facts, made: number): readonly TraceEvent[] => [
  { type: "process", pid: PID, facts },
  opened,
  bpf("TOKEN_CREATE", { bpffs_fd: 5 }, made),
];

const initial = { inode: 4026531837, initial: true };
const masks = (delegates: Readonly<Record<string, string>>): Partial<Facts> => ({
  bpffs: [{ ...bpffs, delegates }],
});
const any = {
  ...{ delegate_cmds: "any", delegate_maps: "any" },
  ...{ delegate_progs: "any", delegate_attachs: "any" },
};
/** The states, and what the kernel answered to TOKEN_CREATE. */
export const states: Readonly<Record<string, readonly [Facts, number]>> = {
  "a container": [container({ manager: { kind: "systemd", name: "agent.service" } }), 6],
  "a container that delegates all": [container(masks(any)), 6],
  "a container without CAP_NET_ADMIN": [
    withCapabilities(BPF, { ...masks(any), seccomp: 2, lockdown: "integrity" }),
    6,
  ],
  "a container without delegation": [
    container({ ...masks({}), lsms: ["selinux", "apparmor", "bpf"], lockdown: "confidentiality" }),
    -2,
  ],
  "a container that delegates only commands": [
    container({ ...masks({ delegate_cmds: "map_create" }), lockdown: "none" }),
    6,
  ],
  "a container without CAP_BPF": [
    withCapabilities("0", { bpffs: [{ ...bpffs, path: "/run/bpf" }], uid: 1000 }),
    -1,
  ],
  "a container with the BPF filesystem of the host": [
    container({ bpffs: [{ ...bpffs, onHost: true }] }),
    -1,
  ],
  "root of the host": [withCapabilities("1ffffffffff", { userns: initial, seccomp: 2 }), -95],
  "a user of the host": [
    withCapabilities("0", { userns: initial, unprivilegedBpfDisabled: 0, bpffs: [] }),
    -95,
  ],
  "CAP_BPF on the host": [withCapabilities(BPF_NET_ADMIN, { userns: initial }), -95],
};
