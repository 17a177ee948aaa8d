// SPDX-License-Identifier: MIT
import type { ObjectSpec } from "@bpf-token/object";
import { attrLayout, BpfCmd, type BpfCmdName } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { diagnose, type Facts, ProcessObserver, type TraceEvent } from "../src/index.ts";
import { bpffs, container, withCapabilities } from "./facts.ts";

/** The fdinfo of a token. */
const tokenInfo = (cmds: string, maps: string, progs = "0x0", attachs = "0x0"): string =>
  `allowed_cmds:\t${cmds}\nallowed_maps:\t${maps}\nallowed_progs:\t${progs}\nallowed_attachs:\t${attachs}\n`;

const EPERM = -1;
const EOPNOTSUPP = -95;
const TOKEN_FD = 0x10000;
const ALL = "ffffffffff";

const bpf = (pid: number, cmd: BpfCmdName, attr: object, result: number): TraceEvent => {
  const memory = attrLayout(cmd, "6.18").encode(attr);
  const args = [BpfCmd[cmd], memory, memory.bytes.length];
  return { type: "call", pid, name: "bpf", args, result } as TraceEvent;
};
const map = (pid: number, result: number, more: object = {}): TraceEvent =>
  bpf(
    pid,
    "MAP_CREATE",
    { map_type: 1, key_size: 4, value_size: 4, max_entries: 1, ...more },
    result,
  );
const state = (facts: Facts): TraceEvent => ({
  type: "process",
  pid: facts.pid,
  facts,
});
const process = (pid: number, more: Partial<Facts> = {}): Facts =>
  withCapabilities("0", { pid, ...more });

function observe(...events: readonly TraceEvent[]) {
  const observer = new ProcessObserver();
  for (const event of events) observer.add(event);
  return observer.end();
}

/** What doctor says about the first process of a recorded run. */
function verdict(...events: readonly TraceEvent[]) {
  const [observed] = observe(...events);
  if (observed === undefined) throw new Error("no process was observed");
  return diagnose(observed.facts, { observed });
}

const initial = {
  userns: { inode: 4026531837, initial: true },
  bpffs: [{ ...bpffs, onHost: true }],
};

const pids = (observed: ReturnType<typeof observe>) => observed.map(({ facts }) => facts.pid);

describe("the processes that are judged", () => {
  test("are those whose calls were refused, in the state of that moment and in that order", () => {
    const observed = observe(
      state(process(1)),
      state(container({ pid: 2, program: "early" })),
      state(process(3, { uid: 1000 })),
      state(process(2, { program: "late" })),
      map(2, EPERM),
      state(process(2, { program: "later" })),
      map(3, EPERM),
    );
    expect(observed).toMatchObject([
      { facts: { pid: 2, program: "late" }, calls: 1, alike: 0 },
      { facts: { pid: 3 }, calls: 1, alike: 0 },
    ]);
    expect(observed[0]?.refused.map(({ id, pid }) => [id, pid])).toEqual([
      ["map.create.sysctl", 2],
    ]);
  });

  test("are counted if an earlier one had the same credentials, calls and answers", () => {
    const observed = observe(
      ...[1, 2, 3, 4].map((pid) => state(process(pid))),
      ...[1, 2, 3].map((pid) => map(pid, EPERM)),
      bpf(4, "PROG_GET_NEXT_ID", {}, EPERM),
    );
    expect(observed).toMatchObject([
      { facts: { pid: 1 }, alike: 2 },
      { facts: { pid: 4 }, alike: 0 },
    ]);
    const [first] = observed;
    if (first === undefined) throw new Error("no process was observed");
    expect(diagnose(container(), { observed: first }).findings[0]?.evidence[1]).toBe(
      "2 more processes with these capabilities: the same",
    );
  });

  test("are not counted with an earlier one if another call of them was refused too", () => {
    const observed = observe(
      ...[1, 2, 3].map((pid) => state(process(pid))),
      ...[1, 2, 3].map((pid) => map(pid, EPERM)),
      bpf(2, "PROG_GET_NEXT_ID", {}, EPERM),
    );
    expect(observed).toMatchObject([
      { facts: { pid: 1 }, alike: 1, refused: [{}] },
      { facts: { pid: 2 }, alike: 0, refused: [{}, {}] },
    ]);
  });

  test("are counted in the evidence of the first cause only", () => {
    const calls = [1, 2].flatMap((pid) => [
      map(pid, EPERM),
      bpf(pid, "PROG_GET_NEXT_ID", {}, EPERM),
    ]);
    const { findings } = verdict(state(process(1)), state(process(2)), ...calls);
    const alike = findings
      .map(({ evidence }) => evidence.join())
      .filter((text) => text.startsWith("bpf("))
      .map((text) => text.includes("1 more process with"));
    expect(alike).toEqual([true, false]);
  });

  test.each([0, 5])("continue without a lookup, if they create descriptor %i later", (fd) => {
    const lookup = bpf(1, "PROG_GET_NEXT_ID", {}, EPERM);
    const severities = (...after: readonly TraceEvent[]) =>
      observe(state(process(1)), lookup, ...after)[0]?.refused.map(({ severity }) => severity);
    expect([severities(), severities(map(1, fd))]).toEqual([["error"], ["note"]]);
  });

  test.each([
    [
      6,
      "CapEff: 3f (CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID, CAP_KILL)",
    ],
    [7, "CapEff: 7f (7 capabilities)"],
    [0, "CapEff: 0 (none)"],
  ])("show at most six capabilities by name: %i", (count, text) => {
    const held = withCapabilities(((1n << BigInt(count)) - 1n).toString(16), { pid: 1 });
    const evidence = verdict(state(held), map(1, EPERM)).findings.flatMap((one) => one.evidence);
    expect(evidence).toContain(text);
  });

  test("are two if one process changes its credentials between its calls", () => {
    const observed = observe(
      state(process(1)),
      map(1, EPERM),
      state(process(1, { uid: 1000 })),
      map(1, EPERM),
    );
    expect(observed.map(({ facts }) => [facts.pid, facts.uid])).toEqual([
      [1, 0],
      [1, 1000],
    ]);
  });

  test("is the first that calls bpf() if nothing is refused, else the one executed last", () => {
    const free = { pid: 2, ...initial };
    const calls = observe(state(process(1)), state(withCapabilities(ALL, free)), map(2, 5));
    expect(calls).toMatchObject([{ facts: { pid: 2 }, refused: [], calls: 1, outdated: false }]);
    const idle = observe(state(process(1)), state(process(2)));
    expect([pids(idle), idle[0]?.calls]).toEqual([[2], 0]);
    expect(observe({ type: "exit", pid: 1 })).toEqual([]);
  });

  test("has an outdated state if it executed another program and made no call since", () => {
    const exec: TraceEvent = { type: "call", pid: 1, name: "execve", args: [], result: 0 };
    expect(observe(state(process(1)), exec)).toMatchObject([{ outdated: true }]);
    const helper = state(process(2));
    expect(observe(state(process(1)), helper, exec)).toMatchObject([{ outdated: true }]);
    expect(observe(state(process(1)), exec, helper)).toMatchObject([{ outdated: false }]);
    expect(observe(state(process(1)), exec, state(process(1)))).toMatchObject([
      { outdated: false },
    ]);
  });
});

describe("the verdict about a recorded run", () => {
  test("counts the refused calls, and gives each cause once with its first call", () => {
    const masks = { map_flags: TOKEN_FD, map_token_fd: 6 };
    const found = verdict(
      state(container()),
      {
        type: "file",
        pid: 4711,
        fd: 6,
        file: {
          kind: "token",
          fdinfo: tokenInfo("0x1", "0x4"),
        },
      },
      map(4711, EPERM, masks),
      map(4711, EPERM, masks),
    );
    expect(found.verdict).toBe("the kernel refused 2 calls of agent (pid 4711): 1 reason");
    expect(found).toMatchObject({ ok: false, calls: { made: 2, refused: 2 } });
    const [first, ...more] = found.findings;
    expect(first).toMatchObject({ id: "token.dropped.map", severity: "error" });
    expect(first?.evidence.slice(0, 2)).toEqual([
      expect.stringMatching(/^bpf\(BPF_MAP_CREATE.* = -1 EPERM$/),
      "1 more calls with this cause",
    ]);
    expect(more.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("says that a program creates no token, if it could use one", () => {
    const fixes = [container(), container(initial)].map((facts) =>
      verdict(state(facts), map(4711, EPERM)).findings[0]?.fix.join("; "),
    );
    expect(fixes[0]).toContain("the program creates no token: use a loader with token support");
    expect(fixes[1]).not.toContain("creates no token");
  });

  test("has no error if the kernel refused no call", () => {
    const found = verdict(state(process(4711, initial)), bpf(4711, "OBJ_GET", {}, 5));
    expect([found.ok, found.verdict]).toEqual([
      true,
      "the kernel refused no call of agent (pid 4711)",
    ]);
    expect(found.findings).toMatchObject([{ id: "token.create.init_ns", severity: "note" }]);
  });

  test("keeps the errors of objects that the process cannot load, also if no call was refused", () => {
    const events = [state(process(4711, { bpffs: [] })), bpf(4711, "OBJ_GET", {}, 5)];
    const [observed] = observe(...events);
    if (observed === undefined) throw new Error("no process was observed");
    const object = { maps: [], programs: [], functions: [], structOps: [], externs: [] };
    const objects = new Map([["a.bpf.o", object as unknown as ObjectSpec]]);
    expect(diagnose(observed.facts, { observed }).ok).toBe(true);
    expect(diagnose(observed.facts, { observed, objects })).toMatchObject({
      ok: false,
      findings: [{ id: "doctor.bpffs", severity: "error" }, { severity: "error" }],
    });
  });

  test.each([
    ["a note if the program then creates what it needs", [map(4711, 5)], "note"],
    ["an error if the program gives up", [], "error"],
  ] as const)("a refused look-up of an object by id is %s", (_, rest, severity) => {
    const lookup = bpf(4711, "BTF_GET_FD_BY_ID", { btf_id: 7 }, EPERM);
    const { findings } = verdict(state(container()), lookup, ...rest);
    expect(findings[0]).toMatchObject({ id: "btf.fd_by_id.capable", severity });
  });

  test.each([
    ["a note if the process makes more calls: it probes", [map(4711, 5)], "note"],
    ["an error if it ends there", [], "error"],
  ] as const)("a refused program of two instructions is %s", (_, rest, severity) => {
    const insns = new Uint8Array([0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
    const program = { prog_type: 6, insns, insn_cnt: 2, license: "GPL" };
    const { findings } = verdict(
      state(container()),
      bpf(4711, "PROG_LOAD", program, EPERM),
      ...rest,
    );
    const found = findings.find(({ id }) => id === "prog.load.sysctl");
    expect(found?.severity).toBe(severity);
  });

  test.each([
    ["a note if the load continues", [map(4711, 5)], "note"],
    ["an error if it ends there", [], "error"],
  ] as const)("a refused BTF_LOAD is %s", (_, rest, severity) => {
    const types = bpf(4711, "BTF_LOAD", { btf: new Uint8Array(24), btf_size: 24 }, EPERM);
    const { findings } = verdict(state(container()), types, ...rest);
    expect(findings[0]).toMatchObject({ id: "btf.load.capable", severity });
  });

  test("does not repeat that the initial user namespace has no tokens", () => {
    const { findings } = verdict(state(process(4711, initial)), map(4711, EPERM));
    expect(findings.map(({ id }) => id)).toEqual(["map.create.sysctl"]);
  });

  test.each([
    ["a note if the load then succeeds without it", [map(4711, 5)], "note", true],
    ["an error if the program gives up", [], "error", false],
  ] as const)("a refused token is %s", (_, rest, severity, ok) => {
    const opened: TraceEvent = {
      type: "file",
      pid: 4711,
      fd: 3,
      file: { kind: "bpffs", device: "0:40", root: true },
    };
    const token = bpf(4711, "TOKEN_CREATE", { bpffs_fd: 3 }, EOPNOTSUPP);
    const found = verdict(state(withCapabilities(ALL, initial)), opened, token, ...rest);
    expect(found.ok).toBe(ok);
    expect(found.findings[0]).toMatchObject({
      id: "token.create.init_ns",
      severity,
    });
  });

  const token: TraceEvent = {
    type: "file",
    pid: 4711,
    fd: 6,
    file: { kind: "token", fdinfo: tokenInfo("0x21", "0x4") },
  };
  const probe = (type: number, result: number): TraceEvent =>
    bpf(
      4711,
      "PROG_LOAD",
      { prog_type: type, insn_cnt: 2, prog_flags: TOKEN_FD, prog_token_fd: 6 },
      result,
    );

  test("is an error if a loader gives up after its probes", () => {
    const found = verdict(state(container()), token, probe(1, EPERM), probe(5, EPERM));
    expect(found.ok).toBe(false);
    expect(found.findings.map(({ id, severity }) => [id, severity]).slice(0, 2)).toEqual([
      ["token.dropped.prog", "error"],
      ["token.dropped.prog", "error"],
    ]);
  });

  test("is the cause if the program then lacks the map of its variables", () => {
    const insns = new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
    const masks = tokenInfo("0x21", "0x0", "0x40", "0x2000000000");
    const xdp: TraceEvent = {
      ...{ type: "file", pid: 4711, fd: 6 },
      file: { kind: "token", fdinfo: masks },
    };
    const load = {
      prog_type: 6,
      insns,
      prog_name: "p",
      license: "GPL",
      prog_flags: TOKEN_FD,
      prog_token_fd: 6,
    };
    const real = (log: string): TraceEvent => ({
      ...bpf(4711, "PROG_LOAD", { ...load, insn_cnt: 2, expected_attach_type: 37 }, -22),
      ...{ log },
    });
    const before = [state(withCapabilities(ALL)), xdp, map(4711, 5), probe(1, EPERM)];
    const lost = verdict(...before, real("fd 7 is not pointing to valid bpf_map\n"));
    expect(lost.findings.slice(0, 2).map(({ id, severity }) => [id, severity])).toEqual([
      ["token.dropped.prog", "error"],
      ["trace.verifier", "error"],
    ]);
    const other = verdict(...before, real("R1 invalid mem access 'scalar'\n"));
    expect(other.findings[0]?.id).toBe("trace.verifier");
  });

  test("is no error if a loader continues after its probes", () => {
    const given = { map_flags: TOKEN_FD, map_token_fd: 6 };
    const found = verdict(state(container()), token, probe(1, EPERM), map(4711, 5, given));
    expect(found.ok).toBe(true);
    expect(found.findings[0]).toMatchObject({ id: "token.dropped.prog", severity: "warning" });
  });
});
