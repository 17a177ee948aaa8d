// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readHost } from "@bpf-token/diagnose/node";
import { describe, expect, test } from "vitest";
import {
  bpffs,
  caps,
  hostTree,
  INITIAL,
  type TreeProcess,
  tokenInfo,
  writeProcess,
} from "./host-tree.ts";

const delegates = bpffs(67, "0:40", "delegate_cmds=map_create,delegate_maps=hash");
const inContainer: TreeProcess = {
  ...{ userns: 77, mnt: 78, net: 79, permitted: caps.BPF, mountinfo: delegates },
  cgroup: "0::/system.slice/agent.service\n",
};

/** Who has which processes. */
const summary = (tree: ReturnType<typeof hostTree>) =>
  readHost(tree).sets.map(({ owner, count, first }) => [owner?.name, count, first.pid]);

describe("readHost", () => {
  test("groups the processes of a container, and skips those that see no delegation", () => {
    const tree = hostTree({
      5: {},
      12: inContainer,
      9: inContainer,
      13: { ...inContainer, mnt: 1 },
    });
    const { sets, processes, onHost, unknown } = readHost(tree);
    expect(sets).toMatchObject([
      {
        owner: { kind: "systemd", name: "agent.service" },
        userns: { inode: 77, initial: false },
        hostNetwork: false,
        count: 2,
        first: { pid: 9, program: "agent" },
        capabilities: [{ held: caps.BPF, reachable: caps.BPF }],
      },
    ]);
    expect([processes, [...onHost], unknown]).toEqual([5, ["0:39"], []]);
  });

  test("names a container as its manager does", () => {
    const id = "a".repeat(64);
    const cgroup = `0::/machine.slice/libpod-${id}.scope/container\n`;
    const path = "var/lib/containers/storage/overlay-containers/containers.json";
    const tree = hostTree(
      { 9: { ...inContainer, cgroup } },
      { [path]: JSON.stringify([{ id, names: ["web"] }]) },
    );
    expect(readHost(tree).sets[0]?.owner).toEqual({ kind: "podman", name: id, title: "web" });
  });

  test("finds tokens, and those that several processes have once", () => {
    const fds = { 3: "pos:\t0\n", 4: tokenInfo(67, 900, ["0x1", "0x2", "0x0", "0x0"]) };
    const tree = hostTree({ 9: { ...inContainer, fds }, 10: { ...inContainer, fds }, 11: { fds } });
    const { tokens, sets } = readHost(tree);
    expect(tokens.map(({ mount, masks, holders }) => [mount, masks, holders.length])).toEqual([
      [67, { cmds: 1n, maps: 2n, progs: 0n, attachs: 0n }, 3],
    ]);
    expect(tokens[0]?.holders[0]?.set).toBe(sets[0]);
    expect(sets[1]?.userns.inode).toBe(INITIAL);
  });

  test("counts what a set-user-ID program would get, unless no_new_privs is set", () => {
    const bounding = caps.PERFMON | 1n;
    for (const noNewPrivileges of [true, false]) {
      const tree = hostTree({ 9: { ...inContainer, bounding, noNewPrivileges } });
      const reachable = noNewPrivileges ? caps.BPF : caps.BPF | caps.PERFMON;
      expect(readHost(tree).sets[0]?.capabilities).toEqual([{ held: caps.BPF, reachable }]);
    }
  });

  test("shows the host's network namespace without process 1, by the first kernel thread", () => {
    const tree = hostTree({ 2: {}, 9: { ...inContainer, net: 2 } });
    rmSync(join(tree.proc, "1/ns"), { recursive: true });
    writeFileSync(join(tree.proc, "1/ns"), "");
    expect(readHost(tree).sets[0]?.hostNetwork).toBe(true);
  });
});

describe("what a container does to hide", () => {
  test("another root directory has its own view of the mounts", () => {
    const hidden = { ...inContainer, root: "/empty", mountinfo: "" };
    expect(summary(hostTree({ 9: hidden, 10: inContainer }))).toEqual([["agent.service", 1, 10]]);
  });

  test("a filesystem below another mount is found", () => {
    const mountinfo = `${delegates}68 67 0:41 / /sys/fs/bpf rw - tmpfs t rw\n`;
    expect(summary(hostTree({ 9: { ...inContainer, mountinfo } })).length).toBe(1);
  });

  test("the other threads of a process whose first one has exited are read", () => {
    const tree = hostTree({ 9: inContainer });
    rmSync(join(tree.proc, "9/ns"), { recursive: true });
    writeProcess(join(tree.proc, "9/task/10"), inContainer);
    expect(summary(tree)).toEqual([["agent.service", 1, 9]]);
  });

  test("the masks of a token that stand after many locks are read, or the file descriptor is named", () => {
    const lock = "lock:\t1: POSIX  ADVISORY  WRITE 9 00:10:900 4 8\n";
    const text = tokenInfo(67, 900, ["0x1", "0x2", "0x0", "0x0"]);
    const locked = (count: number) =>
      readHost(
        hostTree({
          9: {
            ...inContainer,
            fds: { 4: text.replace("allowed", `${lock.repeat(count)}allowed`) },
          },
        }),
      );
    expect([locked(1000).tokens.length, locked(1000).unknown]).toEqual([1, []]);
    expect(locked(30_000).unknown).toEqual([
      {
        fact: "file descriptor 4 of process 9",
        why: "its text in fdinfo has more than 1048576 bytes, so it may be a token",
      },
    ]);
  });

  test("capabilities that stand after many groups are read", () => {
    const tree = hostTree({ 9: inContainer });
    const path = join(tree.proc, "9/status");
    const groups = `Groups:\t${"4294967295 ".repeat(65_536)}\n`;
    writeFileSync(path, `Name:\tagent\n${groups}${readFileSync(path, "utf8")}`);
    expect(readHost(tree).sets[0]?.capabilities[0]?.held).toBe(caps.BPF);
  });

  test("a thread with mounts or file descriptors of its own is read, and others once", () => {
    const fds = { 4: tokenInfo(67, 900, ["0x1", "0x2", "0x0", "0x0"]) };
    const tree = hostTree({ 9: { ...inContainer, mountinfo: "" } });
    const task = join(tree.proc, "9/task");
    writeProcess(join(task, "10"), { ...inContainer, mnt: 81 });
    writeProcess(join(task, "11"), { ...inContainer, mountinfo: "", fds });
    writeProcess(join(task, "12"), { ...inContainer, mountinfo: "" });
    writeProcess(join(task, "13"), { ...inContainer, mountinfo: "", fds: { 7: "pos:\t0\n" } });
    const { sets, tokens } = readHost(tree);
    expect(sets.map(({ view, count }) => [view.places.length, count])).toEqual([
      [1, 1],
      [0, 1],
    ]);
    expect(tokens.map(({ holders }) => holders.map(({ pid }) => pid))).toEqual([[9]]);
  });

  test("a thread with capabilities or a network of its own is read, and not counted again", () => {
    const tree = hostTree({ 9: { ...inContainer, permitted: 0n, noNewPrivileges: true } });
    const task = join(tree.proc, "9/task");
    writeProcess(join(task, "10"), { ...inContainer, permitted: 0n, noNewPrivileges: true });
    writeProcess(join(task, "11"), { ...inContainer, permitted: caps.BPF });
    writeProcess(join(task, "12"), { ...inContainer, permitted: 0n, net: 2 });
    const { sets } = readHost(tree);
    expect(sets.map((set) => [set.hostNetwork, set.count])).toEqual([
      [false, 1],
      [true, 1],
    ]);
    expect(sets[0]?.capabilities.map(({ held }) => held)).toEqual([0n, caps.BPF]);
  });

  test("the capabilities of a process that sees no delegation count for its user namespace", () => {
    const other = { ...inContainer, mnt: 80, mountinfo: "", permitted: caps.SYS_ADMIN };
    const tree = hostTree({ 9: { ...inContainer, permitted: 0n }, 10: other, 11: { mnt: 81 } });
    const { namespaces, sets } = readHost(tree);
    expect([...namespaces].map(([inode, all]) => [inode, all.map(({ held }) => held)])).toEqual([
      [77, [0n, caps.SYS_ADMIN]],
    ]);
    expect(sets.map(({ count }) => count)).toEqual([1]);
  });

  test("ended threads that a tracer keeps do not hide one that runs", () => {
    const tree = hostTree({ 9: inContainer });
    rmSync(join(tree.proc, "9/ns"), { recursive: true });
    for (let i = 100; i < 300; i++) mkdirSync(join(tree.proc, "9/task", String(i)));
    writeProcess(join(tree.proc, "9/task/400"), inContainer);
    expect(summary(tree)).toEqual([["agent.service", 1, 9]]);
  });

  const lock = "lock:\t1: POSIX  ADVISORY  WRITE 9 00:10:900 4 8\n";
  const locks = `pos:\t0\nflags:\t02\nmnt_id:\t9\nino:\t9\n${lock.repeat(30_000)}`;
  const many = (count: number, text: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [String(10 + i), text]));

  test("of very long texts a few are read, and the rest is named", () => {
    const fds = many(20, locks);
    const tree = hostTree({ 9: { ...inContainer, fds } });
    expect(readHost(tree).unknown.slice(1)).toEqual([
      {
        fact: "tokens of process 9",
        why: "audit reads 4194304 bytes of long texts in its fdinfo",
      },
    ]);
    const each = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [20 + i, { fds }]));
    const { unknown, sets } = readHost(hostTree({ 9: inContainer, ...each, 60: inContainer }));
    expect(unknown.at(-1)).toEqual({
      fact: "processes from 33 on",
      why: "those before have too long texts in fdinfo and status",
    });
    expect(sets.map(({ count }) => count)).toEqual([1]);
  });

  test("a long text of something else than locks is no token", () => {
    const watches = `pos:\t0\nflags:\t02\n${"inotify wd:1 ino:2 sdev:3\n".repeat(60_000)}`;
    expect(readHost(hostTree({ 9: { ...inContainer, fds: { 4: watches } } })).unknown).toEqual([]);
  });

  test("a cgroup with the name of another container is that of the outermost one", () => {
    const [a, b] = ["a".repeat(64), "b".repeat(64)];
    const ownerIn = (cgroup: string) =>
      readHost(hostTree({ 9: { ...inContainer, cgroup } })).sets[0]?.owner;
    const of = (path: string) => ownerIn(`0::${path}\n`);
    expect(of(`/machine.slice/libpod-${a}.scope/docker-${b}.scope`)?.name).toBe(a);
    expect(of("/lxc.payload.web/system.slice/other.service")).toEqual({ kind: "lxc", name: "web" });
    expect(of(`/system.slice/web.service/libpod-payload-${a}`)?.name).toBe("web.service");
    expect(of(`/${"x/".repeat(3000)}a.service`)).toBeUndefined();
    expect(ownerIn(`2:memory:/docker/${a}\n0::/system.slice/x.service\n`)?.name).toBe(a);
  });

  test("many root directories are read up to a limit, which is named", () => {
    const processes = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [String(100 + i), { ...inContainer, root: `/r${i}` }]),
    );
    const { sets, unknown } = readHost(hostTree(processes));
    expect(sets.reduce((all, { count }) => all + count, 0)).toBe(32);
    expect(unknown).toEqual([
      {
        fact: "BPF filesystems in mount namespace 78",
        why: "its processes have more than 32 root directories",
      },
    ]);
  });

  test("mounts that no audit reads to the end are named", () => {
    const tree = hostTree({ 9: inContainer });
    truncateSync(join(tree.proc, "9/mountinfo"), 70 * 1024 * 1024);
    expect(readHost(tree).unknown).toEqual([
      {
        fact: `BPF filesystems in ${tree.proc}/9/mountinfo`,
        why: "audit reads at most 67108864 bytes of it",
      },
    ]);
    expect(summary(tree).length).toBe(1);
  });

  test("a process that ends meanwhile, and files that are no such text, are skipped", () => {
    const tree = hostTree({ 9: inContainer, 10: inContainer });
    rmSync(join(tree.proc, "9/status"));
    writeFileSync(join(tree.proc, "10/status"), "\0\u001b[31m\n");
    mkdirSync(join(tree.proc, "11"));
    const { sets, unknown } = readHost(tree);
    expect(sets).toMatchObject([{ first: { pid: 10, program: "?" }, count: 1 }]);
    expect(unknown).toEqual([]);
  });

  test("a file that this process may not read is counted", () => {
    const tree = hostTree({ 9: inContainer });
    rmSync(join(tree.proc, "9/mountinfo"));
    mkdirSync(join(tree.proc, "9/mountinfo"));
    expect(readHost(tree).unknown[0]?.fact).toBe("1 of 2 processes, first 9");
  });
});

test("reads no file of /proc/PID/fd, and changes nothing", () => {
  const folder = new URL("../../../diagnose/src/node/", import.meta.url);
  const sources = ["read-host", "read-tokens", "long-texts", "proc-files", "mount-views"].map(
    (name) => readFileSync(new URL(`${name}.ts`, folder), "utf8"),
  );
  for (const text of sources) expect(text).not.toMatch(/\/fd[/`"]|write|O_|statSync/);
});
