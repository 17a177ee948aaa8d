// SPDX-License-Identifier: MIT
import type { ObjectSpec } from "@bpf-token/object";
import { attrLayout, BpfCmd, type BpfCmdName, ProgType } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  CallReplay,
  diagnose,
  type Facts,
  ProcessObserver,
  parseFacts,
  type TraceEvent,
} from "../src/index.ts";
import { container } from "./facts.ts";

const PID = 4711;
const insns = new Uint8Array([0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
const bpf = (cmd: BpfCmdName, attr: object, result: number): TraceEvent => {
  const memory = attrLayout(cmd, "6.18").encode(attr);
  return {
    type: "call",
    pid: PID,
    name: "bpf",
    args: [BpfCmd[cmd], memory, memory.bytes.length],
    result,
  } as TraceEvent;
};
const state = (facts: Facts): TraceEvent => ({ type: "process", pid: PID, facts });
const load = (type: number, result = 5): TraceEvent =>
  bpf("PROG_LOAD", { prog_type: type, insns, insn_cnt: 2, license: "GPL", prog_name: "p" }, result);
const host = (more: Partial<Facts> = {}): Facts => container({ hostNetwork: true, ...more });
const link = bpf("LINK_CREATE", { prog_fd: 5, target_ifindex: 1, attach_type: 37 }, 6);

const traced = (...events: readonly TraceEvent[]) => {
  const replay = new CallReplay();
  try {
    for (const event of events) replay.add(event);
    return replay.unattached();
  } finally {
    replay.close();
  }
};
const judged = (...events: readonly TraceEvent[]) => {
  const observer = new ProcessObserver();
  for (const event of events) observer.add(event);
  const [observed] = observer.end();
  if (observed === undefined) throw new Error("no process was observed");
  return diagnose(observed.facts, { observed }).findings.filter(({ id }) => id === "doctor.netns");
};

describe("a program for an interface that no bpf() call attaches, in the host's network", () => {
  test.each([ProgType.XDP, ProgType.SCHED_CLS, ProgType.SCHED_ACT])(
    "of type %i names the owner of the network namespace",
    (type) => {
      expect(traced(state(host()), load(type))).toMatchObject([
        {
          ...{ id: "doctor.netns", severity: "error", confidence: "likely" },
          ...{ outcome: "unknown", pid: PID, index: 0 },
        },
      ]);
      const [found] = judged(state(host()), load(type));
      expect(found).toMatchObject({ severity: "warning", confidence: "likely" });
      expect(found?.evidence[0]).toContain("no bpf() call attached it");
      expect(found?.fix.join()).not.toContain("CAP_");
    },
  );

  test.each<[string, readonly TraceEvent[]]>([
    ["a link attaches it", [state(host()), load(ProgType.XDP), link]],
    ["it is pinned", [state(host()), load(ProgType.XDP), bpf("OBJ_PIN", { bpf_fd: 5 }, 0)]],
    ["it was refused", [state(host()), load(ProgType.XDP, -13)]],
    ["it is for no interface", [state(host()), load(ProgType.KPROBE)]],
    ["the network is the container's", [state(host({ hostNetwork: false })), load(ProgType.XDP)]],
    [
      "the process is on the host",
      [state(host({ userns: { inode: 4026531837, initial: true } })), load(ProgType.XDP)],
    ],
  ])("says nothing if %s", (_, events) => {
    expect([traced(...events), judged(...events)]).toEqual([[], []]);
  });

  test("says nothing if the recorded command succeeded", () => {
    const observer = new ProcessObserver();
    for (const event of [state(host()), load(ProgType.XDP)]) observer.add(event);
    const [observed] = observer.end({ succeeded: true });
    expect([observed?.calls, observed?.unattached]).toEqual([1, undefined]);
  });

  test("is the error if the recorded command failed, before probes that were refused", () => {
    const probe = { prog_type: ProgType.KPROBE, insns, insn_cnt: 2, license: "GPL" };
    const given = { prog_flags: 0x10000, prog_token_fd: 6 };
    const fdinfo =
      "allowed_cmds:\t0x20\nallowed_maps:\t0x0\nallowed_progs:\t0x40\nallowed_attachs:\t0x1\n";
    const events: readonly TraceEvent[] = [
      state(host()),
      { type: "file", pid: PID, fd: 6, file: { kind: "token", fdinfo } },
      bpf("PROG_LOAD", { ...probe, ...given }, -1),
      load(ProgType.XDP),
    ];
    const [found] = judged(...events);
    expect(found?.severity).toBe("warning");
    const observer = new ProcessObserver();
    for (const event of events) observer.add(event);
    const [observed] = observer.end({ succeeded: false });
    expect(observed?.failed).toBe(true);
    const { findings } = diagnose(host(), { observed: observed as NonNullable<typeof observed> });
    expect(findings.map(({ id, severity }) => [id, severity]).slice(0, 2)).toEqual([
      ["doctor.netns", "error"],
      ["token.dropped.prog", "warning"],
    ]);
  });

  test("is possible if the recorder does not see the host's network", () => {
    const [found] = traced(state(container()), load(ProgType.XDP));
    expect(found).toMatchObject({ severity: "warning", confidence: "possible" });
    expect(judged(state(container()), load(ProgType.XDP))[0]).toMatchObject({
      confidence: "possible",
      evidence: expect.arrayContaining(["network namespace: not known here"]),
    });
  });
});

test("doctor notes it for objects with such programs, with the settings of the manager", () => {
  const object = (type: number): ObjectSpec =>
    ({
      maps: [],
      programs: [
        {
          name: "p",
          section: "s",
          type,
          attach: 0,
          attachOptional: true,
          autoload: true,
          function: 0,
        },
      ],
      functions: [{ name: "p", insns: new Uint8Array(), calls: [], relocations: [] }],
      ...{ structOps: [], externs: [], btf: undefined },
    }) as unknown as ObjectSpec;
  const facts = host({ manager: { kind: "systemd", name: "a.service" } });
  const found = (type: number) =>
    diagnose(facts, { objects: new Map([["x.o", object(type)]]) }).findings.find(
      ({ id }) => id === "doctor.netns",
    );
  expect(found(ProgType.KPROBE)).toBeUndefined();
  expect(found(ProgType.XDP)).toMatchObject({ severity: "note", confidence: "possible" });
  expect(found(ProgType.XDP)?.fix[1]).toContain(
    "PrivateNetwork=yes and DelegateNamespaces=mnt net",
  );
});

test("a report with another type of the fact is refused", () => {
  const text = JSON.stringify({ ...container(), hostNetwork: "yes" });
  expect(() => parseFacts(text)).toThrow("hostNetwork: expected a boolean");
});
