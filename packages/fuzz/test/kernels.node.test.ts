// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { type DiffSubject, type ModelRun, run } from "@bpf-token/scenario";
import type { KnownDifference, KnownDifferences } from "@bpf-token/scenario/known";
import type { KernelRelease } from "@bpf-token/uapi";
import { buildSequences } from "@bpf-token/upstream/instrumented";
import { findSystemCompiler } from "@bpf-token/upstream/node";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Finding,
  Fuzzer,
  KernelComparison,
  type KernelSubject,
  SequenceMachine,
  scenarioOf,
} from "../src/index.ts";

const brokenFsmount: KnownDifference = {
  ...{ id: "a.test", applies: {}, shownBy: ["fuzz"], evidence: "this test" },
  where: [{ call: "fsmount" }],
  why: "it is broken",
};

let machine: SequenceMachine;
beforeAll(async () => {
  const compiler = findSystemCompiler();
  const { module } = await buildSequences([], compiler === undefined ? {} : { compiler });
  machine = new SequenceMachine(module, { release: "6.18", confined: true });
}, 600_000);

const modelRun: ModelRun = (scenario, release) => {
  const kernel = createKernel({ release });
  const trace = run(kernel, scenario);
  kernel.close();
  return trace;
};

/** The model in place of a real kernel. */
function subject(name: string, release: KernelRelease, breaks = false): DiffSubject {
  return {
    name,
    release,
    own: "kernel",
    run: (scenario) => {
      const kernel = createKernel({ release });
      const trace = run(kernel, scenario);
      kernel.close();
      if (!breaks) return trace;
      const events = trace.events.map((event) =>
        event.call === "fsmount" ? { ...event, result: -5, errno: "EIO" as const } : event,
      );
      return { ...trace, events };
    },
  };
}

function comparisonOf(
  subjects: readonly KernelSubject[],
  find: KnownDifferences["find"] = () => undefined,
): KernelComparison {
  return new KernelComparison(machine, subjects, { known: () => ({ find }), modelRun });
}

/** Returns the first finding of a few blocks. */
function findingOf(fuzzer: Fuzzer): Finding {
  for (let i = 0; i < 8; i++) {
    const finding = fuzzer.runBlock();
    if (finding !== undefined) return finding;
  }
  throw new Error("there is no finding");
}

describe("sequences as scenarios", { timeout: 600_000 }, () => {
  test("the model answers a replayed sequence as the machine did", () => {
    const fuzzer = new Fuzzer(comparisonOf([subject("a", "6.18"), subject("b", "6.18")]));
    for (let i = 0; i < 3; i++) expect(fuzzer.runBlock()).toBeUndefined();
    expect(fuzzer.tally.sequences).toBe(192);
    expect(fuzzer.tally.steps).toBeGreaterThan(192 * 4);
    expect(fuzzer.tally.withToken).toBeGreaterThan(40);
  });

  test("a scenario creates the token that the machine created", () => {
    const { notes } = machine.record(new Uint8Array(200));
    const kernel = createKernel({ release: "6.18" });
    const scenario = scenarioOf([...machine.sandboxNotes, ...notes], "a setup");
    const trace = run(kernel, scenario);
    kernel.close();
    const created = trace.events.filter(({ text }) => text.startsWith("bpf(BPF_TOKEN_CREATE"));
    expect(created[0]?.result).toBeGreaterThan(0);
    expect(trace.outcome).toBe("passed");
  });

  test("a difference is found, and minimised to few steps after the sandbox root", () => {
    const fuzzer = new Fuzzer(comparisonOf([subject("a", "6.18"), subject("b", "6.18", true)]));
    const finding = findingOf(fuzzer);
    expect(finding).toMatchObject({ kind: "differs", subject: "b" });
    expect(finding.message).toMatch(/fsmount\(.* b?.*EIO$/);
    const least = fuzzer.minimize(finding);
    expect(least).toMatchObject({ reproduces: true, message: expect.stringMatching(/EIO$/) });
    expect(least.scenario.steps.at(-1)?.call).toBe("fsmount");
    expect(least.scenario.steps.length).toBeLessThan(finding.scenario?.steps.length ?? 0);
  });

  test("a difference of a changed kernel keeps the steps that change it", () => {
    let changed = false;
    let repaired = false;
    const broken = subject("b", "6.18", true);
    const fine = subject("b", "6.18");
    const changing: KernelSubject = {
      ...fine,
      run: (scenario) => {
        changed ||= scenario.steps.some(({ call }) => call === "fsopen");
        return (changed && !repaired ? broken : fine).run(scenario);
      },
      renew: () => {
        changed = false;
      },
    };
    const comparison = comparisonOf([subject("a", "6.18"), changing]);
    const finding = findingOf(new Fuzzer(comparison));
    const { scenario } = finding;
    if (scenario === undefined) throw new Error("the finding has no scenario");
    const least = comparison.minimizeScenario(scenario);
    expect(least.steps.some(({ call }) => call === "fsopen")).toBe(false);
    expect(comparison.minimize(finding)).toMatchObject({ scenario, reproduces: true });
    repaired = true;
    expect(comparison.minimize(finding)).toMatchObject({ scenario, reproduces: false });
  });

  test("a known difference ends a sequence, and is counted by its reason", () => {
    const known: KnownDifferences["find"] = ({ call }) =>
      call === "fsmount" ? brokenFsmount : undefined;
    const subjects = [subject("a", "6.18"), subject("b", "6.18", true)];
    const fuzzer = new Fuzzer(comparisonOf(subjects, known));
    for (let i = 0; i < 3; i++) expect(fuzzer.runBlock()).toBeUndefined();
    expect(fuzzer.ended.get("it is broken")).toBeGreaterThan(0);
  });
});

test("sequences affect no other process and write no sysctl", () => {
  const scenarios: string[] = [];
  const listener: DiffSubject = {
    ...subject("a", "6.18"),
    run: (scenario) => {
      const steps = JSON.stringify(scenario.steps, (_, v) =>
        typeof v === "bigint" ? String(v) : v,
      );
      scenarios.push(steps);
      return subject("a", "6.18").run(scenario);
    },
  };
  const fuzzer = new Fuzzer(comparisonOf([listener, subject("b", "6.18")]));
  for (let i = 0; i < 4; i++) fuzzer.runBlock();
  expect(scenarios.length).toBeGreaterThan(0);
  const all = scenarios.join("\n");
  expect(all).not.toMatch(/\/proc\/[12]\/|"call":"(write_sysctl|fail|lsm)"/);
  expect(all).not.toMatch(/"call":"prlimit64","args":\{[^}]*"(pid|new_limit)"/);
}, 600_000);
