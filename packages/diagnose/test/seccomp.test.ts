// SPDX-License-Identifier: MIT
import type { ObjectSpec } from "@bpf-token/object";
import { BpfCmd, MapType } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { diagnose, type Facts, parseFacts, redact } from "../src/index.ts";
import { runFilter } from "../src/seccomp/interpreter.ts";
import { seccompVerdict } from "../src/seccomp/verdict.ts";
import { container } from "./facts.ts";
import { filterBytes, type Insn, refusing } from "./filters.ts";

const data = new Map([
  [0, 321],
  [4, 0xc000003e],
  [16, 36],
]);
const run = (...insns: readonly Insn[]) => runFilter(filterBytes(insns), data);
const returned = (value: number) => ({ how: "returned", value });
const RET_A: Insn = [0x16, 0, 0, 0];
const base64 = (insns: readonly Insn[]): string => btoa(String.fromCharCode(...filterBytes(insns)));

describe("the interpreter", () => {
  test.each<[string, readonly Insn[], number]>([
    ["loads a word", [[0x20, 0, 0, 16], RET_A], 36],
    ["loads the length", [[0x80, 0, 0, 0], RET_A], 64],
    ["adds without overflow", [[0x00, 0, 0, 0xffffffff], [0x04, 0, 0, 2], RET_A], 1],
    ["subtracts", [[0x00, 0, 0, 1], [0x14, 0, 0, 2], RET_A], 0xffffffff],
    ["multiplies", [[0x00, 0, 0, 0x10001], [0x24, 0, 0, 0x10001], RET_A], 0x20001],
    ["divides", [[0x00, 0, 0, 0x80000000], [0x34, 0, 0, 3], RET_A], 0x2aaaaaaa],
    ["divides by a register that is 0", [[0x01, 0, 0, 0], [0x3c, 0, 0, 0], RET_A], 0],
    ["masks", [[0x00, 0, 0, 0xff], [0x54, 0, 0, 0x0f], [0x44, 0, 0, 0x30], RET_A], 0x3f],
    ["shifts", [[0x00, 0, 0, 1], [0x64, 0, 0, 31], [0x74, 0, 0, 30], RET_A], 2],
    ["negates", [[0x00, 0, 0, 1], [0x84, 0, 0, 0], RET_A], 0xffffffff],
    ["exclusive-ors", [[0x00, 0, 0, 6], [0x01, 0, 0, 3], [0xac, 0, 0, 0], RET_A], 5],
    [
      "keeps slots",
      [[0x00, 0, 0, 9], [0x02, 0, 0, 15], [0x00, 0, 0, 1], [0x60, 0, 0, 15], RET_A],
      9,
    ],
    [
      "copies registers",
      [[0x00, 0, 0, 7], [0x07, 0, 0, 0], [0x00, 0, 0, 1], [0x87, 0, 0, 0], RET_A],
      7,
    ],
    [
      "jumps",
      [
        [0x05, 0, 0, 1],
        [0x06, 0, 0, 1],
        [0x06, 0, 0, 2],
      ],
      2,
    ],
    [
      "jumps if equal",
      [
        [0x20, 0, 0, 0],
        [0x15, 0, 1, 321],
        [0x06, 0, 0, 1],
        [0x06, 0, 0, 2],
      ],
      1,
    ],
    [
      "jumps if not greater",
      [
        [0x20, 0, 0, 0],
        [0x25, 0, 1, 321],
        [0x06, 0, 0, 1],
        [0x06, 0, 0, 2],
      ],
      2,
    ],
    [
      "jumps if a bit is set",
      [
        [0x20, 0, 0, 0],
        [0x45, 0, 1, 1],
        [0x06, 0, 0, 1],
        [0x06, 0, 0, 2],
      ],
      1,
    ],
  ])("%s", (_, insns, value) => {
    expect(run(...insns)).toEqual(returned(value));
  });

  // Each with a constant and with the register X, below, at and above what is compared.
  test.each<[string, number, readonly [boolean, boolean, boolean]]>([
    ["JEQ", 0x15, [false, true, false]],
    ["JGT", 0x25, [false, false, true]],
    ["JGE", 0x35, [false, true, true]],
  ])("%s at the limit", (_, code, expected) => {
    const jumps = (a: number, jump: Insn) =>
      run([0x01, 0, 0, 7], [0x00, 0, 0, a], jump, [0x06, 0, 0, 1], [0x06, 0, 0, 2]);
    const results = expected.map((one) => returned(one ? 1 : 2));
    expect([6, 7, 8].map((a) => jumps(a, [code, 0, 1, 7]))).toEqual(results);
    expect([6, 7, 8].map((a) => jumps(a, [code | 0x08, 0, 1, 99]))).toEqual(results);
  });

  test.each([0x60, 0x61, 0x02, 0x03])("code %i has 16 slots", (code) => {
    expect(run([code, 0, 0, 15], RET_A)).toMatchObject({ how: "returned" });
    for (const slot of [16, 17, 0xffffffff])
      expect(run([code, 0, 0, slot], RET_A)).toMatchObject({ how: "invalid" });
  });

  test("runs at most 4096 instructions", () => {
    const filter = (count: number) =>
      run(...Array.from({ length: count - 1 }, () => [0x00, 0, 0, 7] as const), RET_A);
    expect([filter(4096), filter(4097)]).toEqual([
      returned(7),
      { how: "invalid", why: "it has 32776 bytes" },
    ]);
    expect(runFilter(new Uint8Array(9), data)).toEqual({ how: "invalid", why: "it has 9 bytes" });
  });

  test("compares without a sign", () => {
    const high: readonly Insn[] = [[0x00, 0, 0, 0xffffffff]];
    for (const code of [0x25, 0x35])
      expect(run(...high, [code, 0, 1, 1], [0x06, 0, 0, 1], [0x06, 0, 0, 2])).toEqual(returned(1));
  });

  test("does not guess a word that is not known", () => {
    expect(run([0x20, 0, 0, 24], RET_A)).toEqual({ how: "unknown", offset: 24 });
  });

  test.each<[string, readonly Insn[]]>([
    ["no instruction", []],
    ["an unknown code", [[0xff, 0, 0, 0]]],
    ["a load from an odd offset", [[0x20, 0, 0, 3]]],
    ["a load after the data", [[0x20, 0, 0, 64]]],
    ["a slot that does not exist", [[0x02, 0, 0, 16]]],
    ["a jump past the end", [[0x05, 0, 0, 0xffffffff]]],
    ["no return", [[0x00, 0, 0, 0]]],
  ])("names what is wrong with %s", (_, insns) => {
    expect(run(...insns)).toMatchObject({ how: "invalid" });
  });
});

describe("the verdict of all filters", () => {
  const verdict = (...filters: readonly (readonly Insn[])[]) =>
    seccompVerdict({ arch: "x64", filters: filters.map(base64) }, "MAP_CREATE");
  const ret = (value: number): readonly Insn[] => [[0x06, 0, 0, value]];

  test.each([
    [0x7fff0000, { action: "allow" }],
    [0x7ffc0000, { action: "allow" }],
    [0x00050001, { action: "errno", errno: "EPERM" }],
    [0x00050026, { action: "errno", errno: "ENOSYS" }],
    [0x00050000, { action: "errno", errno: "0" }],
    [0x80000000, { action: "kill" }],
    [0x00000000, { action: "kill" }],
    [0x00030000, { action: "trap" }],
    [0x7ff00000, { action: "trace" }],
    [0x7fc00000, { action: "notify" }],
    [0x12340000, { action: "kill" }],
  ])("of the action 0x%s", (value, expected) => {
    expect(verdict(ret(value))).toEqual({ ...expected, filter: 1 });
  });

  test("is that of the strictest, and of the newest of two that agree", () => {
    expect(verdict(ret(0x7fff0000), ret(0x00050001))).toMatchObject({ errno: "EPERM", filter: 2 });
    expect(verdict(ret(0x00050001), ret(0x0005000d))).toMatchObject({ errno: "EACCES", filter: 2 });
    expect(verdict(ret(0x00030000), ret(0x00050001))).toMatchObject({ action: "trap", filter: 1 });
    const pointer: readonly Insn[] = [[0x20, 0, 0, 24], RET_A];
    expect(verdict(pointer, ret(0x00050001))).toMatchObject({ action: "unknown", filter: 1 });
    expect(verdict(pointer, ret(0x80000000))).toMatchObject({ action: "kill", filter: 2 });
    expect(verdict()).toEqual({ action: "allow", filter: 0 });
  });

  test("knows the numbers of both architectures", () => {
    for (const arch of ["x64", "arm64"] as const) {
      const fact = { arch, filters: [base64(refusing(arch, 1))] };
      expect(seccompVerdict(fact, "MAP_CREATE")).toMatchObject({ errno: "EPERM" });
    }
  });
});

describe("doctor", () => {
  const of = (...filters: readonly (readonly Insn[])[]): Facts =>
    container({ seccomp: 2, seccompFilters: { arch: "x64", filters: filters.map(base64) } });
  const only = (name: keyof typeof BpfCmd): readonly Insn[] => [
    [0x20, 0, 0, 16],
    [0x15, 0, 1, BpfCmd[name]],
    [0x06, 0, 0, 0x00050001],
    [0x06, 0, 0, 0x7fff0000],
  ];
  const found = (facts: Facts) =>
    diagnose(facts).findings.filter(({ id }) => id === "doctor.seccomp");

  test("says that filters were not read", () => {
    const [finding] = found(container({ seccomp: 2 }));
    expect(finding).toMatchObject({ severity: "note", confidence: "possible" });
    expect(finding?.evidence).toContain("the filter was not read: --seccomp reads it");
    expect(found(container())).toEqual([]);
  });

  test.each<[string, readonly Insn[], string, string]>([
    ["EPERM", refusing("x64", 1), "error", "a seccomp filter answers EPERM to bpf(), before"],
    ["ENOSYS", refusing("x64", 38), "error", "a seccomp filter answers ENOSYS to bpf(), before"],
    [
      "allow",
      [[0x06, 0, 0, 0x7fff0000]],
      "note",
      "the seccomp filters allow bpf() with every command",
    ],
    [
      "a supervisor",
      [[0x06, 0, 0, 0x7fc00000]],
      "note",
      "cannot tell: the seccomp filter asks a supervisor",
    ],
    [
      "a pointer",
      [[0x20, 0, 0, 28], RET_A],
      "note",
      "cannot tell what the seccomp filter answers to bpf(): it looks at argument 1",
    ],
  ])("prints the verdict: %s", (_, insns, severity, cause) => {
    const [finding, ...more] = found(of(insns));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity, cause: expect.stringContaining(cause) });
  });

  test("names the commands that a filter refuses", () => {
    expect(found(of(only("TOKEN_CREATE")))).toMatchObject([
      { severity: "error", cause: expect.stringContaining("to bpf() with TOKEN_CREATE, before") },
    ]);
    expect(found(of(only("OBJ_PIN")))).toMatchObject([{ severity: "warning" }]);
  });

  test("names no command that the process does not need", () => {
    const map = { name: "m", type: MapType.ARRAY, origin: "definition" };
    const rest = { programs: [], functions: [], structOps: [], externs: [], btf: undefined };
    const objects = new Map([["o", { maps: [map], ...rest } as unknown as ObjectSpec]]);
    const severity = (
      name: keyof typeof BpfCmd,
      loader: "plain" | "libbpf",
      more: Partial<Facts> = {},
    ) =>
      diagnose({ ...of(only(name)), ...more }, { objects, loader }).findings.find(
        ({ id }) => id === "doctor.seccomp",
      )?.severity;
    expect(severity("MAP_CREATE", "plain")).toBe("error");
    expect(severity("PROG_LOAD", "plain")).toBe("warning");
    expect(severity("PROG_LOAD", "libbpf")).toBe("error");
    expect(severity("BTF_LOAD", "libbpf")).toBe("warning");
    expect(severity("BTF_LOAD", "plain")).toBe("warning");
    expect(severity("TOKEN_CREATE", "plain")).toBe("error");
    const userns = { inode: 4026531837, initial: true };
    expect(severity("TOKEN_CREATE", "plain", { userns })).toBe("warning");
  });

  test.each(["TOKEN_CREATE", "MAP_CREATE", "PROG_LOAD", "BTF_LOAD"] as const)(
    "without an object every loader needs %s",
    (name) => {
      const [finding, ...more] = found(of(only(name)));
      expect([finding?.severity, more]).toEqual(["error", []]);
    },
  );

  test("an object with types needs BTF_LOAD, unless libbpf loads it", () => {
    const map = { name: "m", type: MapType.STRUCT_OPS, origin: "definition" };
    const ops = { name: "ops", program: "p" };
    const rest = { programs: [], functions: [], structOps: [ops], externs: [], btf: {} };
    const objects = new Map([["o", { maps: [map], ...rest } as unknown as ObjectSpec]]);
    const severities = (["plain", "libbpf"] as const).map((loader) => {
      const { findings } = diagnose(of(only("BTF_LOAD")), { objects, loader });
      return findings.find(({ id }) => id === "doctor.seccomp")?.severity;
    });
    expect(severities).toEqual(["error", "warning"]);
  });

  test("keeps the filters in a report, and refuses others", () => {
    const facts = redact(of(refusing("x64", 1)));
    expect(parseFacts(JSON.stringify(facts))).toEqual(facts);
    const wrong = (seccompFilters: unknown) => () =>
      parseFacts(JSON.stringify({ ...facts, seccompFilters }));
    expect(wrong(1)).toThrow("seccompFilters: expected an object");
    expect(wrong({ arch: "mips", filters: [] })).toThrow(
      "seccompFilters.arch: expected x64 or arm64",
    );
    for (const filter of ["?", "AAA?", "?AAA", "AA==AA==", "AAA", "A", 5, null, ["AAAA"]])
      expect(wrong({ arch: "x64", filters: ["AAAA", "AA==", "AAA=", filter] })).toThrow(
        "seccompFilters.filters[3]: expected base64",
      );
    const whole = {
      ...facts,
      seccompFilters: { arch: "arm64", filters: ["AA+/", "AA==", "AAA=", ""] },
    };
    expect(parseFacts(JSON.stringify(whole))).toEqual(whole);
  });
});
