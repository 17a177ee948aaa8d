// SPDX-License-Identifier: MIT
// Every system call of the hook, with its flags: their order and their flags are what keeps it safe.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeNative } from "../native.ts";
import { callsIn, hasStrace, rawOptions } from "../system-calls.ts";
import { FakeContainer, hook } from "./container.ts";

/** A file: the configuration, the state of the container on standard input, and config.json of its bundle. */
const readFile = (fd: number, map: string): readonly string[] => [
  `mmap 0 ${map} 0x3 0x4022 0xffffffffffffffff 0 = ptr`,
  ...["ppoll ptr 0x1 ptr 0 0 = 0x1", `read ${fd === 0 ? 0 : `0x${fd}`}`],
  ...["ppoll ptr 0x1 ptr 0 0 = 0x1", `read ${fd === 0 ? 0 : `0x${fd}`}`],
];
const open = (flags: string, fd: string): string =>
  `openat 0xffffffffffffff9c ptr ${flags} 0 = ${fd}`;
const map = ["openat 0x4 ptr 0x80000 0 = 0x5", "read 0x5", "read 0x5", "close 0x5 = 0"];

const hookCalls = [
  // The configuration: O_NONBLOCK | O_CLOEXEC.
  ...[open("0x80800", "0x3"), "statx 0x3 ptr 0x1000 0x7ff ptr = 0", ...readFile(3, "ptr")],
  ...["mmap 0 0x140 0x3 0x22 0xffffffffffffffff 0 = ptr", "close 0x3 = 0"],
  // The state.
  ...[...readFile(0, "0x100001"), "mmap 0 0x1a4 0x3 0x22 0xffffffffffffffff 0 = ptr"],
  // config.json.
  ...[open("0x80800", "0x3"), ...readFile(3, "ptr")],
  ...["mmap 0 0x168 0x3 0x22 0xffffffffffffffff 0 = ptr", "close 0x3 = 0"],
  // The process of the container and its namespaces.
  "pidfd_open pid 0 = 0x3",
  ...Array.from({ length: 4 }, () => "statx 0xffffffffffffff9c ptr 0 0x100 ptr = 0"),
  ...[open("0x90000", "0x4"), ...map, ...map],
  // Its root: O_PATH | O_DIRECTORY | O_CLOEXEC.
  ...["openat 0x4 ptr 0x290000 0 = 0x5", "openat2 0x5 ptr ptr 0x18 = 0x6"],
  // fs.suid_dumpable.
  ...[open("0x80000", "0x7"), "read 0x7", "close 0x7 = 0"],
  // The child, and a time limit for its answers.
  ...["socketpair 0x1 0x80005 0 ptr = 0", "setsockopt 0x7 0x1 0x42 ptr 0x10 = 0"],
  ...["clone 0x11 0 0 0 0 = pid", "close 0x8 = 0"],
  // The context with MSG_CMSG_CLOEXEC; a wrong mask, four masks, and the superblock.
  ...["recvmsg 0x7 ptr 0x40000000 = 0x8", "fsconfig 0x8 0x1 ptr ptr 0 = -1"],
  ...Array.from({ length: 4 }, () => "fsconfig 0x8 0x1 ptr ptr 0 = 0"),
  "fsconfig 0x8 0x6 0 0 0 = 0",
  // Go, with MSG_NOSIGNAL.
  ...["sendto 0x7 ptr 0x8 0x4000 0 0 = 0x8", "recvmsg 0x7 ptr 0x40000000 = 0x8"],
  ...["close 0x7 = 0", "kill pid 0x9 = 0", "wait4 pid 0 0 0 = pid"],
];

const missing = "openat2 0x2 ptr ptr 0x18 = -1";
const created = ["openat2 0x2 ptr ptr 0x18 = 0x3", "mkdirat 0x3 ptr 0x1ed = 0", "close 0x3 = 0"];

const childCalls = [
  // PR_SET_PDEATHSIG.
  "prctl 0x1 0x9 0 0 0 = 0",
  // Three file descriptors stay: F_DUPFD_CLOEXEC, O_CLOEXEC.
  ...["fcntl 0x8 0x406 0x40 = 0x40", "fcntl 0x3 0x406 0x40 = 0x41", "fcntl 0x6 0x406 0x40 = 0x42"],
  ...["dup3 0x40 0 0x80000 = 0", "dup3 0x41 0x1 0x80000 = 0x1", "dup3 0x42 0x2 0x80000 = 0x2"],
  "close_range 0x3 0xffffffff 0 = 0",
  ...[open("0x80000", "0x3"), "read 0x3", "close 0x3 = 0"],
  // PR_SET_DUMPABLE before anything else; PR_SET_KEEPCAPS only for the change of ids.
  ...["prctl 0x4 0 0 0 0 = 0", "setgroups 0 0 = 0", "setresgid 0 0 0 = 0"],
  ...["prctl 0x8 0x1 0 0 0 = 0", "setresuid 0 0 0 = 0", "prctl 0x4 0 0 0 0 = 0"],
  ...["capget ptr ptr = 0", "capset ptr ptr = 0"],
  // CLONE_NEWUSER | CLONE_NEWNS; then PR_SET_DUMPABLE, PR_GET_DUMPABLE and PR_SET_PDEATHSIG.
  ...["setns 0x1 0x10020000 = 0", "prctl 0x4 0 0 0 0 = 0", "prctl 0x3 0 0 0 0 = 0"],
  "prctl 0x1 0x9 0 0 0 = 0",
  // /sys, /sys/fs and /sys/fs/bpf.
  ...[missing, missing, ...created, missing, ...created, missing, ...created],
  "openat2 0x2 ptr ptr 0x18 = 0x3",
  // The mount: nosuid, nodev, noexec.
  ...["fsopen ptr 0x1 = 0x4", "fsconfig 0x4 0x1 ptr ptr 0 = 0", "fsconfig 0x4 0x1 ptr ptr 0 = 0"],
  ...["sendmsg 0 ptr 0 = 0x8", "read 0", "fsmount 0x4 0x1 0xe = 0x5"],
  ...["move_mount 0x5 ptr 0x3 ptr 0x44 = 0", "openat2 0x2 ptr ptr 0x18 = 0x6"],
  ...["fstatfs 0x6 ptr = 0", "write 0 ptr 0x8 = 0x8"],
];

describeNative("bpf-token-hook", () => {
  let box: FakeContainer;
  beforeEach(async () => {
    box = await FakeContainer.start();
  });
  afterEach(() => box.remove());

  test("makes these system calls to mount a delegated BPF filesystem", (context) => {
    if (!hasStrace) return context.skip("strace cannot trace here");
    if (process.arch !== "x64") return context.skip("the list has the calls of x86-64");
    const log = join(box.folder, "log");
    const words = [...rawOptions, "-o", log, hook, "--config", box.config];
    const { status } = spawnSync("strace", words, { input: JSON.stringify(box.state()) });
    expect(status).toBe(0);
    expect(callsIn(readFileSync(log, "utf8"), [box.pid])).toEqual([hookCalls, childCalls]);
  });
});
