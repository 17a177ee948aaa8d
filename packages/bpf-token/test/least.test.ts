// SPDX-License-Identifier: MIT
import { Capability } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { perfmonReason } from "../src/policy/perfmon.ts";
import type { Policy } from "../src/policy/policy.ts";
import { withVerdicts } from "../src/policy/verified.ts";
import { findLeast } from "../src/verify/least.ts";
import type { ProgramVerdict } from "../src/verify/verify.ts";

const all = (1n << 41n) - 1n;
const mask = (...names: (keyof typeof Capability)[]) =>
  names.reduce((sum, name) => sum | (1n << BigInt(Capability[name])), 0n);

function verdict(kind: ProgramVerdict["verdict"], reason = "", explanation = ""): ProgramVerdict {
  const counts = { code: null, instructions: null, states: null, capabilities: [], least: null };
  return { name: "p", type: "xdp", verdict: kind, reason, explanation, log: "", ...counts };
}

/** Runs the search on a kernel that accepts the sets which `accepts` allows. */
function search(accepts: (set: bigint) => ProgramVerdict["verdict"], start = all) {
  const loads: bigint[] = [];
  const steps = findLeast(start, (set) => {
    loads.push(set);
    return verdict(accepts(set), "bpf(BPF_PROG_LOAD): EPERM\nmore", "\nprohibited\n1: exit");
  });
  let step = steps.next();
  while (!step.done) step = steps.next();
  return { names: step.value?.map(({ name }) => name), least: step.value, loads };
}

test("CAP_SYS_ADMIN replaces CAP_BPF, and the least set has the smaller one", () => {
  const isEnough = (set: bigint) => (set & mask("BPF", "SYS_ADMIN")) !== 0n;
  const { least, loads } = search((set) => (isEnough(set) ? "accepted" : "refused"));
  expect(least).toEqual([{ name: "CAP_BPF", without: "bpf(BPF_PROG_LOAD): EPERM: prohibited" }]);
  expect(loads).toHaveLength(5);
});

test("finds capabilities that BPF programs seldom need", () => {
  const needed = mask("BPF", "SYS_RESOURCE");
  const found = search((set) => ((set & needed) === needed ? "accepted" : "refused"));
  expect(found.names).toEqual(["CAP_BPF", "CAP_SYS_RESOURCE"]);
});

test("a program that needs nothing, and a start with few capabilities", () => {
  expect(search(() => "accepted").names).toEqual([]);
  const found = search((set) => (set === mask("BPF") ? "accepted" : "refused"), mask("BPF"));
  expect(found.names).toEqual(["CAP_BPF"]);
});

test("without a verdict there is no answer", () => {
  expect(search((set) => (set === all ? "accepted" : "unmodelled")).least).toBeNull();
});

const policy: Policy = {
  ...{ loader: "libbpf", delegation: {}, capabilities: ["bpf"], reasons: [], reach: [] },
  ...{ versions: ["first"], unknown: [], open: [], proof: ["CAP_PERFMON: not proven"] },
};
const needing = (...names: string[]): ProgramVerdict => ({
  ...verdict("accepted"),
  least: names.map((name) => ({ name, without: `${name}: EACCES` })),
});

test("verdicts complete a policy", () => {
  const verdicts = [needing("CAP_BPF", "CAP_PERFMON")];
  const found = withVerdicts(policy, "7.3.4", [{ file: "a.o", verdicts }]);
  expect(found.capabilities).toEqual(["bpf", "perfmon"]);
  expect(found.reasons.at(-1)?.because).toEqual(["program p: CAP_PERFMON: EACCES"]);
  expect(found.open).toEqual([]);
  expect(found.proof).toEqual([
    expect.stringContaining("Proven on Linux 7.3.4, for each program alone"),
  ]);
  expect(found.proof[0]).toContain("The programs need CAP_BPF, CAP_PERFMON");
});

test("a capability other than CAP_PERFMON changes no reason, and none is in the sentence", () => {
  for (const [names, text] of [
    [["CAP_BPF"], "The programs need CAP_BPF;"],
    [[], "The programs need no capability;"],
  ] as const) {
    const found = withVerdicts(policy, "7.3.4", [{ file: "a.o", verdicts: [needing(...names)] }]);
    expect([found.capabilities, found.reasons]).toEqual([["bpf"], []]);
    expect(found.proof.join()).toContain(text);
  }
});

test("a verdict without CAP_PERFMON removes a need that the instructions only seem to have", () => {
  const computed = perfmonReason(["program p, instruction 0"], "computed");
  const before = { ...policy, capabilities: ["bpf", "perfmon"], reasons: [computed] };
  const found = withVerdicts(before, "7.3.4", [{ file: "a.o", verdicts: [needing("CAP_BPF")] }]);
  expect([found.capabilities, found.reasons]).toEqual([["bpf"], []]);
});

test("a program without a verdict leaves the policy unproven", () => {
  const verdicts = [verdict("unfinished", "the verifier did not end within 10 s")];
  const objects = ["a.o", "b.o"].map((file) => ({ file, verdicts }));
  const found = withVerdicts(policy, "7.3.4", objects);
  expect(found.proof).toEqual(policy.proof);
  expect(found.open).toEqual([
    "Not proven on Linux 7.3.4: a.o: program p: the verifier did not end within 10 s",
    "Not proven on Linux 7.3.4: b.o: program p: the verifier did not end within 10 s",
  ]);
});
