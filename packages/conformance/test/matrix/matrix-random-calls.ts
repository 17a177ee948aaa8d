// SPDX-License-Identifier: MIT
import { bpf, type Kernel, raw, type Task, unshare, writeIdMaps } from "@bpf-token/syscall";
import { AT, BPF_F, CLONE, FSCONFIG, MNT, MOVE_MOUNT, MS, O } from "@bpf-token/uapi";
import { tinyBtf } from "./matrix-pair.ts";
import { type Call, Drawer, type State, type Who } from "./matrix-random-draw.ts";

/** A call with its arguments, as text and as what it answered. */
export interface Made {
  readonly text: string;
  readonly ret: number;
}

/** Fresh tasks for one run, the first `steps` steps of a token's story done; the host's mounts are its own. */
export function begin(kernel: Kernel, steps: number): State {
  const host = kernel.init.fork();
  raw.unshare(host, CLONE.NEWNS);
  const app = host.fork();
  unshare(app, "user", "mnt");
  writeIdMaps(app, {}, host);
  const fds: State["fds"] = { host: [], app: [] };
  // The numbers that both kernels give in fresh tasks: checked by what is compared later.
  const at = { context: 3, hosts: 3, mount: 4, root: 5, token: 6 };
  const option = (key: string, value: string): number =>
    raw.fsconfig(host, at.hosts, FSCONFIG.SET_STRING, key, value, 0);
  const story: readonly (() => number)[] = [
    () => fds.app.push(raw.fsopen(app, "bpf", 0)),
    () => fds.host.push(app.sendFd(at.context, host)),
    () => option("delegate_cmds", "any"),
    () => option("delegate_maps", "hash:stack"),
    () => raw.fsconfig(host, at.hosts, FSCONFIG.CMD_CREATE, null, null, 0),
    () => fds.app.push(raw.fsmount(app, at.context, 0, 0)),
    () => fds.app.push(raw.openat(app, at.mount, ".", O.DIRECTORY, 0)),
    () => fds.app.push(bpf(app, "TOKEN_CREATE", { bpffs_fd: at.root })),
    () => raw.move_mount(app, at.mount, "", AT.FDCWD, "/mnt", MOVE_MOUNT.F_EMPTY_PATH),
    () => fds.host.push(app.sendFd(at.root, host), app.sendFd(at.token, host)),
  ];
  for (const step of story.slice(0, steps)) step();
  return { tasks: { host, app }, fds };
}

/** Ends them. */
export function end(state: State): void {
  state.tasks.app.close();
  state.tasks.host.close();
}

const types = ["bpf", "bpf", "bpf", "tmpfs", "proc", "nonsense", ""];
const keys =
  "delegate_cmds delegate_maps delegate_progs delegate_attachs source mode uid gid ro rw other".split(
    " ",
  );
const values = [
  null,
  "",
  "any",
  "0",
  "0x3",
  "hash",
  "xdp:0x40",
  "map_create:prog_load",
  "nonsense",
  "700",
  "100000",
];
const paths = ["", ".", "/", "/mnt", "/tmp", "/mnt/none", "/mnt/a", "/tmp/a", "/tmp/./a"];
const names = ["a", "b", "a.b", "/mnt/a", "/tmp/a", "/tmp/b", "/mnt/b"];

type Run = (task: Task, draw: Drawer, state: State, who: Who) => number;

const xdp = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
const withToken = [0, 0, BPF_F.TOKEN_FD, BPF_F.TOKEN_FD, BPF_F.TOKEN_FD];

/** Every kind of call; those that make descriptors are there more than once. */
const kinds: readonly (readonly [name: string, run: Run])[] = [
  ["fsopen", (task, d) => raw.fsopen(task, d.of(types), d.flags(0, 1, 2))],
  ["fsopen", (task, d) => raw.fsopen(task, "bpf", d.flags(0))],
  [
    "fsconfig",
    (task, d) =>
      raw.fsconfig(
        task,
        d.fd(),
        d.flags(1, 0, 2, 9, 8),
        d.of(keys),
        d.of(values),
        d.flags(0, 0, 1),
      ),
  ],
  [
    "fsconfig",
    (task, d) => raw.fsconfig(task, d.fd(), 1, d.of(keys.slice(0, 4)), d.of(values.slice(2, 8)), 0),
  ],
  ["fsconfig", (task, d) => raw.fsconfig(task, d.fd(), d.of([6, 6, 6, 7, 8]), null, null, 0)],
  ["fsconfig", (task, d) => raw.fsconfig(task, d.fd(), 6, null, null, 0)],
  [
    "fsconfig",
    (task, d) =>
      raw.fsconfig(
        task,
        d.fd(),
        d.of([6, 7, 0, 3, 5]),
        d.of([null, "a", "ro"]),
        d.of([null, "b"]),
        d.of([0, 3]),
      ),
  ],
  [
    "fsmount",
    (task, d) => raw.fsmount(task, d.fd(), d.flags(0, 1, 2), d.flags(0, 1, 2, 0x10, 0x30, 0x100)),
  ],
  ["fsmount", (task, d) => raw.fsmount(task, d.fd(), 0, 0)],
  [
    "fspick",
    (task, d) =>
      raw.fspick(task, d.fd(), d.of(["", "", "/mnt", "/", "/tmp"]), d.flags(8, 0, 1, 2, 16)),
  ],
  [
    "move_mount",
    (task, d) =>
      raw.move_mount(
        task,
        d.fd(),
        d.of(["", "", "/mnt"]),
        AT.FDCWD,
        d.of(["/mnt", "/tmp", "/none"]),
        d.flags(4, 0, 0x44, 0x80, 0x400),
      ),
  ],
  [
    "open_tree",
    (task, d) =>
      raw.open_tree(
        task,
        d.fd(),
        d.of(["", "/mnt", "/tmp", "."]),
        d.flags(0x1001, 0x1000, 1, 0, 0x81000, 0x8001, 2),
      ),
  ],
  ["openat", (task, d) => raw.openat(task, d.fd(), ".", d.flags(O.DIRECTORY, 0, O.PATH), 0)],
  ["openat", (task, d) => raw.openat(task, d.fd(), ".", O.DIRECTORY, 0)],
  [
    "openat",
    (task, d) =>
      raw.openat(
        task,
        d.fd(),
        d.of(names),
        d.flags(0, O.CREAT, O.CREAT | O.WRONLY, O.DIRECTORY, O.RDWR),
        0o644,
      ),
  ],
  ["mkdirat", (task, d) => raw.mkdirat(task, d.fd(), d.of(names), d.of([0o755, 0o700, 0o1777]))],
  ["unlinkat", (task, d) => raw.unlinkat(task, d.fd(), d.of(names), d.flags(AT.REMOVEDIR, 0))],
  ["fstat", (task, d) => raw.fstat(task, d.fd(), new Uint8Array(144))],
  ["fstatfs", (task, d) => raw.fstatfs(task, d.fd(), new Uint8Array(120))],
  [
    "mount",
    (task, d) =>
      raw.mount(
        task,
        d.of(["none", null, "/tmp"]),
        d.of(["/mnt", "/tmp", "/none"]),
        d.of(["bpf", "tmpfs", null]),
        d.flags(0, MS.RDONLY, MS.REMOUNT, MS.BIND, MS.REMOUNT | MS.RDONLY),
        d.of([null, "", "mode=700", "delegate_cmds=any", "delegate_maps=bad", "delegate_cmds=0"]),
      ),
  ],
  [
    "umount2",
    (task, d) =>
      raw.umount2(
        task,
        d.of(["/mnt", "/tmp", "/none", "/mnt/a"]),
        d.flags(0, MNT.DETACH, MNT.EXPIRE, 8, 16),
      ),
  ],
  ["close", (task, d) => raw.close(task, d.fd())],
  ["dup", (task, d) => raw.dup(task, d.fd())],
  ["fcntl", (task, d) => raw.fcntl(task, d.fd(), d.of([1, 3]), 0)],
  ["send", (task, d, state, who) => send(task, d, state, who)],
  ["send", (task, d, state, who) => send(task, d, state, who)],
  [
    "TOKEN_CREATE",
    (task, d) => bpf(task, "TOKEN_CREATE", { bpffs_fd: d.fd() >>> 0, flags: d.flags(0, 0, 0, 1) }),
  ],
  ["TOKEN_CREATE", (task, d) => bpf(task, "TOKEN_CREATE", { bpffs_fd: d.fd() >>> 0 })],
  [
    "MAP_CREATE",
    (task, d) =>
      bpf(task, "MAP_CREATE", {
        map_type: d.of([1, 2, 22, 27, 99]),
        key_size: d.of([4, 4, 0]),
        value_size: 4,
        max_entries: d.of([1, 1, 0]),
        map_flags: d.of(withToken),
        map_token_fd: d.fd(),
      }),
  ],
  [
    "PROG_LOAD",
    (task, d) =>
      bpf(task, "PROG_LOAD", {
        prog_type: d.of([1, 6, 8, 2]),
        insn_cnt: d.of([2, 2, 0]),
        insns: xdp,
        license: "GPL",
        prog_flags: d.of(withToken),
        expected_attach_type: d.of([0, 0, 37]),
        prog_token_fd: d.fd(),
      }),
  ],
  [
    "BTF_LOAD",
    (task, d) =>
      bpf(task, "BTF_LOAD", {
        btf: tinyBtf,
        btf_size: tinyBtf.length,
        btf_flags: d.of(withToken),
        btf_token_fd: d.fd(),
      }),
  ],
  [
    "BTF_GET_FD_BY_ID",
    (task, d) =>
      bpf(task, "BTF_GET_FD_BY_ID", {
        btf_id: 1,
        open_flags: d.of(withToken),
        fd_by_id_token_fd: d.fd(),
      }),
  ],
  [
    "OBJ_GET_INFO_BY_FD",
    (task, d) =>
      bpf(task, "OBJ_GET_INFO_BY_FD", {
        bpf_fd: d.fd() >>> 0,
        info_len: d.of([32, 8, 0, 64, 4097]),
        info: new Uint8Array(4200),
      }),
  ],
  [
    "OBJ_PIN",
    (task, d) =>
      bpf(task, "OBJ_PIN", {
        bpf_fd: d.fd() >>> 0,
        pathname: d.of(["/mnt/a", "/mnt/b", "/mnt/a.b", "/tmp/a", "/mnt"]),
      }),
  ],
  [
    "OBJ_GET",
    (task, d) =>
      bpf(task, "OBJ_GET", {
        pathname: d.of(["/mnt/a", "/mnt/b", "/tmp/a", "/mnt"]),
        file_flags: d.flags(0, 8, 16, 24, 1),
      }),
  ],
  ["MAP_FREEZE", (task, d) => bpf(task, "MAP_FREEZE", { map_fd: d.fd() >>> 0 })],
  ["setfsuid", (task, d) => raw.setfsuid(task, d.of([0, 0, 1000]))],
  ["umask", (task, d) => raw.umask(task, d.of([0o22, 0o77, 0]))],
  [
    "unshare",
    (task, d) =>
      raw.unshare(
        task,
        d.of([CLONE.NEWNS, CLONE.NEWNS, CLONE.NEWUSER, CLONE.NEWUSER | CLONE.NEWNS]),
      ),
  ],
  [
    "openat",
    (task, d) => raw.openat(task, AT.FDCWD, d.of(paths), d.flags(O.DIRECTORY, O.PATH, 0), 0),
  ],
];

function send(task: Task, d: Drawer, state: State, who: Who): number {
  const other = who === "host" ? "app" : "host";
  const ret = task.sendFd(d.fd(), state.tasks[other]);
  if (ret >= 0) state.fds[other].push(ret);
  return ret;
}

/** Calls whose answer is a number of another kind than a descriptor. */
const numbers = ["close", "fcntl", "send", "umask", "setfsuid", "fsconfig", "move_mount", "mount"];

/** Makes a call. */
export function make(state: State, call: Call): Made {
  const [name, run] = kinds[call.kind % kinds.length] ?? ["?", () => 0];
  const draw = new Drawer(state, call);
  const ret = run(state.tasks[call.who], draw, state, call.who);
  if (ret > 2 && !numbers.includes(name)) state.fds[call.who].push(ret);
  return { text: `${call.who}: ${name}(${draw.drawn.join(", ")})`, ret };
}
