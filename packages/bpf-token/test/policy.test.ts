// SPDX-License-Identifier: MIT
import type { Delegation } from "@bpf-token/delegation";
import type { ObjectSpec } from "@bpf-token/object";
import { ProgType } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { checkPolicy, type Policy, type PolicyReason, policyOf } from "../src/policy/index.ts";
import { perfmonReason, provePerfmon, withoutUnruled } from "../src/policy/perfmon.ts";
import { joinReasons } from "../src/policy/policy.ts";

const reason = (
  more: Partial<PolicyReason> & Pick<PolicyReason, "axis" | "name">,
): PolicyReason => ({
  ...{ because: ["map m"], without: "the load fails with EPERM", required: true },
  ...more,
});

describe("reasons of several objects", () => {
  const needed = reason({ axis: "cmds", name: "btf_load", because: ["a: types"] });
  const optional = reason({
    ...{ axis: "cmds", name: "btf_load", because: ["b: types"] },
    ...{ without: "the object is loaded without types", required: false },
  });

  test.each([
    ["the first", [needed, optional], ["a: types", "b: types"]],
    ["the second", [optional, needed], ["b: types", "a: types"]],
  ])("are required if %s object requires the bit", (_, reasons, because) => {
    expect(joinReasons(reasons)).toEqual([
      { ...needed, because, without: "the load fails with EPERM", required: true },
    ]);
  });

  test("stay optional if no object requires the bit, with the first consequence", () => {
    const other = { ...optional, without: "nothing", because: ["c: types"] };
    expect(joinReasons([optional, other])).toEqual([
      { ...optional, because: ["b: types", "c: types"] },
    ]);
  });

  test("keep the first consequence if both objects require the bit", () => {
    const other = { ...needed, without: "the loader stops", because: ["a: types", "d: types"] };
    expect(joinReasons([needed, other])).toEqual([
      { ...needed, because: ["a: types", "d: types"] },
    ]);
  });

  test("are in the order of the masks and bits; 'any' and capabilities are last", () => {
    const rows = [
      reason({ axis: "caps", name: "net_admin" }),
      reason({ axis: "caps", name: "bpf" }),
      reason({ axis: "attachs", name: "any" }),
      reason({ axis: "attachs", name: "xdp" }),
      reason({ axis: "maps", name: "array" }),
      reason({ axis: "maps", name: "hash" }),
      reason({ axis: "cmds", name: "prog_load" }),
    ];
    expect(joinReasons(rows).map(({ axis, name }) => `${axis} ${name}`)).toEqual([
      ...["cmds prog_load", "maps hash", "maps array", "attachs xdp", "attachs any"],
      ...["caps bpf", "caps net_admin"],
    ]);
  });
});

test("struct_ops requires every attach type", () => {
  const rest = { maps: [], functions: [], structOps: [{ name: "ops" }], externs: [] };
  const program = { name: "p", section: "struct_ops/p", type: ProgType.STRUCT_OPS, attach: 0 };
  const programs = [{ ...program, attachOptional: false, autoload: true, function: 0 }];
  const functions = [{ name: "p", insns: new Uint8Array(), calls: [], relocations: [] }];
  const object = { ...rest, programs, functions, btf: undefined } as unknown as ObjectSpec;
  const { delegation, reasons } = policyOf([{ file: "ops.bpf.o", object }]);
  expect(delegation.attachs).toBe("any");
  expect(reasons.filter(({ name }) => name === "any")).toEqual([
    {
      ...{ axis: "attachs", name: "any", required: true, without: "the load fails with EPERM" },
      because: ["struct_ops: the attach type is the index of the member in this kernel"],
    },
  ]);
});

describe("CAP_PERFMON and the answer of a kernel", () => {
  const bpf = reason({ axis: "caps", name: "bpf" });
  const before = (...reasons: PolicyReason[]): Policy => ({
    ...{ loader: "libbpf", delegation: {}, versions: [], reach: [], open: [], unknown: [] },
    capabilities: ["bpf", ...reasons.map(({ name }) => name)],
    reasons: [bpf, ...reasons],
    proof: ["CAP_PERFMON: not proven"],
  });
  const needed = { because: ["program p: EACCES"], isComplete: true, others: false };
  const needless = { ...needed, because: [] };
  const prove = (policy: Policy, proof: typeof needed) => {
    const {
      capabilities,
      reasons,
      proof: told,
    } = provePerfmon(policy, {
      ...proof,
      sentence: "Proven on Linux 6.12: it is so.",
    });
    return [capabilities.includes("perfmon"), reasons.at(-1)?.basis, told] as const;
  };
  const proven = ["Proven on Linux 6.12: it is so."];
  const rule = reason({ axis: "caps", name: "perfmon" });

  test.each([
    ["a need adds it", before(), needed, [true, "proven", proven]],
    [
      "a need replaces an assumption",
      before(perfmonReason(["a"], "assumed")),
      needed,
      [true, "proven", proven],
    ],
    [
      "no need removes an assumption",
      before(perfmonReason(["a"], "assumed")),
      needless,
      [false, undefined, proven],
    ],
    [
      "no need removes a computed one",
      before(perfmonReason(["a"], "computed")),
      needless,
      [false, undefined, proven],
    ],
    [
      "no need on one of several kernels keeps a computed one",
      before(perfmonReason(["a"], "computed")),
      { ...needless, others: true },
      [true, "computed", proven],
    ],
    [
      "no need on one of several kernels removes an assumption",
      before(perfmonReason(["a"], "assumed")),
      { ...needless, others: true },
      [false, undefined, proven],
    ],
    [
      "no need keeps one that another kernel required",
      before(perfmonReason(["a"], "proven")),
      needless,
      [true, "proven", proven],
    ],
    ["no need keeps one that a rule requires", before(rule), needless, [true, undefined, proven]],
    [
      "an incomplete answer removes nothing and proves nothing",
      before(perfmonReason(["a"], "assumed")),
      { ...needless, isComplete: false },
      [true, "assumed", ["CAP_PERFMON: not proven"]],
    ],
  ] as const)("%s", (_, policy, proof, expected) => {
    expect(prove(policy, proof as typeof needed)).toEqual(expected);
  });

  test("the kernels that proved it are listed one after the other", () => {
    const first = provePerfmon(before(), { ...needless, sentence: "Proven on Linux 6.12: a." });
    const second = provePerfmon(first, { ...needless, sentence: "Proven on Linux 7.3: b." });
    expect(second.proof).toEqual(["Proven on Linux 6.12: a.", "Proven on Linux 7.3: b."]);
  });

  test("the needs that several kernels proved are joined; a computed one is replaced", () => {
    const add = (policy: Policy, why: string) =>
      provePerfmon(policy, { ...needed, because: [why], sentence: "Proven on Linux 7.3: x." });
    const first = add(before(perfmonReason(["a"], "computed")), "program p: EACCES");
    expect(first.reasons).toEqual([bpf, perfmonReason(["program p: EACCES"], "proven")]);
    expect(first.capabilities).toEqual(["bpf", "perfmon"]);
    const second = add(first, "program q: EACCES");
    expect(second.reasons).toEqual([
      bpf,
      perfmonReason(["program p: EACCES", "program q: EACCES"], "proven"),
    ]);
    expect(second.capabilities).toEqual(["bpf", "perfmon"]);
  });

  test("only CAP_PERFMON is removed", () => {
    const { capabilities, reasons } = provePerfmon(before(perfmonReason(["a"], "assumed")), {
      ...needless,
      sentence: "Proven on Linux 7.3: x.",
    });
    expect([capabilities, reasons]).toEqual([["bpf"], [bpf]]);
  });

  test.each([
    [
      "a computed need is not among them, because it is tried",
      perfmonReason(["a"], "computed"),
      ["bpf"],
    ],
    [
      "an assumed need is not among them, because it is tried",
      perfmonReason(["a"], "assumed"),
      ["bpf"],
    ],
    ["what a rule requires stays", rule, ["bpf", "perfmon"]],
  ])("%s", (_, row, expected) => {
    expect(withoutUnruled(before(row))).toEqual(expected);
  });

  test("needs that are only computed stay so, unless a test of the loader has a rule", () => {
    const computed = perfmonReason(["a"], "computed");
    expect(joinReasons([computed, perfmonReason(["b"], "computed")])[0]?.basis).toBe("computed");
    const [joined] = joinReasons([{ ...rule, required: false }, computed]);
    expect([joined?.basis, joined?.required]).toEqual([undefined, true]);
  });

  test("a rule for one object holds for all, whatever is computed for others", () => {
    for (const rows of [
      [perfmonReason(["a"], "computed"), rule],
      [rule, perfmonReason(["a"], "assumed")],
    ])
      expect(joinReasons(rows)[0]).not.toHaveProperty("basis");
  });
});

describe("checkPolicy", () => {
  /** A policy as struct_ops needs it: every attach type, and one of them by name. */
  const policy: Policy = {
    ...{ loader: "libbpf", versions: [], reach: [], open: [], unknown: [], capabilities: ["bpf"] },
    proof: [],
    delegation: { cmds: ["map_create", "prog_load"], maps: ["array"], attachs: "any" },
    reasons: [
      reason({ axis: "cmds", name: "map_create" }),
      reason({ axis: "cmds", name: "prog_load" }),
      reason({ axis: "maps", name: "array" }),
      reason({ axis: "attachs", name: "xdp" }),
      reason({ axis: "attachs", name: "any" }),
      reason({ axis: "caps", name: "bpf" }),
    ],
  };
  const check = (delegation: Delegation, capabilities?: readonly string[]) => {
    const { missing, superfluous } = checkPolicy(policy, delegation, { capabilities });
    return [missing.map(({ axis, name }) => `${axis} ${name}`), superfluous];
  };
  const { delegation } = policy;

  test("finds nothing in the policy itself", () => {
    expect(check(delegation)).toEqual([[], []]);
    expect(check(delegation, ["bpf"])).toEqual([[], []]);
  });

  test("without a mask for which the policy has 'any', every reason of it is missing", () => {
    const { attachs, ...rest } = delegation;
    expect(attachs).toBe("any");
    expect(check(rest)).toEqual([["attachs xdp", "attachs any"], []]);
  });

  test("with a part of such a mask, 'any' and the other bits are missing", () => {
    expect(check({ ...delegation, attachs: ["xdp"] })).toEqual([["attachs any"], []]);
    expect(check({ ...delegation, attachs: ["cgroup_inet_ingress"] })).toEqual([
      ["attachs xdp", "attachs any"],
      [],
    ]);
  });

  test("'any' for all masks is superfluous for those that need less, on one line each", () => {
    expect(check({ cmds: "any", maps: "any", progs: "any", attachs: "any" })).toEqual([
      [],
      ["cmds any", "maps any", "progs any"],
    ]);
  });

  test("a list of all bits is 'any', too", () => {
    const progs = Array.from({ length: 64 }, (_, bit) => bit);
    expect(check({ ...delegation, progs })).toEqual([[], ["progs any"]]);
  });

  test("bits are named one by one", () => {
    const given = { ...delegation, cmds: ["prog_load", "btf_load"], maps: ["hash", "ringbuf"] };
    expect(check(given as Delegation)).toEqual([
      ["cmds map_create", "maps array"],
      ["cmds btf_load", "maps hash", "maps ringbuf"],
    ]);
  });

  test("capabilities count only if the settings have them", () => {
    expect(check(delegation, ["net_admin"])).toEqual([["caps bpf"], ["caps net_admin"]]);
    expect(check(delegation, [])).toEqual([["caps bpf"], []]);
    expect(check(delegation, undefined)).toEqual([[], []]);
  });
});
