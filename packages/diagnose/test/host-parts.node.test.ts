// SPDX-License-Identifier: MIT
// The parts that read all processes of a host, each with what is nearly right.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { readHost } from "../src/node/index.ts";
import { LongTexts } from "../src/node/long-texts.ts";
import { MountViews, rootOf } from "../src/node/mount-views.ts";
import { readMounts, readPlaces } from "../src/node/mounts.ts";
import {
  isGone,
  MOST,
  namespaceOf,
  optional,
  pidsIn,
  readStart,
  startTime,
} from "../src/node/proc-files.ts";
import { ProcessSets, reachTextIn } from "../src/node/process-sets.ts";
import { listDescriptors, readTokens } from "../src/node/read-tokens.ts";

const folders: string[] = [];
afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true });
});

/** A folder with files, and links whose names end with `@`. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "parts-"));
  folders.push(folder);
  put(folder, files);
  return folder;
}
function put(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name.replace("@", ""));
    mkdirSync(dirname(path), { recursive: true });
    if (name.endsWith("@")) symlinkSync(text, path);
    else writeFileSync(path, text);
  }
}

describe("files of a process", () => {
  test("the beginning of a file has at most a mebibyte", () => {
    const folder = folderWith({ short: "ä\n", long: "x".repeat(MOST + 5), empty: "" });
    expect(["short", "empty"].map((name) => readStart(join(folder, name)))).toEqual(["ä\n", ""]);
    expect(readStart(join(folder, "long"))).toBe("x".repeat(MOST));
    // A buffer that other files share keeps nothing of them.
    expect(readStart(join(folder, "short"))).toBe("ä\n");
  });

  test("the number of a namespace", () => {
    const folder = folderWith({ "ns/net@": "net:[12]", "ns/mnt@": "mnt:[x]", "ns/user@": "[7] " });
    expect(["net", "mnt", "user"].map((name) => namespaceOf(folder, name))).toEqual([12, 0, 0]);
    expect(() => namespaceOf(folder, "pid")).toThrow("ENOENT");
  });

  test("the time of a start is the field 22, whatever the name of the program is", () => {
    const after = Array.from({ length: 30 }, (_, i) => `f${i + 3}`).join(" ");
    const start = (text: string) => startTime(folderWith({ stat: text }));
    expect(start(`7 (cat) ${after}`)).toBe("f22");
    expect(start(`7 (a) b) (c) ${after}`)).toBe("f22");
    expect(start("7 (cat) S 1")).toBe("");
  });

  test("the numbers of processes in order", () => {
    expect(pidsIn(folderWith({ 10: "", 9: "", x1: "", "1x": "", self: "" }))).toEqual([9, 10]);
  });

  test("which errors say that a process is gone", () => {
    const gone = (code?: string) => isGone(Object.assign(new Error(), { code }));
    expect([gone("ENOENT"), gone("ESRCH"), gone("EACCES"), gone()]).toEqual([
      ...[true, true, false, false],
    ]);
    const failing = () => {
      throw new Error();
    };
    expect([optional(() => 5), optional(failing)]).toEqual([5, undefined]);
  });

  test("the root directory as text", () => {
    expect(rootOf(folderWith({ "root@": "/x" }))).toBe("/x");
    expect(() => rootOf(folderWith({}))).toThrow("ENOENT");
  });
});

test("long texts count only for what is more than usual, up to a limit", () => {
  const folder = folderWith({
    usual: "x".repeat(4096),
    more: "x".repeat(4100),
    most: "x".repeat(MOST),
  });
  const texts = new LongTexts();
  expect([texts.read, texts.spent]).toEqual([0, false]);
  expect(texts.start(join(folder, "usual")).length).toBe(4096);
  expect(texts.read).toBe(0);
  texts.start(join(folder, "more"));
  expect(texts.read).toBe(4);
  for (let i = 0; i < 64; i++) texts.start(join(folder, "most"));
  expect(texts.spent).toBe(false);
  texts.start(join(folder, "most"));
  expect([texts.read, texts.spent]).toEqual([4 + 65 * (MOST - 4096), true]);
});

const info = (masks: string, mount = "5", inode = "9"): string =>
  `pos:\t0\nmnt_id:\t${mount}\nino:\t${inode}\nallowed_cmds:\t${masks}\nallowed_maps:\t0x0\nallowed_progs:\t0x0\nallowed_attachs:\t0x0\n`;
const lock = "lock:\t1: POSIX  ADVISORY  WRITE 9 00:10:900 4 8\n";

describe("tokens in fdinfo", () => {
  const read = (files: Readonly<Record<string, string>>, most = 100) => {
    const folder = folderWith({ "fdinfo/0": "pos:\t0\n", ...files });
    return readTokens(folder, most, new LongTexts());
  };

  test("are those with masks", () => {
    const { tokens, ...rest } = read({
      "fdinfo/3": info("0x1"),
      "fdinfo/4": info("0x2", "x", "y"),
      "fdinfo/5": "allowed_cmds: what\n",
      "fdinfo/6": "xallowed_cmds:\t0x1\n",
    });
    expect([...tokens].sort((a, b) => b.mount - a.mount)).toEqual([
      { masks: { cmds: 1n, maps: 0n, progs: 0n, attachs: 0n }, mount: 5, inode: 9 },
      { masks: { cmds: 2n, maps: 0n, progs: 0n, attachs: 0n }, mount: -1, inode: -1 },
    ]);
    expect(rest).toEqual({ long: [], read: 5, cut: false });
  });

  test("are read up to a number of file descriptors", () => {
    const files = { "fdinfo/1": "", "fdinfo/2": "" };
    expect([2, 3, 4].map((most) => read(files, most)).map(({ read: n, cut }) => [n, cut])).toEqual([
      ...[
        [2, true],
        [3, false],
        [3, false],
      ],
    ]);
    const folder = folderWith(files);
    expect([0, 1, 2, 3].map((most) => listDescriptors(folder, most).length)).toEqual([0, 1, 2, 2]);
    expect([...listDescriptors(folder, 9)].sort()).toEqual(["1", "2"]);
  });

  test("may follow more locks than are read", () => {
    const locks = lock.repeat(Math.ceil(MOST / lock.length) + 1);
    expect(read({ "fdinfo/3": locks }).long).toEqual(["3"]);
    expect(read({ "fdinfo/3": locks.replaceAll("lock:", "luck:") }).long).toEqual([]);
    expect(read({ "fdinfo/3": lock.repeat(100) }).long).toEqual([]);
    const few = `${"watch\n".repeat(MOST / 6)}${lock.repeat(9)}`;
    expect(read({ "fdinfo/3": few }).long).toEqual([]);
  });

  test("are read as long as the texts of a process are short together", () => {
    const big = Object.fromEntries(
      Array.from({ length: 4 }, (_, i) => [`fdinfo/${i + 1}`, "x".repeat(MOST)]),
    );
    // Usual texts of 4096 characters do not count.
    const rest = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`fdinfo/${i + 9}`, ""]));
    const exact = { ...rest, ...big, "fdinfo/5": "x".repeat(5 * 4096) };
    const { read: count, cut } = read(exact);
    expect([count, cut]).toEqual([46, false]);
    const more = {
      ...rest,
      ...big,
      "fdinfo/5": "x".repeat(5 * 4096),
      "fdinfo/6": "x".repeat(MOST),
    };
    expect(read({ ...more, "fdinfo/7": "x".repeat(MOST) }).cut).toBe(true);
  });

  test("a file that cannot be read is none", () => {
    expect(read({ "fdinfo/3/x": "" })).toEqual({ tokens: [], long: [], read: 2, cut: false });
    expect(() => readTokens("/nowhere", 1, new LongTexts())).toThrow("ENOENT");
    expect(() => listDescriptors("/nowhere", 1)).toThrow("ENOENT");
  });
});

const line = (device: string, path = "/sys/fs/bpf", type = "bpf"): string =>
  `30 22 ${device} / ${path} rw - ${type} none rw\n`;

describe("mounts", () => {
  const file = (text: string) => join(folderWith({ mountinfo: text }), "mountinfo");

  test("are lines of BPF filesystems, and of what hides them", () => {
    const text = line("0:1") + line("0:2", "/x", "tmpfs") + line("0:3", "/sys/fs/bpf", "tmpfs");
    const path = file(text + line("0:4", "/y").trimEnd());
    const { places, ...rest } = readPlaces(path, 10_000);
    expect(places.map(({ device }) => device)).toEqual(["0:1", "0:4"]);
    expect(rest).toEqual({ cut: false, bytes: text.length + line("0:4", "/y").length - 1 });
    expect(readMounts(path).bpffs.map(({ device }) => device)).toEqual(["0:4"]);
  });

  test("are read up to a number of bytes, without a line that is cut", () => {
    const text = line("0:1") + line("0:2", "/x");
    const devices = (most: number) => {
      const { places, cut, bytes } = readPlaces(file(text), most);
      return [places.map(({ device }) => device), cut, bytes];
    };
    expect(devices(text.length + 1)).toEqual([["0:1", "0:2"], false, text.length]);
    expect(devices(text.length)).toEqual([["0:1", "0:2"], false, text.length]);
    expect(devices(text.length - 1)).toEqual([["0:1"], true, text.length - 1]);
    expect(devices(10)).toEqual([[], true, 10]);
    expect(() => readPlaces("/nowhere", 5)).toThrow("ENOENT");
  });

  test("are read once for each mount namespace and root directory", () => {
    const views = new MountViews();
    const process = (mnt: number, root: string, mountinfo = line("0:1")) =>
      folderWith({ "ns/mnt@": `mnt:[${mnt}]`, "root@": root, mountinfo });
    const [first, same, other, third] = [
      views.of(process(1, "/")),
      views.of(process(1, "/", "")),
      views.of(process(1, "/x", "")),
      views.of(process(2, "/")),
    ];
    expect(same).toBe(first);
    expect([first, other, third].map(({ places }) => places.length)).toEqual([1, 0, 1]);
    expect(new Set(views.all)).toEqual(new Set([first, other, third]));
    expect([views.all.length, views.unknown]).toEqual([3, []]);
  });

  test("of many root directories are read up to a limit, which is said once", () => {
    const views = new MountViews();
    const counts = Array.from({ length: 35 }, (_, i) => {
      const files = { "ns/mnt@": "mnt:[7]", "root@": `/r${i}`, mountinfo: line("0:1") };
      return views.of(folderWith(files)).places.length;
    });
    expect(counts).toEqual([...new Array(32).fill(1), 0, 0, 0]);
    expect(views.unknown).toEqual([
      {
        fact: "BPF filesystems in mount namespace 7",
        why: "its processes have more than 32 root directories",
      },
    ]);
  });
});

const mask = (...bits: readonly number[]): bigint =>
  bits.reduce((all, bit) => all | (1n << BigInt(bit)), 0n);
const statusWith = (held: bigint, bounding: bigint, noNewPrivs = 0): string =>
  `CapPrm:\t${held.toString(16)}\nCapBnd:\t${bounding.toString(16)}\nNoNewPrivs:\t${noNewPrivs}\n`;

describe("sets of processes", () => {
  const view = { places: [] };
  const one = (more: object = {}) => ({
    ...{ cgroup: "0::/a.service\n", status: statusWith(mask(39), mask(38)), view },
    ...{ userns: { inode: 5, initial: false }, ...more },
  });
  const added = (...all: readonly object[]) => {
    const sets = new ProcessSets(new Map([["a.service", "A"]]));
    for (const [i, more] of all.entries()) sets.add({ pid: i + 1, program: `p${i}` }, one(more));
    return sets.finish();
  };

  test("have processes that are alike", () => {
    const [first, ...more] = added({}, {}, { status: statusWith(0n, 0n) }, {});
    expect(more).toEqual([]);
    expect(first).toEqual({
      owner: { kind: "systemd", name: "a.service", title: "A" },
      ...{ userns: { inode: 5, initial: false }, view, count: 4, pids: [1, 2, 3, 4] },
      first: { pid: 1, program: "p0" },
      capabilities: [
        { held: mask(39), reachable: mask(38, 39) },
        { held: 0n, reachable: 0n },
      ],
    });
  });

  test.each([
    ["a manager", { cgroup: "0::/b.service\n" }],
    ["a kind of manager", { cgroup: "0::/lxc/a.service\n" }],
    ["no manager", { cgroup: "0::/\n" }],
    ["a user namespace", { userns: { inode: 6, initial: false } }],
    ["a network", { hostNetwork: true }],
    ["a view of the mounts", { view: { places: [] } }],
  ])("differ in %s", (_, more) => {
    const sets = added({}, more, {}, more);
    expect(sets.map(({ count, pids }) => [count, pids])).toEqual([
      [2, [1, 3]],
      [2, [2, 4]],
    ]);
    expect(Object.hasOwn(added({ cgroup: "0::/\n" })[0] ?? {}, "owner")).toBe(false);
  });

  test("count a process once, and list its first 64 numbers", () => {
    const sets = new ProcessSets(new Map());
    const known = sets.add({ pid: 1, program: "a" }, one());
    expect(sets.add({ pid: 1, program: "a" }, one(), known)).toBe(known);
    expect(known.finished.count).toBe(1);
    const other = sets.add({ pid: 1, program: "a" }, one({ hostNetwork: true }), known);
    expect([other.finished.count, known.finished.count]).toEqual([1, 1]);
    sets.add({ pid: 1, program: "a" }, one());
    expect([known.finished.count, known.finished.pids]).toEqual([2, [1]]);
    for (let pid = 2; pid < 90; pid++) sets.add({ pid, program: "a" }, one());
    expect(known.finished.pids).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
    expect(known.finished.count).toBe(90);
  });

  test("know the capabilities of each user namespace", () => {
    const sets = new ProcessSets(new Map());
    const [some, none] = [statusWith(mask(39), 0n), statusWith(0n, 0n)];
    for (const [inode, status] of [
      [1, some],
      [1, none],
      [1, some],
      [2, none],
    ] as const)
      sets.addReach(inode, status);
    expect([...sets.namespaces]).toEqual([
      [
        1,
        [
          { held: mask(39), reachable: mask(39) },
          { held: 0n, reachable: 0n },
        ],
      ],
      [2, [{ held: 0n, reachable: 0n }]],
    ]);
  });

  test("only capabilities that matter for bpf() count", () => {
    const every = (1n << 41n) - 1n;
    expect(reachTextIn(statusWith(every, 0n))).toBe(
      `${mask(12, 21, 38, 39)} ${mask(12, 21, 38, 39)}`,
    );
    expect(reachTextIn(statusWith(mask(12), mask(21)))).toBe(`${mask(12)} ${mask(12, 21)}`);
    expect(reachTextIn(statusWith(mask(12), mask(21), 1))).toBe(`${mask(12)} ${mask(12)}`);
    expect(["", "CapPrm:\tx\n", `CapPrm:\t${"f".repeat(17)}\n`].map(reachTextIn)).toEqual([
      ...["0 0", "0 0", "0 0"],
    ]);
  });
});

describe("readHost", () => {
  const process = (mnt: string, more: Readonly<Record<string, string>> = {}) => ({
    ...{ "ns/user@": "user:[4026531837]", "ns/pid@": "pid:[4026531836]", "ns/net@": "net:[3]" },
    ...{ "ns/mnt@": `mnt:[${mnt}]`, "root@": "/", stat: "1 (x) S", cgroup: "0::/\n" },
    ...{ status: "Name:\tx\n", mountinfo: line("0:1"), "fdinfo/0": "", "task/0/x": "", ...more },
  });
  const below = (name: string, files: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(files).map(([key, value]) => [`${name}/${key}`, value]));
  const tree = (...all: readonly Readonly<Record<string, string>>[]) => {
    const root = folderWith(Object.assign({}, ...all));
    return { proc: join(root, "proc"), sys: join(root, "sys"), root, release: "6.18" };
  };
  const host = () => [below("proc/self", process("1")), below("proc/1", process("1"))];

  test("names the mode of lockdown, if the kernel has one", () => {
    expect(readHost(tree(...host()))).not.toHaveProperty("lockdown");
    const lockdown = { "sys/kernel/security/lockdown": "none [integrity] confidentiality\n" };
    expect(readHost(tree(...host(), lockdown)).lockdown).toBe("integrity");
    expect(() => readHost({ proc: "/nowhere" })).toThrow(
      "there is no /nowhere: processes can be read only on Linux",
    );
  });

  test.each([
    ["a user namespace", { "ns/user@": "user:[7]" }],
    ["a PID namespace", { "ns/pid@": "pid:[7]" }],
  ])("in %s of its own says that it does not see the host", (_, more) => {
    const here = tree(below("proc/self", process("1", more)), below("proc/1", process("1")));
    const { unknown, onHost } = readHost(here);
    expect(unknown).toEqual([
      {
        fact: "processes outside the container",
        why: "this process is in a container; run it on the host",
      },
    ]);
    expect([...onHost]).toEqual([]);
  });

  test("says if the mounts of process 1 cannot be read", () => {
    const here = tree(...host());
    rmSync(join(here.proc, "1/ns"), { recursive: true });
    expect(readHost(here).unknown).toEqual([
      { fact: "mounts of the host", why: "those of process 1 cannot be read" },
    ]);
    expect([...readHost(here).onHost]).toEqual(["0:1"]);
  });

  test("knows the mounts of process 1, of the first kernel thread, and its own", () => {
    const with2 = tree(
      below("proc/self", process("1", { mountinfo: line("0:1") })),
      below("proc/1", process("2", { mountinfo: line("0:2") })),
      below("proc/2", process("3", { mountinfo: line("0:3") })),
      below("proc/3", process("4", { mountinfo: line("0:4") })),
    );
    const { onHost, processes, views, release } = readHost(with2);
    expect([[...onHost].sort(), processes, views.length, release]).toEqual([
      ...[["0:1", "0:2", "0:3"], 3, 4, "6.18"],
    ]);
  });
});
