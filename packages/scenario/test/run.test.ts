// SPDX-License-Identifier: MIT
import { KernelLostError, NotModelledError, SafetyError } from "@bpf-token/syscall";
import { BAD_ADDRESS, CLONE, Errno, FSOPEN, O } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { parseScenario, run, type TraceEvent } from "../src/index.ts";
import { FakeKernel, type FakeOptions } from "./fake-kernel.ts";
import { play } from "./play.ts";

const brief = (event: TraceEvent | undefined) => [
  event?.task,
  event?.text,
  event?.errno ?? event?.result,
];

test("plain calls: names become numbers, references become answers", () => {
  const { kernel, events, outcome } = play(`
  - unshare: [NEWUSER, CLONE_NEWNS]
  - fsopen: { fs_name: bpf, flags: CLOEXEC }
    as: ctx
  - fsconfig: { fs_fd: $ctx, cmd: SET_STRING, key: delegate_cmds, value: any }
  - openat: { dirfd: FDCWD, filename: "x\${ctx}$$y", flags: [RDWR, 0x80000] }
  - close: $ctx
  - fsconfig: { key: bad_address, value: { text: abc } }
`);
  expect(outcome).toBe("passed");
  expect(kernel.calls.map(({ name, args }) => [name, ...args])).toEqual([
    ["unshare", CLONE.NEWUSER | CLONE.NEWNS],
    ["fsopen", "bpf", FSOPEN.CLOEXEC],
    ["fsconfig", 3, 1, "delegate_cmds", "any", 0],
    ["openat", -100, "x3$y", O.RDWR | O.CLOEXEC, 0],
    ["close", 3],
    ["fsconfig", 0, 0, BAD_ADDRESS, new TextEncoder().encode("abc"), 0],
  ]);
  expect(events.map((event) => event.text)).toEqual([
    "unshare(CLONE_NEWUSER|CLONE_NEWNS)",
    'fsopen("bpf", FSOPEN_CLOEXEC)',
    'fsconfig(3, FSCONFIG_SET_STRING, "delegate_cmds", "any", 0)',
    'openat(AT_FDCWD, "x3$y", O_RDWR|0x80000, 0)',
    "close(3)",
    'fsconfig(0, FSCONFIG_SET_FLAG, BAD_ADDRESS, "abc" without NUL, 0)',
  ]);
  expect(events.map((event) => [event.index, event.step, event.line])).toEqual([
    [0, 0, 4],
    [1, 1, 5],
    [2, 2, 7],
    [3, 3, 8],
    [4, 4, 9],
    [5, 5, 10],
  ]);
});

test("tasks: fork, send, wait, namespaces; no task is left running", () => {
  const { kernel, events, outcome } = play(
    `
  - fork: app
    as: pid
  - by: app
    fsopen: bpf
    as: ctx
  - by: app
    send: { fd: $ctx, to: host }
    as: here
  - close: $here
  - open_namespace: { kind: user, of: app }
  - read_file: /proc/\${app.pid}/status
    expect: ENOENT
  - by: app
    exit: 7
  - wait: app
    expect: 7
  - by: app
    exec:
    expect: ok
`,
    {},
    "tasks: [host, app]\n",
  );
  expect(outcome).toBe("failed");
  expect(events.map(brief)).toEqual([
    ["host", "fork(app)", 3],
    ["app", 'fsopen("bpf", 0)', 3],
    ["app", "send(3, host)", 3],
    ["host", "close(3)", 0],
    ["host", "open_namespace(user, app)", 3],
    ["host", 'openat(AT_FDCWD, "/proc/3/status", O_RDONLY|O_CLOEXEC, 0)', "ENOENT"],
    ["app", "exit(7)", 0],
    ["host", "wait(app)", 7],
    ["app", "exec", undefined],
  ]);
  const last = events.at(-1);
  expect([last?.outcome, last?.reason]).toEqual(["blocked", "task app has exited"]);
  expect(last?.verdict).toEqual({ expected: "ok", met: false, why: "task app has exited" });
  expect(kernel.left()).toEqual([]);
  expect([...kernel.init.fds]).toEqual([0, 1, 2]);
});

test("a call that needs a refused answer is not made", () => {
  const answer: FakeOptions["answer"] = ({ name }) =>
    name === "fsopen" ? -Errno.EPERM : undefined;
  const { kernel, events, outcome } = play(
    `
  - fsopen: bpf
    as: ctx
    expect: EPERM
  - close: $ctx
  - umask: 0
`,
    { answer },
  );
  expect(outcome).toBe("failed");
  expect(events[0]?.verdict).toEqual({ expected: "EPERM", met: true });
  expect(events[1]?.verdict?.why).toBe("needs $ctx, which step 1 did not produce");
  expect(kernel.callsOf("close")).toEqual([]);
  expect(kernel.callsOf("umask")).toEqual([[0]]);
});

test("an unmodelled call is not a refusal, and dependent steps are unknown", () => {
  const answer: FakeOptions["answer"] = ({ name }) => {
    if (name === "memfd_create") throw new NotModelledError("fake", "memfd_create");
    if (name === "chroot") throw new SafetyError("no chroot here");
    return undefined;
  };
  const { events, outcome, reason } = play(
    `
  - memfd_create: x
    as: fd
  - close: $fd
  - chroot: /
  - umask: 0
`,
    { answer },
  );
  expect(outcome).toBe("unknown");
  expect(reason).toBe("step 1: not modelled by the fake backend: memfd_create");
  expect(events.map((event) => [event.outcome, event.verdict])).toEqual([
    ["not-modelled", undefined],
    ["blocked", undefined],
    ["kept-away", undefined],
    ["answered", { expected: "ok", met: true }],
  ]);
});

test("a lost kernel ends the run, and the trace is complete", () => {
  const answer: FakeOptions["answer"] = ({ name }) => {
    if (name === "umask") throw new KernelLostError("the executor was killed\nby hand");
    return undefined;
  };
  const { events, outcome, reason, kernel } = play("  - getpid:\n  - umask: 0\n  - getpid:", {
    answer,
  });
  expect([outcome, reason]).toEqual([
    "unknown",
    "step 2: kernel lost: the executor was killed by hand",
  ]);
  expect(events.map((event) => event.outcome)).toEqual(["answered", "lost"]);
  expect(kernel.left()).toEqual([]);
});

test("a kernel is lost in the middle of a shorthand", () => {
  const answer: FakeOptions["answer"] = ({ name }) => {
    if (name === "read") throw new KernelLostError("gone");
    return undefined;
  };
  const { events } = play("  - read_file: /x", { answer, files: { "/x": "text" } });
  expect(events.map((event) => [event.call, event.outcome])).toEqual([
    ["openat", "answered"],
    ["read", "lost"],
  ]);
});

test("an invalid scenario of a program causes an event", () => {
  const kernel = new FakeKernel();
  const step = { by: "main", call: "close", args: { fd: "nonsense" } };
  const bad = { ...step, call: "no_such_call", args: {} };
  const nobody = { by: "nobody", call: "exec", args: {} };
  const trace = run(kernel, {
    name: "x",
    rules: [],
    tasks: [{ name: "main" }],
    steps: [step, bad, nobody],
  });
  expect(trace.outcome).toBe("failed");
  expect(trace.events.map((event) => [event.outcome, event.reason])).toEqual([
    ["misuse", "'nonsense' is not a number"],
    ["misuse", "no system call 'no_such_call'"],
    ["blocked", "needs task nobody"],
  ]);
  expect(kernel.left()).toEqual([]);
});

test("memory: later steps and the trace have what a call wrote", () => {
  const answer: FakeOptions["answer"] = ({ name, args }) => {
    if (name !== "pipe2") return undefined;
    new Uint32Array((args[0] as Uint8Array).buffer).set([5, 6]);
    return 0;
  };
  const { kernel, events } = play(
    `
  - pipe2: { fildes: { zero: 8 }, flags: CLOEXEC }
    as: p
    expect: { out: { fildes: { u32: [5, 6] } } }
  - close: $p.fildes[1]
  - close: $p.fildes[2]
`,
    { answer },
  );
  expect(events[0]?.memory).toEqual([{ name: "fildes", hex: "0500000006000000" }]);
  expect(events[0]?.verdict?.met).toBe(true);
  expect(kernel.callsOf("close")).toEqual([[6]]);
  expect(events[2]?.reason).toBe("needs $p.fildes[2], which does not exist");
});

test("onStep receives every complete event once; run rethrows its error and ends all tasks", () => {
  const kernel = new FakeKernel({ files: { "/x": "text" } });
  const scenario = parseScenario("name: x\nsteps:\n  - read_file: /x\n  - getpid:");
  const heard: TraceEvent[] = [];
  const trace = run(kernel, scenario, { onStep: (event) => heard.push(event) });
  expect(heard).toEqual(trace.events);
  expect(JSON.parse(JSON.stringify(trace))).toEqual(trace);
  expect(() =>
    run(kernel, scenario, {
      onStep: () => {
        throw new Error("enough");
      },
    }),
  ).toThrow("enough");
  expect(kernel.left()).toEqual([]);
});
