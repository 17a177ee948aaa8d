// SPDX-License-Identifier: MIT
// What the recorder writes about files: their kinds, and which of them are on a BPF filesystem.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { hasStrace } from "../system-calls.ts";
import { createMap, nr, shown, text, useRecorder } from "./recording.ts";

/** The statement of a call whose result nobody needs. */
const call = (name: keyof typeof nr, ...args: readonly (number | string)[]): string =>
  ["r", "=", nr[name], ...args].join(" ");
const [AT_CWD, DIRECTORY] = [-100, 0x10000];

const texts: Readonly<Record<string, string>> = {
  ...{ none: "none", bpf: "bpf", tmpfs: "tmpfs", mnt: "/mnt", sub: "/mnt/sub", zero: "/dev/zero" },
  ...{ nowhere: "/mnt/nowhere", tmp: "/tmp", root: "/", dot: ".", empty: "", part: "sub" },
};
const prepare = Object.entries(texts).flatMap(([name, value]) => text(name, value));
/** A BPF filesystem at /mnt, with a folder. */
const mounted = [
  ...[...prepare, call("mount", "$none", "$mnt", "$bpf", 0, 0), call("mkdir", "$sub", 0o700)],
];

describeNative("the files that the recorder writes", () => {
  const { record, follow, file } = useRecorder();

  function lines(script: readonly string[], first = "open"): readonly string[] {
    const { status, stderr, lines } = record(script, { under: ["unshare", "--mount"] });
    expect([status, stderr]).toEqual([0, ""]);
    const all = shown(lines).slice(3, -1);
    return all.slice(all.findIndex((line) => line.startsWith(first)));
  }

  test.each([
    ["openat", ["openat", AT_CWD], "openat 0xffffffffffffff9c ptr 0x0 0x0"],
    ["open", ["open"], "open ptr 0x0 0x0"],
  ] as const)(
    "%s() is recorded if it opens a part of a BPF filesystem",
    (_, [name, ...dir], shownCall) => {
      const paths = ["$mnt", "$sub", "$zero", "$nowhere", "$tmp"];
      const opens = paths.map((path) => call(name, ...dir, path, 0, 0));
      const script = [...mounted, ...opens, ...[3, 4, 5, 6].map((fd) => call("close", fd))];
      expect(lines(script, "process").slice(-6)).toEqual([
        ...["process", `${shownCall} = 3; "/mnt"; bpffs root true`],
        ...["process", `${shownCall} = 4; "/mnt/sub"; bpffs root false`],
        ...["close 0x3 = 0", "close 0x4 = 0"],
      ]);
    },
  );

  test("openat2() is recorded, and files below a directory", () => {
    const how = ["mem how 24", `put how 0 8 ${DIRECTORY}`];
    const script = [
      ...[...mounted, ...how, call("openat2", AT_CWD, "$mnt", "$how", 24)],
      ...[
        call("openat", 3, "$part", 0),
        call("openat", 3, "$dot", 0),
        call("openat", 3, "$none", 0),
      ],
      call("openat2", AT_CWD, "$mnt", "$how", 23),
    ];
    expect(lines(script, "openat2").filter((line) => line !== "process")).toEqual([
      'openat2 0xffffffffffffff9c ptr ptr 0x18 = 3; "/mnt"; bpffs root true',
      'openat 0x3 ptr 0x0 0x0 = 4; "sub"; bpffs root false',
      'openat 0x3 ptr 0x0 0x0 = 5; "."; bpffs root true',
    ]);
  });

  test("a context of a BPF filesystem, and its mount that nobody sees", () => {
    const script = [
      ...[...prepare, call("fsopen", "$bpf", 0), call("fsconfig", 3, 6, 0, 0, 0)],
      ...[call("fsmount", 3, 0, 0), "mem a 8", "put a 4 4 4", call("bpf", 36, "$a", 8)],
      ...[call("move_mount", 4, "$empty", AT_CWD, "$mnt", 4), call("openat", AT_CWD, "$mnt", 0)],
      call("fspick", AT_CWD, "$mnt", 0),
    ];
    const seen = lines(script, "fsopen").filter((line) => line !== "process");
    expect(seen).toEqual([
      ...['fsopen ptr 0x0 = 3; "bpf"', "fsconfig 0x3 0x6 0x0 0x0 0x0 = 0"],
      "fsmount 0x3 0x0 0x0 = 4; bpffs root true",
      expect.stringMatching(/^bpf 0x24 ptr 0x8 = -\d+; 0000000004000000$/),
      'move_mount 0x4 ptr 0xffffffffffffff9c ptr 0x4 = 0; "00"; "/mnt"'.replace('"00"', "00"),
      'openat 0xffffffffffffff9c ptr 0x0 0x0 = 5; "/mnt"; bpffs root true',
      'fspick 0xffffffffffffff9c ptr 0x0 = 6; "/mnt"',
    ]);
  });

  test("a mount of another filesystem that nobody sees is no BPF filesystem", () => {
    const script = [
      ...[...prepare, call("fsopen", "$tmpfs", 0), call("fsconfig", 3, 6, 0, 0, 0)],
      ...[call("fsmount", 3, 0, 0), "mem a 8", "put a 4 4 4", call("bpf", 36, "$a", 8)],
    ];
    const { stderr, lines } = record(script, { under: ["unshare", "--mount"] });
    expect(stderr).toBe("");
    expect(shown(lines).filter((line) => line.startsWith("file"))).toEqual(["file 4: other"]);
  });

  test("distinguishes many mounts by their numbers", () => {
    // Among so many numbers are some that have only one digit in another place.
    const turns = Array.from({ length: 60 }, () => [
      ...[call("mount", "$none", "$mnt", "$tmpfs", 0, 0), call("openat", AT_CWD, "$mnt", 0)],
      ...[call("mount", "$none", "$mnt", "$bpf", 0, 0), call("openat", AT_CWD, "$mnt", 0)],
    ]);
    const { lines } = record([...prepare, ...turns.flat()], { under: ["unshare", "--mount"] });
    const opened = lines.filter(({ name }) => name === "openat");
    expect(opened.map(({ result }) => result)).toEqual(turns.map((_, i) => 4 + 2 * i));
    expect(new Set(opened.map(({ file }) => `${file?.kind} ${file?.root}`))).toEqual(
      new Set(["bpffs true"]),
    );
  });

  test("has the kinds of files that bpf() knows, and what the kernel says about them", async () => {
    const insn = ["mem i 16", "put i 0 1 0xb7", "put i 8 1 0x95", ...text("gpl", "GPL")];
    const load = ["mem p 144", "put p 0 4 1", "put p 4 4 2", "put p 8 8 $i", "put p 16 8 $gpl"];
    // BTF with one type: an int.
    const words = [0x0001eb9f, 24, 0, 16, 16, 5, 1, 0x01000000, 4, 32];
    const types = ["mem t 45", ...words.map((word, i) => `put t ${4 * i} 4 ${word}`)];
    const btf = [...types, "text t 41 int", "mem b 40", "put b 0 8 $t", "put b 16 4 45"];
    const script = [
      ...[...mounted, ...insn, ...load, ...btf, ...createMap(), call("bpf", 5, "$p", 144)],
      ...[call("bpf", 18, "$b", 40), call("eventfd2", 0, 0), call("fsopen", "$bpf", 0)],
      ...[call("memfd_create", "$none", 0), call("openat", AT_CWD, "$mnt", 0)],
      ...[call("openat", AT_CWD, "$sub", 0), call("openat", AT_CWD, "$zero", 0), "ready"],
      ...[3, 4, 5, 6, 7, 8, 9, 10, 11].map((fd) => call("close", fd)),
    ];
    const { lines } = await follow(script, ["unshare", "--mount"]);
    const kinds = ["3: map", "4: prog", "5: btf", "7: other", "9: bpffs root true"];
    expect(shown(lines)).toEqual([
      ...["process", ...kinds.map((kind) => `file ${kind}`), "file 10: bpffs root false"],
      ...[3, 4, 5, 7, 9, 10].map((fd) => `close 0x${fd.toString(16)} = 0`),
      "exit",
    ]);
    const infos = lines.flatMap(({ fd, file }) => (file === undefined ? [] : [[fd, file.fdinfo]]));
    expect(infos).toEqual([
      [3, expect.stringContaining("\nmap_type:\t2\n")],
      [4, expect.stringContaining("\nprog_type:\t1\n")],
      [5, expect.stringContaining("\nbtf_id:\t")],
      [7, expect.stringContaining("mnt_id:\t")],
      [9, undefined],
      [10, undefined],
    ]);
  });

  test("needs no helper for pipes, sockets, memory, and files that mountinfo names", (context) => {
    if (!hasStrace) return context.skip("strace cannot trace here");
    const pair = ["mem s 8", call("socketpair", 1, 1, 0, "$s"), "mem q 8", call("pipe2", "$q", 0)];
    const script = [
      ...[...mounted, ...createMap(), ...pair, call("memfd_create", "$none", 0), "mem a 8"],
      ...[call("openat", AT_CWD, "$zero", 0), call("openat", AT_CWD, "$mnt", 0)],
      ...[4, 5, 6, 7, 8, 9, 10].flatMap((fd) => [`put a 4 4 ${fd}`, call("bpf", 36, "$a", 8)]),
    ];
    const strace = [
      "strace",
      "-qq",
      "-e",
      "trace=statx,kcmp,clone",
      "-e",
      "signal=none",
      "-o",
      file("log"),
    ];
    const { status, lines } = record(script, { under: ["unshare", "--mount", ...strace] });
    expect(status).toBe(0);
    expect(shown(lines).filter((line) => line.startsWith("file"))).toEqual([
      ...[
        "file 4: other",
        "file 5: other",
        "file 6: other",
        "file 7: other",
        "file 8: other",
        "file 9: other",
      ],
    ]);
    // The program, and the helper that reads its memory; of the root its number.
    const calls = readFileSync(file("log"), "utf8")
      .trim()
      .split("\n")
      .map((row) => row.split("(")[0]);
    expect(calls).toEqual(["clone", "clone", "statx"]);
  });
});
