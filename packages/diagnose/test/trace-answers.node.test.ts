// SPDX-License-Identifier: MIT
// Sequences of calls: what the model answers to each, and the findings. A neighbour differs in one call.
// `npx vitest run --project node FILE -u` writes the file; read its difference.
import { BAD_ADDRESS, CLONE, F, FsconfigCmd, O, PR } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import {
  type Attempt,
  CallReplay,
  type Facts,
  judgeAnswer,
  type TracedFile,
  type TraceEvent,
} from "../src/index.ts";
import { BPF, bpffs, container, withCapabilities } from "./facts.ts";
import { grouped } from "./grouped.ts";
import { bpf, call, PID, refused } from "./replay-events.ts";

const initial = { inode: 4026531837, initial: true };
const root = withCapabilities("1ffffffffff", { userns: initial });
const state = (facts = container(), pid = PID): TraceEvent => ({ type: "process", pid, facts });
const as = (pid: number, event: TraceEvent): TraceEvent => ({ ...event, pid });
const file = (fd: number, one: TracedFile): TraceEvent => ({
  type: "file",
  pid: PID,
  fd,
  file: one,
});
const exit: TraceEvent = { type: "exit", pid: PID };

const directory = { kind: "bpffs", device: bpffs.device, root: true } as const;
const opened = call("openat", [-100, "/sys/fs/bpf", O.DIRECTORY], 5, { file: directory });
const token = (fd = 5, result = 6): TraceEvent => bpf("TOKEN_CREATE", { bpffs_fd: fd }, result);
const map = (fd: number, result: number, more: object = {}): TraceEvent =>
  bpf(
    "MAP_CREATE",
    {
      ...{ map_type: 2, key_size: 4, value_size: 4, max_entries: 1 },
      ...{ map_flags: 0x10000, map_token_fd: fd, ...more },
    },
    result,
  );
const hash = (fd: number): TraceEvent => map(fd, -1, { map_type: 1 });
const returning = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
const load = (result: number, more: object = {}): TraceEvent =>
  bpf(
    "PROG_LOAD",
    {
      ...{ prog_type: 6, expected_attach_type: 37, insns: returning, insn_cnt: 2 },
      ...{ license: "GPL", prog_name: "count", prog_flags: 0x10000, prog_token_fd: 6, ...more },
    },
    result,
  );
/** r1 = a map or its value; exit. */
const withMap = (kind: number, fd: number): Uint8Array => {
  const bytes = new Uint8Array(32);
  bytes.set([0x18, (kind << 4) | 1]);
  new DataView(bytes.buffer).setInt32(4, fd, true);
  bytes.set(returning, 16);
  return bytes;
};
const reading = (kind: number, fd: number, result: number, more: object = {}): TraceEvent =>
  load(result, { insns: withMap(kind, fd), insn_cnt: 4, ...more });
const start: readonly TraceEvent[] = [state(), opened, token()];

const close = (fd: number, result = 0): TraceEvent => call("close", [fd], result);
const fcntl = (fd: number, request: number, result: number, third = 0): TraceEvent =>
  call("fcntl", [fd, request, third], result);
const exec = call("execve", ["/bin/x", null, null], 0);
const failedExec = call("execve", ["/bin/x", null, null], -2);
const cloned = (flags: number, result = 2, name = "clone"): TraceEvent =>
  call(name, [flags], result);
const sent = (fds: readonly number[], result = 1): TraceEvent =>
  call("sendmsg", [3, null, 0], result, { fds });
const received = (fds: readonly number[], result = 1): TraceEvent =>
  call("recvmsg", [3, null, 0], result, { fds });

const option = (name: string, value: string, fd = 7, result = 0): TraceEvent =>
  call("fsconfig", [fd, FsconfigCmd.SET_STRING, name, value, 0], result);
const created = (fd = 7, result = 0): TraceEvent =>
  call("fsconfig", [fd, FsconfigCmd.CMD_CREATE, null, null, 0], result);
const staged = (result = 8, more: object = {}): readonly TraceEvent[] => [
  state(root),
  call("fsopen", ["bpf", 0], 7),
  option("delegate_cmds", "any"),
  option("delegate_maps", "array"),
  created(),
  call("fsmount", [7, 0, 0], result, more),
];
const moved = (to: string, result = 0): TraceEvent =>
  call("move_mount", [8, "", -100, to, 4], result);
const openedAt = (path: string, result = 9, more: object = {}): TraceEvent =>
  call("openat", [-100, path, O.DIRECTORY], result, more);
const mounted = (data: string, result = 0, type = "bpf"): TraceEvent =>
  call("mount", ["none", "/mnt/bpf", type, 0, data], result);
const newUser = call("unshare", [CLONE.NEWUSER | CLONE.NEWNS], 0);

const noDelegation = container({ bpffs: [{ ...bpffs, delegates: {} }] });
const info = "allowed_cmds:\t0x1\nallowed_maps:\t0x4\nallowed_progs:\t0x0\nallowed_attachs:\t0x0";
const ofHost = container({ bpffs: [{ ...bpffs, onHost: true }] });
const anArray = "map_type:\t2\nkey_size:\t4\nvalue_size:\t4\nmax_entries:\t1\nmap_flags:\t0x0";

const traces: Readonly<Record<string, readonly TraceEvent[]>> = {
  "no state": [token(), close(3), map(6, -1)],
  "an exit before a state": [exit, file(5, directory), map(6, -1)],
  "a token and its maps": [...start, map(6, 7), hash(6)],
  "a token from a descriptor that the trace describes": [
    state(),
    file(5, directory),
    token(),
    hash(6),
  ],
  "a token from a part": [state(), file(5, { ...directory, root: false }), token(5, -22), hash(6)],
  "a token from an unknown filesystem": [
    state(),
    file(5, { ...directory, device: "9:9" }),
    token(5, -1),
  ],
  "a token from another file": [state(), file(5, { kind: "other" }), token(5, -22)],
  "a token from a closed file": [state(), file(5, { kind: "closed" }), token(5, -9)],
  "a token from a file that is closed now": [...start, file(6, { kind: "closed" }), map(6, -9)],
  "a known file again": [...start, file(6, { kind: "token", fdinfo: info }), map(6, 7), hash(6)],
  "another file of the number": [...start, file(6, { kind: "map", fdinfo: anArray }), map(6, -22)],
  "a token that the trace describes": [
    state(),
    file(6, { kind: "token", fdinfo: info }),
    map(6, 7),
    hash(6),
  ],
  "a token on the host that the trace describes": [
    ...[state(root), file(6, { kind: "token", fdinfo: info }), map(6, -1)],
  ],
  "a token after the exit": [...start, exit, map(6, -1)],

  "a closed token": [...start, close(6), map(6, -9)],
  "a token that was not closed": [...start, close(6, -9), map(6, 7), hash(6)],
  "a closed range": [...start, call("close_range", [6, 9, 0], 0), map(6, -9)],
  "a closed range up to the token": [...start, call("close_range", [3, 6, 0], 0), map(6, -9)],
  "a closed range before the token": [...start, call("close_range", [3, 5, 0], 0), hash(6)],
  "a closed range after the token": [...start, call("close_range", [7, 99, 0], 0), hash(6)],
  "a range that was not closed": [...start, call("close_range", [6, 9, 0], -22), hash(6)],
  "a range that exec closes": [
    ...start,
    call("close_range", [6, 9, 4], 0),
    hash(6),
    exec,
    map(6, -9),
  ],

  "a copied token": [...start, call("dup", [6], 20), hash(20), close(6), hash(20)],
  "a token that was not copied": [...start, call("dup", [6], -24), map(20, -9)],
  "a copy in the place of another": [...start, call("dup2", [5, 6], 6), token(6, 20), hash(20)],
  "a copy onto itself": [...start, call("dup2", [6, 6], 6), hash(6)],
  "a copy that exec closes": [
    ...start,
    call("dup3", [6, 20, O.CLOEXEC], 20),
    hash(20),
    exec,
    map(20, -9),
  ],
  "a copy that exec keeps": [...start, call("dup3", [6, 20, 0], 20), exec, hash(20), map(6, -9)],
  "a copy by fcntl": [...start, fcntl(6, F.DUPFD, 20), exec, hash(20)],
  "a copy by fcntl that exec closes": [
    ...start,
    fcntl(6, F.DUPFD_CLOEXEC, 20),
    hash(20),
    exec,
    map(20, -9),
  ],
  "a token that exec keeps": [...start, fcntl(6, F.SETFD, 0, 0), exec, hash(6)],
  "a token that exec closes again": [
    ...start,
    fcntl(6, F.SETFD, 0, 0),
    fcntl(6, F.SETFD, 0, 1),
    exec,
    map(6, -9),
  ],
  "another request of fcntl": [...start, fcntl(6, 3, 20), map(20, -9), hash(6)],
  "a copy of an unknown file": [...start, call("dup", [99], 6), map(6, -22)],
  "an exec that failed": [...start, failedExec, hash(6)],
  "a program that execveat() executes": [
    ...start,
    call("execveat", [3, "", null, null, 0], 0),
    map(6, -9),
  ],

  "a child": [
    ...start,
    cloned(0),
    state(container({ pid: 2 }), 2),
    as(2, hash(6)),
    as(2, close(6)),
    hash(6),
  ],
  "a child without a state": [...start, cloned(17), as(2, hash(6))],
  "a child of fork": [...start, call("fork", [], 2), as(2, hash(6))],
  "a child of vfork": [...start, call("vfork", [], 2), as(2, hash(6))],
  "a child of clone3": [...start, call("clone3", [null, 88], 2), as(2, hash(6))],
  "the child's own answer": [...start, cloned(0, 0), hash(6)],
  "a thread": [...start, cloned(0x10000), as(2, hash(6))],
  "a child that shares files": [state(), cloned(0x400), opened, token(), as(2, hash(6))],
  "a child that shared files until it executed": [
    ...[state(), cloned(0x400), as(2, exec), opened, token(), as(2, map(6, -9))],
  ],
  "a child whose parent executed": [
    state(),
    cloned(0x400),
    exec,
    opened,
    token(),
    as(2, map(6, -9)),
  ],
  "a child without the files of its parent": [
    state(),
    cloned(0),
    opened,
    token(),
    as(2, map(6, -9)),
  ],
  "a child in a user namespace of its own": [
    ...[state(root), cloned(CLONE.NEWUSER), as(2, call("fsopen", ["bpf", 0], 7))],
    ...[as(2, option("delegate_cmds", "any", 7, -1)), state(container({ pid: 2, bpffs: [] }), 2)],
    as(2, map(6, -1)),
  ],

  "a sent token": [
    ...start,
    state(container({ pid: 2 }), 2),
    sent([6]),
    as(2, received([30])),
    as(2, hash(30)),
  ],
  "two sent files": [
    ...[...start, state(container({ pid: 2 }), 2), sent([5, 6]), as(2, received([30, 31]))],
    ...[as(2, hash(31)), as(2, token(30, 32)), as(2, hash(32))],
  ],
  "messages of other lengths": [
    ...[...start, state(container({ pid: 2 }), 2), sent([5, 6]), sent([6]), as(2, received([30]))],
    as(2, hash(30)),
  ],
  "a message that nobody sent": [...start, received([30]), map(30, -1)],
  "a message that was not sent": [...start, sent([6], -11), received([30]), map(30, -1)],
  "a message that was not received": [
    ...start,
    sent([6]),
    received([30], -11),
    map(30, -9),
    received([31]),
    hash(31),
  ],
  "a message without files": [
    ...start,
    sent([]),
    sent([6]),
    received([]),
    received([30]),
    hash(30),
  ],
  "an unknown file in a message": [...start, sent([99]), received([30]), map(30, -1)],
  "more messages than are kept": [
    ...[...start, ...Array.from({ length: 257 }, () => sent([6])), received([30]), hash(30)],
  ],
  "a message after too many unknown ones": [
    ...[...start, ...Array.from({ length: 256 }, () => sent([99])), sent([6])],
    ...Array.from({ length: 256 }, (_, i) => received([40 + i])),
    ...[hash(295), map(294, -1)],
  ],

  "a mounted filesystem": [...staged(), moved("/mnt/x"), openedAt("/mnt/x"), token(9, -95)],
  "a mounted filesystem with a device": [
    ...staged(8, { file: { kind: "bpffs", device: "0:77", root: true } }),
    ...[
      moved("/mnt/x"),
      openedAt("/mnt/x", 9, { file: { ...directory, device: "0:77" } }),
      token(9, -95),
    ],
  ],
  "a filesystem at another path": [...staged(), moved("/mnt/x"), openedAt("/mnt/y"), token(9, -95)],
  "a filesystem with a slash": [...staged(), moved("/mnt/x"), openedAt("/mnt/x/"), token(9, -95)],
  "a filesystem that was not moved": [
    ...staged(),
    moved("/mnt/x", -1),
    openedAt("/mnt/x"),
    token(9, -95),
  ],
  "a filesystem at no path": [...staged(), moved(""), openedAt(""), token(9, -95)],
  "a filesystem that was not opened": [
    ...staged(),
    moved("/mnt/x"),
    openedAt("/mnt/x", -2),
    token(9, -9),
  ],
  "a filesystem that was not mounted": [
    ...staged(-1),
    moved("/mnt/x"),
    openedAt("/mnt/x"),
    token(9, -95),
  ],
  "the mount itself": [...staged(), token(8, -95)],
  "a directory of the mount": [
    ...staged(),
    call("openat", [8, ".", O.DIRECTORY], 9),
    token(9, -95),
  ],
  "a directory that is not in the mount": [
    ...staged(),
    call("openat", [8, "x", O.DIRECTORY], 9),
    token(9, -95),
  ],
  "open in the place of openat": [
    ...[...staged(), moved("/mnt/x"), call("open", ["/mnt/x", O.DIRECTORY], 9), token(9, -95)],
  ],
  openat2: [
    ...staged(),
    moved("/mnt/x"),
    call("openat2", [-100, "/mnt/x", null, 24], 9),
    token(9, -95),
  ],
  "a filesystem that the report describes": [state(), openedAt("/sys/fs/bpf"), token(9), hash(6)],
  "a part that the report describes": [
    ...[
      state(container({ bpffs: [{ ...bpffs, root: "/x" }] })),
      openedAt("/sys/fs/bpf"),
      token(9, -22),
    ],
  ],
  "a path that the report lacks": [state(), openedAt("/run/bpf"), token(9, -1)],
  "a file that takes the number of another": [...start, openedAt("/etc/passwd", 6), map(6, -22)],
  "a filesystem of the host": [state(ofHost), opened, token(5, -1)],
  "a filesystem without delegation": [state(noDelegation), opened, token(5, -2)],
  "a refused option": [
    state(),
    call("fsopen", ["bpf", 0], 7),
    option("delegate_cmds", "any", 7, -1),
  ],
  "an unknown option": [
    state(root),
    call("fsopen", ["bpf", 0], 7),
    option("delegate_x", "any", 7, -22),
  ],
  "an option of an unknown file": [state(root), option("delegate_cmds", "any", 99, -9)],
  "a path as an option": [
    ...[state(root), call("fsopen", ["bpf", 0], 7)],
    call("fsconfig", [7, FsconfigCmd.SET_PATH, "source", "x", 99], -9),
  ],
  "a descriptor as an option": [
    ...[state(root), call("fsopen", ["bpf", 0], 7)],
    call("fsconfig", [7, FsconfigCmd.SET_FD, "source", null, 7], -22),
  ],
  fspick: [
    ...staged(),
    call("fspick", [8, "", 8], 10),
    option("delegate_progs", "any", 10),
    token(8, -95),
  ],
  "fspick that was refused": [state(), call("fspick", [-100, "/sys/fs/bpf", 0], -1), map(6, -9)],
  "mount(2)": [
    state(root),
    mounted("delegate_cmds=any,delegate_maps=array"),
    openedAt("/mnt/bpf"),
    token(9, -95),
  ],
  "mount(2) without delegation": [
    state(root),
    mounted("mode=0700"),
    openedAt("/mnt/bpf"),
    token(9, -95),
  ],
  "mount(2) that was refused": [
    state(),
    mounted("delegate_cmds=any", -1),
    openedAt("/mnt/bpf"),
    token(9, -1),
  ],
  "mount(2) of another type": [
    state(root),
    mounted("", 0, "tmpfs"),
    openedAt("/mnt/bpf"),
    token(9, -22),
  ],

  "a new user namespace": [
    state(root),
    newUser,
    call("fsopen", ["bpf", 0], 7),
    created(7, 0),
    map(6, -1),
  ],
  "a new user namespace that was refused": [
    state(root),
    call("unshare", [CLONE.NEWUSER], -28),
    map(6, -1),
  ],
  "other parts of unshare": [state(root), call("unshare", [0x400], 0), map(6, -9)],
  "a new user namespace with a state": [
    ...[state(root), newUser, state(container({ bpffs: [] })), map(6, -1)],
  ],
  "the filesystem of a new user namespace": [
    ...[
      state(root),
      newUser,
      call("fsopen", ["bpf", 0], 7),
      created(),
      call("fsmount", [7, 0, 0], 8),
    ],
    ...[moved("/mnt/x"), state(container({ bpffs: [] })), openedAt("/mnt/x"), token(9, -2)],
  ],
  "fewer capabilities": [...start, state(withCapabilities("0")), hash(6), token(5, -1)],
  "more capabilities again": [
    state(withCapabilities("0")),
    opened,
    token(5, -1),
    state(),
    token(),
    hash(6),
  ],
  "another user namespace": [
    ...start,
    state(container({ userns: { inode: 5, initial: false } })),
    map(6, -1),
  ],
  "a dropped capability": [state(root), call("prctl", [PR.CAPBSET_DROP, 39], 0), map(6, -1)],
  "another prctl": [state(root), call("prctl", [38, 1], 0), map(6, -1)],

  "a program with a map": [...start, map(6, 7), reading(1, 7, -13), reading(2, 7, -13)],
  "a program with an unknown map": [
    ...start,
    reading(1, 99, -9),
    reading(2, 99, -9),
    reading(3, 99, -22),
  ],
  "a program with a list of maps": [
    ...[...start, map(6, 7)],
    reading(5, 0, -13, { fd_array: new Uint8Array(Int32Array.of(7, 99).buffer) }),
  ],
  "a program that asks for a log": [
    ...start,
    load(-13, { log_level: 1, log_size: 64, log_buf: new Uint8Array(64) }),
  ],
  "a program with a log of no size": [
    ...start,
    load(-22, { log_level: 1, log_size: 0, log_buf: new Uint8Array(64) }),
  ],
  "a program with a log of no level": [
    ...start,
    load(-22, { log_level: 0, log_size: 64, log_buf: new Uint8Array(64) }),
  ],
  "a program without a log buffer": [...start, load(-22, { log_level: 1, log_size: 64 })],
  "types that ask for a log": [
    ...start,
    bpf(
      "BTF_LOAD",
      {
        btf: new Uint8Array(24),
        btf_size: 24,
        btf_log_level: 1,
        btf_log_size: 64,
        btf_log_buf: new Uint8Array(64),
      },
      -22,
    ),
  ],
  "a program that the model does not load": [
    ...[...start, load(20, { prog_type: 29, expected_attach_type: 27, attach_btf_id: 5 })],
    bpf("OBJ_PIN", { pathname: new TextEncoder().encode("/tmp/x\0"), bpf_fd: 20 }, -1),
  ],
  "a map that the model does not create": [
    ...[...start, map(6, 20, { map_type: 26, btf_vmlinux_value_type_id: 9 })],
    reading(1, 20, -13),
  ],
  "a map that only the model creates": [...start, map(6, -12), map(6, 7), reading(1, 7, -13)],
  "a map of maps": [
    ...[...start, map(6, 7), map(6, 8, { map_type: 12, inner_map_fd: 7 })],
    map(6, -9, { map_type: 12, inner_map_fd: 99 }),
  ],
  "files of other kinds": [
    ...[state(), file(7, { kind: "map", fdinfo: anArray }), reading(1, 7, -13, { prog_flags: 0 })],
    ...[file(8, { kind: "prog" }), bpf("PROG_ATTACH", { attach_bpf_fd: 8, target_fd: 9 }, -1)],
    ...[
      file(9, { kind: "btf" }),
      file(10, { kind: "link" }),
      map(0, -9, { map_flags: 0, btf_fd: 9 }),
    ],
    ...[
      file(11, { kind: "map" }),
      reading(1, 11, -9),
      map(0, -1, { map_flags: 0, map_type: 12, inner_map_fd: 10 }),
    ],
  ],
  "a target that the trace lacks": [
    ...[state(withCapabilities(BPF, { userns: initial })), file(8, { kind: "prog" })],
    bpf("PROG_ATTACH", { attach_bpf_fd: 8, target_fd: 9, attach_type: 6 }, -1),
    bpf("PROG_ATTACH", { attach_bpf_fd: 8, target_fd: 9, attach_type: 6 }, -22),
  ],
  "arguments without memory": [
    ...[...start, call("bpf", [0, BAD_ADDRESS, 72], -14), call("bpf", [0, null, 72], -14)],
    ...[
      call("bpf", [0, 5, 72], -14),
      call("fsopen", [BAD_ADDRESS, 0], -14),
      call("fsopen", [null, 0], -14),
    ],
  ],
  "five arguments": [...start, call("bpf", [0x10000, null, 0, null, 0], -14)],
  "a copy of a closed file": [
    ...[...start, file(6, { kind: "closed" }), call("dup", [6], 20), map(20, -9)],
  ],
  "a closed file in a message": [
    ...[...start, file(6, { kind: "closed" }), sent([6]), received([30]), map(30, -9)],
  ],
  "a child that shares a closed file": [
    ...[state(), cloned(0x400), file(6, { kind: "closed" }), as(2, map(6, -9))],
  ],
  "another user namespace, with a file that the model lacks": [
    ...[...start, file(9, { ...directory, device: "9:9" })],
    ...[state(container({ userns: { inode: 5, initial: false } })), token(9, -1)],
  ],
  "a token of a process that is gone": [...start, exit, file(6, directory), close(6), map(6, -1)],
  "another call before a state": [close(3), map(6, -1)],
  "a file of another kind that is opened": [
    ...[...start, openedAt("/etc/passwd", 6, { file: { kind: "other" } }), map(6, -22)],
  ],
  "pins that may not be opened": [
    ...["relative", "/sys/fs/bpf/x"].map((path) =>
      bpf("OBJ_GET", { pathname: new TextEncoder().encode(`${path}\0`) }, -13),
    ),
    ...[state(), bpf("OBJ_GET", { pathname: new TextEncoder().encode("relative\0") }, -13)],
  ],
  "a helper that lockdown may remove": [
    state(root),
    bpf("PROG_LOAD", { prog_type: 6, insns: returning, insn_cnt: 2, license: "GPL" }, -22, {
      log: "program of this type cannot use helper bpf_probe_read_kernel#113\n",
    }),
  ],
  "calls that create nothing": [
    ...[...start, map(6, 7), bpf("MAP_LOOKUP_ELEM", { map_fd: 7 }, 0)],
    ...[bpf("MAP_GET_NEXT_KEY", { map_fd: 7 }, 1), bpf("MAP_FREEZE", { map_fd: 99 }, 0)],
  ],
  "another user namespace, after a file was closed": [
    ...[...start, file(6, { kind: "closed" })],
    ...[state(container({ userns: { inode: 5, initial: false } })), map(6, -9), token(5, -1)],
  ],
};

function attemptText(attempt: Attempt): string {
  if (attempt.how !== "answered") return attempt.how === "failed" ? attempt.why : attempt.how;
  const { ret, refusal, decisions } = attempt.answer;
  return [ret, refusal?.check ?? "", ...decisions.map(({ check }) => check)].join(" ");
}

function play(events: readonly TraceEvent[], release?: "6.18" | "7.3", facts?: Facts): string {
  const lines: string[] = [];
  const replay = new CallReplay({
    ...(release && { release }),
    ...(facts && { facts }),
    onAnswer: (attempt, { name, result }) => {
      if (attempt.how !== "followed") lines.push(`${name} ${result}: ${attemptText(attempt)}`);
    },
  });
  try {
    for (const event of events) {
      for (const { id, severity, cause, index } of replay.add(event)) {
        lines.push(`  ${index} ${severity} ${id}: ${cause}`);
      }
    }
    for (const { severity, confidence, evidence, index } of replay.unattached()) {
      lines.push(`  unattached ${index} ${severity} ${confidence}: ${evidence.join("; ")}`);
    }
    return [`release ${replay.release}`, ...lines].join("\n");
  } finally {
    replay.close();
  }
}

test("sequences of calls", async () => {
  const answers = Object.entries(traces).map(([name, all]) => [`= ${name}`, play(all)] as const);
  await expect(grouped(answers)).toMatchFileSnapshot("./answers/traces.txt");
});

test("what the kernel itself recorded about a call", async () => {
  const answers: (readonly [string, string])[] = [];
  for (const events of [
    ...Object.values(traces).slice(2),
    ...refused.map((one) => [...start, one]),
  ]) {
    const replay = new CallReplay({
      onAnswer: (attempt, made) => {
        if (attempt.how !== "answered") return;
        const result = attempt.answer.ret;
        const place = { index: 7, release: "6.18" } as const;
        const found = judgeAnswer({ ...made, result }, attempt.answer, place);
        for (const { call: text, severity, id, index, evidence, fix, lacks } of found) {
          const more = JSON.stringify({ index, lacks, evidence, fix });
          answers.push([text, `${severity} ${id} ${more}`]);
        }
      },
    });
    for (const event of events) replay.add(event);
    replay.close();
  }
  const once = new Map(answers.map((one) => [one.join(), one]));
  await expect(grouped(once.values())).toMatchFileSnapshot("./answers/recorded-by-kernel.txt");
});

test("a state for processes that have none in the trace", async () => {
  const given = [container(), withCapabilities("0", { hostNetwork: true }), root];
  const some = Object.entries(traces).filter((_, i) => i % 3 === 0);
  const answers = some.flatMap(([name, events]) =>
    given.map((facts) => {
      const calls = events.filter(({ type }) => type !== "process");
      return [`= ${name}`, play(calls, undefined, facts)] as const;
    }),
  );
  await expect(grouped(answers)).toMatchFileSnapshot("./answers/traces-without-state.txt");
});

test("settings of the kernel in the first state", () => {
  const hashes = (more: object) =>
    play([state(container(more)), map(0, -1, { map_flags: 0, map_token_fd: 0 })]);
  expect(hashes({ unprivilegedBpfDisabled: 2 })).toContain("map.create.sysctl");
  expect(hashes({ unprivilegedBpfDisabled: 1 })).toContain("map.create.sysctl");
  expect(hashes({ unprivilegedBpfDisabled: 0 })).toContain("trace.disagreement");
  expect(hashes({ unprivilegedBpfDisabled: 3 })).toBe(
    hashes({ unprivilegedBpfDisabled: undefined }),
  );
});

test("another release than that of the first state", () => {
  const events = traces["five arguments"] ?? [];
  expect(play(events, "7.3").split("\n")[0]).toBe("release 7.3");
  expect(play([]).split("\n")[0]).toBe("release undefined");
});

test("loads that no bpf() call attaches", () => {
  const unattached = (...events: readonly TraceEvent[]): string =>
    play([state(container({ hostNetwork: true })), opened, token(), ...events])
      .split("\n")
      .filter((line) => line.startsWith("  unattached"))
      .join();
  const link = bpf("LINK_CREATE", { prog_fd: 9, target_fd: 2 }, 10);
  expect(unattached(load(9))).toMatch(/^ {2}unattached 2 error likely: .*that of the host$/);
  expect(unattached(load(9), link)).toBe("");
  expect(unattached(load(9), { ...link, result: -1 } as TraceEvent)).not.toBe("");
  expect(unattached(load(9), link, load(11))).toMatch(/unattached 4 /);
  expect(unattached(load(9, { prog_type: 2 }))).toBe("");
  expect(unattached(load(-1))).toBe("");
  const open = [state(), opened, token(), load(9)];
  expect(play(open)).toMatch(/unattached 2 warning possible/);
  const own = [state(container({ hostNetwork: false })), opened, token(), load(9)];
  expect(play(own)).not.toContain("unattached");
  expect(play([state(root), load(9, { prog_flags: 0, prog_token_fd: 0 })])).not.toContain(
    "unattached",
  );
});
