// SPDX-License-Identifier: MIT
import { NotModelledError } from "@bpf-token/syscall";
import { Errno, type Mem } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { compare, parseScenario, run, type Trace } from "../src/index.ts";
import { type Answerer, FakeKernel, type FakeOptions } from "./fake-kernel.ts";

function play(steps: string, options: FakeOptions = {}, header = ""): Trace {
  return run(new FakeKernel(options), parseScenario(`name: x\n${header}steps:\n${steps}`));
}

/** The messages of a comparison of two kernels. */
function diverge(steps: string, a: FakeOptions, b: FakeOptions, header = ""): readonly string[] {
  const one = play(steps, { backend: "model", ...a }, header);
  const two = play(steps, { backend: "native", ...b }, header);
  return compare(one, two).map((d) => d.message);
}

const errno =
  (name: string, value: number): Answerer =>
  (call) =>
    call.name === name ? value : undefined;

test("equal runs have no differences, even with other process ids", () => {
  const steps =
    "  - fork: app\n    as: pid\n  - getpid:\n    as: own\n  - by: app\n    fsopen: bpf";
  expect(diverge(steps, {}, { firstPid: 4000, release: "6.18.44" })).toEqual([]);
});

test("compares return values and errnos", () => {
  expect(diverge("  - fsopen: bpf", { answer: errno("fsopen", -Errno.EPERM) }, {})).toEqual([
    'step 1 (line 3), main: fsopen("bpf", 0): model EPERM, native 3',
  ]);
  expect(diverge("  - umask: 0", { answer: errno("umask", 18) }, {})).toEqual([
    "step 1 (line 3), main: umask(0): model 18, native 0",
  ]);
});

test("consequences of a difference are not reported", () => {
  const steps = `
  - fork: app
  - by: app
    bpffs: { for: main, cmds: any }
    as: root
  - close: $root
  - umask: 0`;
  const messages = diverge(steps, { answer: errno("fsconfig", -Errno.EPERM) }, {});
  expect(messages).toEqual([
    'step 2 (line 5), app: fsconfig(3, FSCONFIG_SET_STRING, "delegate_cmds", "any", 0): model EPERM, native 0',
  ]);
});

test("file descriptors are compared by number, or renamed", () => {
  const steps = "  - fsopen: a\n    as: a\n  - fsopen: b\n  - close: $a";
  let next = 10;
  const high: FakeOptions = { answer: ({ name }) => (name === "fsopen" ? next++ : 0) };
  const a = play(steps, { backend: "model" });
  const b = play(steps, { backend: "native", ...high });
  expect(compare(a, b).map((d) => [d.what, d.a, d.b])).toEqual([
    ["result", "3", "10"],
    ["result", "4", "11"],
  ]);
  expect(compare(a, b, { fds: "renamed" })).toEqual([]);
});

test("a call that one backend does not model is a separate kind of difference", () => {
  const missing: FakeOptions["answer"] = ({ name }) => {
    if (name === "umask") throw new NotModelledError("model", "umask");
    return undefined;
  };
  expect(diverge("  - umask: 0\n  - getpid:", { answer: missing }, {})).toEqual([
    "step 1 (line 3), main: umask(0): outcome: model not-modelled (not modelled by the model backend: umask), native answered",
  ]);
});

const fdinfo = (ino: number, mount: number, cmds = "any") => ({
  files: { "/x": `pos:\t0\nflags:\t02\nmnt_id:\t${mount}\nino:\t${ino}\nallowed_cmds:\t${cmds}\n` },
});

test("texts: machine-specific numbers are renamed, the rest is compared", () => {
  const steps = "  - read_file: /x";
  expect(diverge(steps, fdinfo(7, 1), fdinfo(12345, 99))).toEqual([]);
  expect(diverge(steps, fdinfo(7, 1), fdinfo(7, 1, "0x1"))).toEqual([
    'step 1 (line 3), main: read(3, [4096 zero bytes], 4096): text: model "allowed_cmds:\\tany", native "allowed_cmds:\\t0x1"',
  ]);
});

test("the same inode and another one are distinguished", () => {
  const twice = "  - read_file: /x\n  - read_file: /y";
  const same = { files: { "/x": "ino:\t5\n", "/y": "ino:\t5\n" } };
  const other = { files: { "/x": "ino:\t8\n", "/y": "ino:\t9\n" } };
  expect(diverge(twice, same, same)).toEqual([]);
  expect(diverge(twice, same, other)).toEqual([
    'step 2 (line 4), main: read(3, [4096 zero bytes], 4096): text: model "ino: inode 1", native "ino: inode 2"',
  ]);
});

test("mount tables: only bpffs lines are compared, in any number of reads", () => {
  const steps = "  - read_file: /proc/self/mounts\n  - read_file: /proc/self/mountinfo";
  const own = "none /sys/fs/bpf bpf rw,delegate_cmds=any 0 0\n";
  const small = {
    "/proc/self/mounts": `rootfs / rootfs rw 0 0\n${own}`,
    "/proc/self/mountinfo":
      "31 1 0:5 / / rw - rootfs rootfs rw\n40 31 0:40 / /b rw - bpf none rw\n",
  };
  const large = {
    "/proc/self/mounts": `${"tmpfs /a tmpfs rw 0 0\n".repeat(500)}${own}`,
    "/proc/self/mountinfo": "900 80 0:77 / /b rw - bpf none rw\n",
  };
  expect(diverge(steps, { files: small }, { files: large })).toEqual([]);
});

/** fstat that returns inode, device, size and a time. */
const stat = (ino: number, size: number): FakeOptions => ({
  answer: ({ name, args }) => {
    if (name !== "fstat") return undefined;
    const view = new DataView((args[1] as Uint8Array).buffer);
    view.setBigUint64(0, BigInt(ino * 3), true);
    view.setBigUint64(8, BigInt(ino), true);
    view.setBigUint64(48, BigInt(size), true);
    view.setBigUint64(72, BigInt(ino), true);
    return 0;
  },
});

test("memory by field: inodes are renamed, times ignored, the rest compared", () => {
  const steps = "  - fstat: { fd: 0, statbuf: { struct: stat } }";
  expect(diverge(steps, stat(5, 1), stat(77, 1))).toEqual([]);
  const [message] = diverge(steps, stat(5, 1), stat(77, 2));
  expect(message).toMatch(/memory: model statbuf: .*st_size=1.*native statbuf: .*st_size=2/);
});

test("verifier logs are not compared", () => {
  const steps = "  - bpf: PROG_LOAD\n    attr: { insns: return_0, log_buf: { zero: 4 } }";
  const logging: FakeOptions = {
    answer: ({ args }) => {
      const { pointers } = args[1] as Mem;
      const log = pointers?.find((p) => p.offset === 32)?.to;
      if (log instanceof Uint8Array) log.fill(65);
      return 3;
    },
  };
  expect(diverge(steps, logging, { answer: () => 3 })).toEqual([]);
});

test("reports skipped runs and runs of different scenarios", () => {
  const header = 'needs: { since: "6.17" }\n';
  const old = { release: "6.12" };
  expect(diverge("  - getpid:", {}, old, header)).toEqual([
    "native skipped it: needs Linux 6.17 or later, this is 6.12",
  ]);
  expect(diverge("  - getpid:", old, old, header)).toEqual([]);
  const a = play("  - getpid:");
  expect(compare(a, { ...a, scenario: "y" }).map((d) => d.message)).toEqual([
    "not the same scenario: 'x' and 'y'",
  ]);
});

test("a step that one kernel skips is not compared, later steps are", () => {
  const steps = '  - needs: { since: "6.17" }\n    umask: 0\n  - getpid:\n  - umask: 1';
  const old: FakeOptions = { release: "6.12", answer: errno("umask", -Errno.EPERM) };
  expect(diverge(steps, {}, old)).toEqual([
    "step 3 (line 6), main: umask(1): model 0, native EPERM",
  ]);
});

test("reports a run that ended early", () => {
  const a = play("  - getpid:\n  - umask: 0", { backend: "model" });
  const b = { ...a, backend: "native", events: a.events.slice(0, 1) };
  expect(compare(a, b).map((d) => [d.what, d.a, d.b])).toEqual([["shape", "umask(0)", "nothing"]]);
});

test("shorthands: compares only the deciding call, not file descriptors and cleanup", () => {
  const steps = "  - write_file: { path: /x, text: abc }";
  expect(diverge(steps, {}, { answer: errno("write", -Errno.EPERM) })).toEqual([
    'step 1 (line 3), main: write(3, "abc", 3): model 3, native EPERM',
  ]);
});

test("two runs of one backend are named by their releases", () => {
  const a = play("  - umask: 0", { release: "6.12" });
  const b = play("  - umask: 0", { release: "6.18", answer: errno("umask", 1) });
  expect(compare(a, b)[0]?.message).toBe(
    "step 1 (line 3), main: umask(0): fake 6.12 0, fake 6.18 1",
  );
});
