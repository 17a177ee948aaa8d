// SPDX-License-Identifier: MIT
import { type Kernel, raw, type Task, unshare, writeIdMaps } from "@bpf-token/syscall";
import { AT, BAD_ADDRESS, FSCONFIG, MNT, MOVE_MOUNT, O, type Ptr } from "@bpf-token/uapi";
import { describe, test } from "vitest";
import { whyNotNative } from "../require-native.ts";
import { type Case, expectAgreement, type Known, show } from "./matrix-pair.ts";

interface Two {
  readonly host: Task;
  readonly app: Task;
}

function two(kernel: Kernel): Two {
  const host = kernel.init.fork();
  unshare(host, "mnt");
  const app = host.fork();
  unshare(app, "user", "mnt");
  writeIdMaps(app);
  return { host, app };
}

/** The kinds of the caller's file descriptor 10. A task creates it with the help of the host. */
const makers: Readonly<Record<string, (task: Task, host: Task) => number>> = {
  "not open": () => -1,
  "no context": (task) => raw.openat(task, AT.FDCWD, "/", O.DIRECTORY, 0),
  O_PATH: (task) => raw.openat(task, AT.FDCWD, "/", O.DIRECTORY | O.PATH, 0),
  "fresh context": (task) => raw.fsopen(task, "bpf", 0),
  "context with options": (task, host) => {
    const fd = raw.fsopen(task, "bpf", 0);
    byHost(task, host, fd, FSCONFIG.SET_STRING, "delegate_cmds", "any");
    return fd;
  },
  "created context": (task, host) => created(task, host),
  "dead context": (task) => {
    const fd = raw.fsopen(task, "bpf", 0);
    raw.fsconfig(task, fd, FSCONFIG.CMD_CREATE, null, null, 0);
    return fd;
  },
  "mounted context": (task, host) => {
    const fd = created(task, host);
    raw.close(task, raw.fsmount(task, fd, 0, 0));
    return fd;
  },
  "reconfigured context": (task, host) => {
    const fd = created(task, host);
    raw.close(task, raw.fsmount(task, fd, 0, 0));
    raw.fsconfig(task, fd, FSCONFIG.CMD_RECONFIGURE, null, null, 0);
    return fd;
  },
  "picked context": (task, host) =>
    raw.fspick(task, raw.fsmount(task, created(task, host), 0, 0), "", 8),
  "detached mount": (task, host) => raw.fsmount(task, created(task, host), 0, 0),
  "root of a detached mount": (task, host) =>
    raw.openat(task, raw.fsmount(task, created(task, host), 0, 0), ".", O.DIRECTORY, 0),
  "attached mount": (task, host) => {
    const fd = raw.fsmount(task, created(task, host), 0, 0);
    raw.move_mount(task, fd, "", AT.FDCWD, "/mnt", MOVE_MOUNT.F_EMPTY_PATH);
    return fd;
  },
  "tmpfs context": (task) => raw.fsopen(task, "tmpfs", 0),
  "tmpfs mount": (task) => {
    const fd = raw.fsopen(task, "tmpfs", 0);
    raw.fsconfig(task, fd, FSCONFIG.CMD_CREATE, null, null, 0);
    return raw.fsmount(task, fd, 0, 0);
  },
};

function byHost(task: Task, host: Task, fd: number, cmd: number, key: Ptr, value: Ptr): void {
  const there = task === host ? fd : task.sendFd(fd, host);
  raw.fsconfig(host, there, cmd, key, value, 0);
  if (task !== host) raw.close(host, there);
}

function created(task: Task, host: Task): number {
  const fd = raw.fsopen(task, "bpf", 0);
  byHost(task, host, fd, FSCONFIG.CMD_CREATE, null, null);
  return fd;
}

type Call = (task: Task, fd: number) => number;
const calls: Record<string, Call> = {};
const pointers: Readonly<Record<string, Ptr>> = {
  null: null,
  empty: "",
  ro: "ro",
  mode: "mode",
  bad: BAD_ADDRESS,
};

const texts: Readonly<Record<string, Ptr>> = {
  null: null,
  empty: "",
  text: "700",
  bad: BAD_ADDRESS,
};
const places: Readonly<Record<string, Ptr>> = {
  empty: "",
  dot: ".",
  mnt: "/mnt",
  none: "/none",
  bad: BAD_ADDRESS,
  null: null,
};

for (let cmd = 0; cmd <= 9; cmd++)
  for (const [k, key] of Object.entries(pointers))
    for (const [v, value] of Object.entries(texts))
      for (const aux of [0, 1, 3, AT.FDCWD, -1])
        calls[`fsconfig ${cmd} ${k} ${v} ${aux}`] = (task, fd) =>
          raw.fsconfig(task, fd, cmd, key, value, aux);
for (const flags of [0, 1, 2, 0x80000000])
  for (const attrs of [
    0, 1, 2, 4, 8, 0xf, 0x10, 0x20, 0x30, 0x40, 0x70, 0x80, 0x100, 0x100000, 0x200000, 0x400000,
  ])
    calls[`fsmount ${flags} ${attrs}`] = (task, fd) => raw.fsmount(task, fd, flags, attrs);
for (const flags of [0, 1, 2, 4, 8, 9, 15, 16])
  for (const [p, path] of Object.entries(places))
    calls[`fspick ${p} ${flags}`] = (task, fd) => raw.fspick(task, fd, path, flags);
for (const flags of [0, 1, 2, 4, 0x10, 0x40, 0x44, 0x77, 0x80, 0x100, 0x104, 0x204, 0x400])
  for (const from of ["", ".", "/mnt"])
    for (const to of ["/mnt", "/tmp", "/none", "", "/dev/null"])
      calls[`move_mount ${JSON.stringify(from)} ${to} ${flags}`] = (task, fd) =>
        raw.move_mount(task, fd, from, AT.FDCWD, to, flags);
for (const flags of [
  0, 1, 2, 0x100, 0x800, 0x1000, 0x1001, 0x8000, 0x8001, 0x9001, 0x80000, 0x80001, 0x81001,
  0x100000,
])
  for (const path of ["", ".", "/mnt", "/none"])
    calls[`open_tree ${JSON.stringify(path)} ${flags}`] = (task, fd) =>
      raw.open_tree(task, fd, path, flags);
for (const flags of [0, 1, 2, 3, 4, 5, 6, 8, 10, 16, 0x80000000])
  for (const path of ["/mnt", "/tmp", "/none", "/mnt/none", "", "/"])
    if (path !== "/") calls[`umount2 ${path} ${flags}`] = (task) => raw.umount2(task, path, flags);
for (const type of ["bpf", "tmpfs", "proc", "nonsense", "", "BPF", "bpf.x", "tmpfs.x"])
  for (const flags of [0, 1, 2, 3, 0x80000000])
    calls[`fsopen ${type} ${flags}`] = (task) => raw.fsopen(task, type, flags);

function ask(who: "host" | "app", maker: string, name: string): Case<Two> {
  return {
    label: `${who}, ${maker}, ${name}`,
    ask: (world) => {
      const task = world[who].fork();
      const host = who === "host" ? task : world.host;
      try {
        const fd = makers[maker]?.(task, host) ?? -1;
        const ret = calls[name]?.(task, fd) ?? -1;
        const again = fd >= 0 ? raw.fsconfig(task, fd, FSCONFIG.SET_FLAG, "ro", null, 0) : 0;
        return `fd ${fd}, ${show(ret)}, then ${show(again)}`;
      } finally {
        const mounted = maker === "attached mount" || name.startsWith("move_mount");
        for (const path of mounted ? ["/mnt", "/mnt", "/tmp"] : [])
          raw.umount2(task, path, MNT.DETACH);
        task.close();
      }
    },
  };
}

/** The kinds for which the fifth argument of fsconfig() matters; elsewhere it is 0. */
const anyAux = ["not open", "no context", "fresh context"];
const asked = (maker: string, name: string): boolean =>
  !name.startsWith("fsconfig") || name.endsWith(" 0") || anyAux.includes(maker);

const root: Known = {
  match: /host, .*move_mount .*: model fd \d+, EINVAL, .* real fd \d+, ELOOP/,
  why: "the root of a real machine has a parent mount, that of the model has none: moving it is EINVAL, not ELOOP",
};
const why = whyNotNative();
if (why !== undefined) test("the running kernel", (context) => context.skip(why));

if (why === undefined)
  describe("contexts and mounts on model and running kernel", { timeout: 600_000 }, () => {
    test.each(["host", "app"] as const)(
      "every call on every kind of file descriptor, by %s",
      (who) => {
        const cases = Object.keys(makers).flatMap((maker) =>
          Object.keys(calls)
            .filter((name) => asked(maker, name))
            .map((name) => ask(who, maker, name)),
        );
        expectAgreement(`contexts and mounts: ${who}`, two, cases, who === "host" ? [root] : []);
      },
    );
  });
