// SPDX-License-Identifier: MIT
import { CLONE, Errno, O, type SyscallArg } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { parseScenario, run } from "../src/index.ts";
import { FakeKernel, type FakeOptions } from "./fake-kernel.ts";

function play(steps: string, options: FakeOptions = {}) {
  const kernel = new FakeKernel(options);
  const trace = run(kernel, parseScenario(`name: x\ntasks: [host, app]\nsteps:\n${steps}`));
  const calls = trace.events.map((event) => [event.task, event.text, event.errno ?? event.result]);
  return { kernel, trace, calls, last: trace.events.findLast((event) => event.verdict) };
}

const text = (arg: SyscallArg | undefined) => new TextDecoder().decode(arg as Uint8Array);

test("read_file reads until the end, in pieces, and closes", () => {
  const long = "äöü\n".repeat(2000);
  const { trace, kernel, last } = play(
    "  - read_file: /x\n    as: n\n    expect: { contains: 'ü' }",
    {
      files: { "/x": long },
    },
  );
  expect(trace.events.map((event) => event.call)).toEqual([
    "openat",
    ...["read", "read", "read", "read", "read"],
    "close",
  ]);
  expect(trace.events.every((event) => event.part === "read_file")).toBe(true);
  expect([last?.output, last?.outputOf, last?.answer]).toEqual([long, "/x", 14000]);
  expect(last?.call).toBe("read");
  expect(trace.outcome).toBe("passed");
  expect(kernel.tasks[1]?.fds.size).toBe(0);
});

test("write_file writes once, and closes even after a refused write", () => {
  const answer: FakeOptions["answer"] = ({ name }) => (name === "write" ? -Errno.EPERM : undefined);
  const { calls, last, kernel } = play(
    "  - write_file: { path: /proc/self/setgroups, text: deny }\n    expect: EPERM",
    { answer },
  );
  expect(calls).toEqual([
    ["host", 'openat(AT_FDCWD, "/proc/self/setgroups", O_WRONLY|O_CLOEXEC, 0)', 3],
    ["host", 'write(3, "deny", 4)', "EPERM"],
    ["host", "close(3)", 0],
  ]);
  expect(last?.call).toBe("write");
  expect(last?.verdict?.met).toBe(true);
  expect(text(kernel.callsOf("write")[0]?.[1])).toBe("deny");
});

test("id_maps writes the given maps, of the task or of another one", () => {
  const { calls } = play(`
  - fork: app
  - id_maps: { of: app, gid: [[0, 1000, 1], [1, 2000, 5]], uid: [0, 1000, 1] }
  - id_maps: { setgroups: deny }
`);
  expect(calls.filter(([, call]) => /^(openat|write)/.test(String(call)))).toEqual([
    ["host", 'openat(AT_FDCWD, "/proc/3/uid_map", O_WRONLY|O_CLOEXEC, 0)', 3],
    ["host", 'write(3, "0 1000 1\\n", 9)', 9],
    ["host", 'openat(AT_FDCWD, "/proc/3/gid_map", O_WRONLY|O_CLOEXEC, 0)', 3],
    ["host", 'write(3, "0 1000 1\\n1 2000 5\\n", 18)', 18],
    ["host", 'openat(AT_FDCWD, "/proc/self/setgroups", O_WRONLY|O_CLOEXEC, 0)', 3],
    ["host", 'write(3, "deny", 4)', 4],
  ]);
});

test("container makes unshare and writes the maps; a refusal ends it", () => {
  const { calls, kernel } = play("  - container: { uid: 1000 }");
  expect(kernel.callsOf("unshare")).toEqual([[CLONE.NEWUSER | CLONE.NEWNS]]);
  expect(calls.filter(([, call]) => String(call).startsWith("write"))).toEqual([
    ["host", 'write(3, "deny", 4)', 4],
    ["host", 'write(3, "0 1000 1\\n", 9)', 9],
    ["host", 'write(3, "0 0 1\\n", 6)', 6],
  ]);
  const refused = play("  - container:\n    expect: EPERM", {
    answer: ({ name }) => (name === "unshare" ? -Errno.EPERM : undefined),
  });
  expect(refused.calls).toEqual([["host", "unshare(CLONE_NEWUSER|CLONE_NEWNS)", "EPERM"]]);
  expect(refused.trace.outcome).toBe("passed");
});

/** Creates a task with these sets: effective, permitted, inheritable. */
function withSets(sets: readonly bigint[]): FakeOptions {
  return {
    answer: ({ name, args }) => {
      if (name !== "capget") return undefined;
      const view = new DataView((args[1] as Uint8Array).buffer);
      sets.forEach((set, i) => {
        view.setUint32(i * 4, Number(set & 0xffff_ffffn), true);
        view.setUint32(i * 4 + 12, Number(set >> 32n), true);
      });
      return 0;
    },
  };
}

const full = (1n << 41n) - 1n;
const bit = (n: number) => 1n << BigInt(n);

test.each([
  ["{ drop: [BPF, CAP_SYS_ADMIN] }", [full & ~bit(39) & ~bit(21), full, 0n]],
  ["{ drop: all }", [0n, full, 0n]],
  ["{ only: BPF }", [bit(39), full, 0n]],
  ["{ only: none, raise: [NET_ADMIN, BPF] }", [bit(12) | bit(39), full, 0n]],
  ["{ permitted: { drop: [BPF] }, drop: [BPF] }", [full & ~bit(39), full & ~bit(39), 0n]],
  ["{ inheritable: { only: all } }", [full, full, full]],
  ["{ effective: { only: [SETUID] } }", [bit(7), full, 0n]],
])("caps: %s", (change, expected) => {
  const { kernel, trace } = play(`  - caps: ${change}`, withSets([full, full, 0n]));
  const data = kernel.callsOf("capset")[0]?.[1] as Uint8Array;
  const view = new DataView(data.buffer, data.byteOffset);
  const set = (i: number) =>
    (BigInt(view.getUint32(i * 4 + 12, true)) << 32n) | BigInt(view.getUint32(i * 4, true));
  expect([set(0), set(1), set(2)]).toEqual(expected);
  const header = kernel.callsOf("capset")[0]?.[0] as Uint8Array;
  expect([...header]).toEqual([0x22, 0x05, 0x08, 0x20, 0, 0, 0, 0]);
  expect(trace.outcome).toBe("passed");
});

test("become sets the group first", () => {
  expect(play("  - become: { uid: 1000, gid: 100 }").calls).toEqual([
    ["host", "setresgid(100, 100, 100)", 0],
    ["host", "setresuid(1000, 1000, 1000)", 0],
  ]);
  expect(play("  - become: 7").calls).toEqual([
    ["host", "setresgid(7, 7, 7)", 0],
    ["host", "setresuid(7, 7, 7)", 0],
  ]);
});

test("delegate makes one fsconfig per mask, in the order of the kernel", () => {
  const { calls } = play(
    "  - delegate: { fs: 3, attachs: xdp, cmds: [map_create, prog_load], maps: any, progs: 0xffffffffffffffff }",
  );
  expect(calls.map(([, call]) => call)).toEqual([
    'fsconfig(3, FSCONFIG_SET_STRING, "delegate_cmds", "map_create:prog_load", 0)',
    'fsconfig(3, FSCONFIG_SET_STRING, "delegate_maps", "any", 0)',
    'fsconfig(3, FSCONFIG_SET_STRING, "delegate_progs", "0xffffffffffffffff", 0)',
    'fsconfig(3, FSCONFIG_SET_STRING, "delegate_attachs", "xdp", 0)',
  ]);
});

test("a list of delegate has the shape of a delegation: names with prefix, numbers of bits", () => {
  const { calls } = play(
    "  - delegate: { fs: 3, cmds: [BPF_MAP_CREATE, Prog_Load], maps: [bpf_map_type_hash, 2, 27], progs: [BPF_PROG_TYPE_XDPP], attachs: [] }",
  );
  expect(calls.map(([, call]) => call)).toEqual([
    'fsconfig(3, FSCONFIG_SET_STRING, "delegate_cmds", "MAP_CREATE:Prog_Load", 0)',
    'fsconfig(3, FSCONFIG_SET_STRING, "delegate_maps", "0x8000004:hash", 0)',
    // The kernel refuses an unknown name; the test wants its answer.
    'fsconfig(3, FSCONFIG_SET_STRING, "delegate_progs", "BPF_PROG_TYPE_XDPP", 0)',
    'fsconfig(3, FSCONFIG_SET_STRING, "delegate_attachs", "", 0)',
  ]);
});

test("bpffs runs the canonical setup, and keeps only the root open", () => {
  const { calls, kernel, last } = play(`
  - fork: app
  - bpffs: { for: app, cmds: map_create }
    as: bpffs
  - by: app
    bpf: TOKEN_CREATE
    attr: { bpffs_fd: $bpffs }
`);
  expect(calls.slice(1)).toEqual([
    ["app", 'fsopen("bpf", FSOPEN_CLOEXEC)', 3],
    ["app", "send(3, host)", 3],
    ["host", 'fsconfig(3, FSCONFIG_SET_STRING, "delegate_cmds", "map_create", 0)', 0],
    ["host", "fsconfig(3, FSCONFIG_CMD_CREATE, NULL, NULL, 0)", 0],
    ["host", "fsmount(3, FSMOUNT_CLOEXEC, 0)", 4],
    ["host", "send(4, app)", 4],
    ["app", 'openat(4, ".", O_RDONLY|O_DIRECTORY|O_CLOEXEC, 0)', 5],
    ["app", "close(4)", 0],
    ["host", "close(4)", 0],
    ["host", "close(3)", 0],
    ["app", "close(3)", 0],
    ["app", "bpf(BPF_TOKEN_CREATE, {bpffs_fd: 5}, 168)", 0],
  ]);
  expect(last?.call).toBe("bpf");
  expect(kernel.callsOf("openat")[0]?.[2]).toBe(O.DIRECTORY | O.CLOEXEC);
});

test("bpffs closes its file descriptors if a call is refused", () => {
  const { calls, trace } = play(
    "  - fork: app\n  - bpffs: { for: app, cmds: any }\n    expect: EPERM",
    { answer: ({ name }) => (name === "fsconfig" ? -Errno.EPERM : undefined) },
  );
  expect(calls.slice(3)).toEqual([
    ["host", 'fsconfig(3, FSCONFIG_SET_STRING, "delegate_cmds", "any", 0)', "EPERM"],
    ["host", "close(3)", 0],
    ["app", "close(3)", 0],
  ]);
  expect(trace.outcome).toBe("passed");
});

test("bpffs for the same task sends nothing", () => {
  const { calls } = play("  - bpffs: { for: host, maps: hash }");
  expect(calls.some(([, call]) => String(call).startsWith("send"))).toBe(false);
});
