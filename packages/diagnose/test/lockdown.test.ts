// SPDX-License-Identifier: MIT
import type { ObjectSpec } from "@bpf-token/object";
import { attrLayout, BpfCmd, ProgType } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { diagnose, type Facts, replayCalls, type TraceEvent } from "../src/index.ts";
import { container, withCapabilities } from "./facts.ts";

const PERFMON = ((1n << 38n) | (1n << 39n) | (1n << 12n)).toString(16);
const SYS_ADMIN = ((1n << 21n) | (1n << 39n) | (1n << 12n)).toString(16);
const exit = [0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0];

/** What is said of a refused load with a line of the verifier. */
function said(line: string, type: number, facts: Facts) {
  const insns = Uint8Array.from(exit);
  const attr = { prog_type: type, insns, insn_cnt: 2, license: "GPL", expected_attach_type: 37 };
  const memory = attrLayout("PROG_LOAD", "6.18").encode({
    ...{ ...attr, prog_flags: 0x10000, prog_token_fd: 6 },
  });
  const pid = 4711;
  const fdinfo =
    "allowed_cmds:\tany\nallowed_maps:\tany\nallowed_progs:\tany\nallowed_attachs:\tany";
  const events = [
    { type: "process", pid, facts },
    { type: "file", pid, fd: 6, file: { kind: "token", fdinfo } },
    {
      ...{ type: "call", pid, name: "bpf", result: -22, log: `${line}\n` },
      args: [BpfCmd.PROG_LOAD, memory, memory.bytes.length],
    },
  ] as unknown as readonly TraceEvent[];
  return replayCalls(events)[0];
}

const WRITE = "unknown func bpf_probe_write_user#36";
const READ = "program of this type cannot use helper bpf_probe_read_kernel#113";
const OLD_READ = "program of this type cannot use helper bpf_probe_read#4";

describe("a call of a function in the program", () => {
  const line =
    "loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN";

  test.each([
    ["0", ["bpf"]],
    [PERFMON, undefined],
  ])("with capabilities %s", (capabilities, lacks) => {
    const facts = withCapabilities(capabilities, { unprivilegedBpfDisabled: 0 });
    const found = said(line, ProgType.SOCKET_FILTER, facts);
    expect(found?.id).toBe("trace.verifier");
    expect(found?.lacks?.map(({ name }) => name)).toEqual(lacks);
  });
});

describe("a helper that the verifier does not offer", () => {
  test.each([WRITE, OLD_READ])("%s: an XDP program never has it", (line) => {
    const facts = withCapabilities(PERFMON, { lockdown: "confidentiality" });
    expect(said(line, ProgType.XDP, facts)).toMatchObject({
      id: "trace.verifier",
      cause: expect.stringContaining("only tracing programs have"),
      fix: ["do not call this helper, or use a program type for tracing"],
    });
  });

  test.each([
    [WRITE, "integrity", ProgType.KPROBE, SYS_ADMIN],
    [WRITE, "confidentiality", ProgType.PERF_EVENT, SYS_ADMIN],
    [READ, "confidentiality", ProgType.XDP, PERFMON],
    [OLD_READ, "confidentiality", ProgType.TRACEPOINT, PERFMON],
  ] as const)("%s in %s mode: lockdown removes it", (line, lockdown, type, caps) => {
    const found = said(line, type, withCapabilities(caps, { lockdown }));
    expect(found).toMatchObject({ id: "doctor.lockdown", confidence: "certain" });
    expect(found?.lacks).toBeUndefined();
  });

  test("in confidentiality mode, integrity mode is enough to read kernel memory", () => {
    const facts = withCapabilities(PERFMON, { lockdown: "confidentiality" });
    expect(said(READ, ProgType.XDP, facts)?.fix).toEqual([
      expect.stringContaining("lockdown=integrity"),
    ]);
  });

  test("that lockdown removes and that needs a capability names both", () => {
    const found = said(READ, ProgType.XDP, container({ lockdown: "confidentiality" }));
    expect(found).toMatchObject({ id: "doctor.lockdown", lacks: [{ name: "perfmon" }] });
    expect(found?.fix).toHaveLength(2);
  });

  test.each([READ, "unknown func bpf_probe_read_kernel#113"])(
    "%s: integrity mode leaves it, so the capability is missing",
    (line) => {
      expect(said(line, ProgType.XDP, container({ lockdown: "integrity" }))).toMatchObject({
        id: "trace.verifier",
        lacks: [{ name: "perfmon" }],
      });
    },
  );
});

/** An object with one program that calls a helper. */
function calling(helper: number, type: number, section: string): ObjectSpec {
  const insns = Uint8Array.from([0x85, 0, 0, 0, helper, 0, 0, 0, ...exit]);
  const body = { name: "f", section, start: 0, global: true, insns, calls: [], relocations: [] };
  const program = { name: "f", section, function: 0, type, attach: 0, attachOptional: false };
  return {
    ...{ name: "x", license: "GPL", maps: [], structOps: [], externs: [], functions: [body] },
    programs: [{ ...program, flags: 0, usdt: false, autoload: true }],
  } as unknown as ObjectSpec;
}

describe("doctor about lockdown", () => {
  const found = (lockdown: Facts["lockdown"], object?: ObjectSpec) => {
    const objects = new Map(object === undefined ? [] : [["x.o", object] as const]);
    return diagnose(container(lockdown === undefined ? {} : { lockdown }), { objects })
      .findings.filter(({ id }) => id === "doctor.lockdown")
      .map(({ severity, confidence }) => `${severity} ${confidence}`);
  };

  test("says nothing of integrity mode, unless a program calls bpf_probe_write_user()", () => {
    expect(found("integrity")).toEqual([]);
    expect(found("integrity", calling(4, ProgType.KPROBE, "kprobe/x"))).toEqual([]);
    expect(found("integrity", calling(36, ProgType.XDP, "xdp"))).toEqual([]);
    expect(found("integrity", calling(36, ProgType.KPROBE, "kprobe/x"))).toEqual([
      "warning likely",
    ]);
  });

  test("says what confidentiality mode refuses to the programs of an object", () => {
    expect(found("none")).toEqual([]);
    expect(found("confidentiality")).toEqual(["note possible"]);
    expect(found("confidentiality", calling(6, ProgType.XDP, "xdp"))).toEqual([]);
    expect(found("confidentiality", calling(113, ProgType.XDP, "xdp"))).toEqual(["warning likely"]);
    expect(found("confidentiality", calling(6, ProgType.KPROBE, "kprobe/x"))).toEqual([
      "warning possible",
    ]);
  });
});
