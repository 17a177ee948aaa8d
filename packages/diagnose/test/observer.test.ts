// SPDX-License-Identifier: MIT
import { attrLayout, BpfCmd, type BpfCmdName } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { diagnose, type Facts, ProcessObserver, type TraceEvent } from "../src/index.ts";
import { bpffs, container, withCapabilities } from "./facts.ts";

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

/** What doctor says about a recorded run. */
function verdict(...events: readonly TraceEvent[]) {
  const observed = observe(...events);
  if (observed === undefined) throw new Error("no process was observed");
  return diagnose(observed.facts, { observed });
}

const initial = {
  userns: { inode: 4026531837, initial: true },
  bpffs: [{ ...bpffs, onHost: true }],
};

describe("the process that is judged", () => {
  test("is the first whose call was refused, in the state of that moment", () => {
    const observed = observe(
      state(process(1)),
      state(container({ pid: 2, program: "early" })),
      state(process(2, { program: "late" })),
      map(2, EPERM),
      state(process(2, { program: "later" })),
      state(process(3)),
      map(3, EPERM),
    );
    expect(observed).toMatchObject({
      facts: { pid: 2, program: "late" },
      calls: 1,
      others: 1,
    });
    expect(observed?.refused.map(({ id, pid }) => [id, pid])).toEqual([["map.create.sysctl", 2]]);
  });

  test("is the first that calls bpf() if nothing is refused, else the first that is executed", () => {
    const free = { pid: 2, ...initial };
    const calls = observe(state(process(1)), state(withCapabilities(ALL, free)), map(2, 5));
    expect(calls).toMatchObject({
      facts: { pid: 2 },
      refused: [],
      calls: 1,
      others: 0,
    });
    expect(observe(state(process(1)), state(process(2)))).toMatchObject({
      facts: { pid: 1 },
      calls: 0,
    });
    expect(observe({ type: "exit", pid: 1 })).toBeUndefined();
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
          fdinfo: "allowed_cmds:\t0x1\nallowed_maps:\t0x4\n",
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

  test("names the other processes whose calls were refused", () => {
    const { findings } = verdict(
      state(process(1)),
      state(process(2)),
      map(1, EPERM),
      map(2, EPERM),
      map(2, EPERM),
    );
    expect(findings.at(-1)).toMatchObject({
      id: "doctor.processes",
      severity: "note",
    });
    expect(findings.at(-1)?.cause).toContain("2 calls of other processes");
  });
});
