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
import { whyNotNative } from "../require-native.ts";
import {
  enums,
  foreign,
  type Group,
  modes,
  named,
  numbers,
  type Option,
  others,
  owners,
  sequences,
  words,
} from "./matrix-options-values.ts";
import { type Case, expectAgreement, type Known, show } from "./matrix-pair.ts";

/** A host, and a container with another id map. */
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

/** The task that opens the context, and the task that sets the options. */
const ways = {
  "host for app": { owner: "app", setter: "host" },
  app: { owner: "app", setter: "app" },
  host: { owner: "host", setter: "host" },
  "app for host": { owner: "host", setter: "app" },
} as const;
type Way = keyof typeof ways;

/** The observable effects of options, as one text. */
function runMount(world: Two, way: Way, options: readonly Option[]): string {
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
    const results = [`fsopen ${show(context)}`];
    const set = sent(mine, context, world[setter]);
    for (const [key, value] of options) {
      const cmd = value === null ? FSCONFIG.SET_FLAG : FSCONFIG.SET_STRING;
      results.push(`set ${show(raw.fsconfig(world[setter], set, cmd, key, value, 0))}`);
    }
    results.push(`says ${message(world[setter], set)}`);
    const made = sent(mine, context, world.host);
    const create = raw.fsconfig(world.host, made, FSCONFIG.CMD_CREATE, null, null, 0);
    results.push(`create ${show(create)}`);
    if (create < 0) return results.join(", ");
    return [...results, ...mounted(mine, context, keep)].join(", ");
  } finally {
    for (const [task, fd] of open.reverse()) raw.close(task, fd);
  }
}

/** Reads the oldest message of a context. */
function message(task: Task, context: number): string {
  const text = new Uint8Array(512);
  const ret = raw.read(task, context, text, text.length);
  return ret < 0 ? show(ret) : new TextDecoder().decode(text.subarray(0, ret)).trim();
}

/** Describes the filesystem mounted at /mnt, and a token that is created from it. */
function mounted(task: Task, context: number, keep: (task: Task, fd: number) => number): string[] {
  const mount = keep(task, raw.fsmount(task, context, 0, 0));
  const root = keep(task, raw.openat(task, mount, ".", O.RDONLY | O.DIRECTORY, 0));
  const results = [`fsmount ${show(mount)}`, `open ${show(root)}`];
  const stat = new Uint8Array(144);
  const view = new DataView(stat.buffer);
  results.push(`fstat ${raw.fstat(task, root, stat)} mode ${view.getUint32(24, true).toString(8)}`);
  results.push(`uid ${view.getUint32(28, true)} gid ${view.getUint32(32, true)}`);
  const token = keep(task, bpf(task, "TOKEN_CREATE", { bpffs_fd: root }));
  results.push(`token ${show(token)}`);
  if (token >= 0) results.push(fdinfo(task, token).replace(/^(pos|flags|mnt_id|ino):.*\n/gm, ""));
  const moved = raw.move_mount(task, mount, "", AT.FDCWD, "/mnt", MOVE_MOUNT.F_EMPTY_PATH);
  results.push(`move ${show(moved)}`);
  const lines = mounts(task).split("\n");
  results.push(...lines.filter((line) => line.split(" ")[1] === "/mnt"));
  if (moved === 0) results.push(`umount ${show(raw.umount2(task, "/mnt", MNT.DETACH))}`);
  return results;
}

const ask = (way: Way, ...options: readonly Option[]): Case<Two> => ({
  label: `${way}: ${options.map(([key, value]) => (value === null ? key : `${key}=${JSON.stringify(value)}`)).join(" ")}`,
  ask: (world) => runMount(world, way, options),
});

const groups = Object.keys(enums) as Group[];

const known: readonly Known[] = [];
const why = whyNotNative();
if (why !== undefined) test("the running kernel", (context) => context.skip(why));

if (why === undefined)
  describe("mount options on model and running kernel", { timeout: 600_000 }, () => {
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
