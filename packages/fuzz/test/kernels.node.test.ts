// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { type DiffSubject, type ModelRun, run } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import { buildSequences } from "@bpf-token/upstream/instrumented";
import { findSystemCompiler } from "@bpf-token/upstream/node";
import { beforeAll, describe, expect, test } from "vitest";
import { LiveFuzzer, SequenceMachine, scenarioOf, shrunk } from "../src/index.ts";

let machine: SequenceMachine;
beforeAll(async () => {
  const compiler = findSystemCompiler();
  const { module } = await buildSequences([], compiler === undefined ? {} : { compiler });
  machine = new SequenceMachine(module, { release: "6.18", tame: true });
}, 120_000);

const modelRun: ModelRun = (scenario, release) => {
  const kernel = createKernel({ release });
  const trace = run(kernel, scenario);
  kernel.close();
  return trace;
};

/** The model in the place of a real kernel. */
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

describe("sequences as scenarios", { timeout: 120_000 }, () => {
  test("what the machine wrote down, the model lives through alike", () => {
    const fuzzer = new LiveFuzzer(
      machine,
      [subject("a", "6.18"), subject("b", "6.18")],
      [],
      modelRun,
    );
    for (let i = 0; i < 3; i++) expect(fuzzer.runBlock()).toBeUndefined();
    expect(fuzzer.tally.sequences).toBe(192);
    expect(fuzzer.tally.steps).toBeGreaterThan(192 * 4);
    expect(fuzzer.tally.withToken).toBeGreaterThan(40);
  });

  test("what a machine did with a token, the scenario does with one", () => {
    const { notes } = machine.noted(new Uint8Array(200));
    const kernel = createKernel({ release: "6.18" });
    const scenario = scenarioOf([...machine.room, ...notes], "a story");
    const trace = run(kernel, scenario);
    kernel.close();
    const made = trace.events.filter(({ text }) => text.startsWith("bpf(BPF_TOKEN_CREATE"));
    expect(made[0]?.result).toBeGreaterThan(0);
    expect(trace.outcome).toBe("passed");
  });

  test("a kernel that answers otherwise is found out, by few steps behind its room", () => {
    const fuzzer = new LiveFuzzer(
      machine,
      [subject("a", "6.18"), subject("b", "6.18", true)],
      [],
      modelRun,
    );
    let finding: ReturnType<LiveFuzzer["runBlock"]>;
    for (let i = 0; i < 8 && finding === undefined; i++) finding = fuzzer.runBlock();
    if (finding === undefined) throw new Error("nothing was found");
    expect(finding.what).toMatch(/fsmount\(.* b?.*EIO$/);
    const least = fuzzer.shrink(finding.scenario);
    expect(least.steps.at(-1)?.call).toBe("fsmount");
    expect(least.steps.length).toBeLessThan(finding.scenario.steps.length);
  });

  test("what only a changed kernel answers otherwise keeps the steps that change it", () => {
    let changed = false;
    const broken = subject("b", "6.18", true);
    const fine = subject("b", "6.18");
    const changing = {
      ...fine,
      run: (scenario: Parameters<typeof fine.run>[0]) => {
        changed ||= scenario.steps.some(({ call }) => call === "fsopen");
        return (changed ? broken : fine).run(scenario);
      },
      renew: () => {
        changed = false;
      },
    };
    const fuzzer = new LiveFuzzer(machine, [subject("a", "6.18"), changing], [], modelRun);
    let finding: ReturnType<LiveFuzzer["runBlock"]>;
    for (let i = 0; i < 8 && finding === undefined; i++) finding = fuzzer.runBlock();
    if (finding === undefined) throw new Error("nothing was found");
    expect(fuzzer.shrink(finding.scenario).steps.some(({ call }) => call === "fsopen")).toBe(false);
    const told = shrunk(finding, fuzzer);
    expect(told).toMatchObject({ scenario: finding.scenario, shown: true });
    expect(
      shrunk(finding, { ...fuzzer, check: () => undefined, renew: () => {}, shrink: (s) => s }),
    ).toMatchObject({ shown: false });
  });

  test("what is known to differ ends a sequence, and is counted by its reason", () => {
    const known = [{ match: /fsmount\(/, why: "it is broken" }];
    const fuzzer = new LiveFuzzer(
      machine,
      [subject("a", "6.18"), subject("b", "6.18", true)],
      known,
      modelRun,
    );
    for (let i = 0; i < 3; i++) expect(fuzzer.runBlock()).toBeUndefined();
    expect(fuzzer.ended.get("it is broken")).toBeGreaterThan(0);
  });
});

test("nothing is asked of other processes, and no sysctl is written", () => {
  const told: string[] = [];
  const listener: DiffSubject = {
    ...subject("a", "6.18"),
    run: (scenario) => {
      told.push(JSON.stringify(scenario.steps, (_, v) => (typeof v === "bigint" ? String(v) : v)));
      return subject("a", "6.18").run(scenario);
    },
  };
  const fuzzer = new LiveFuzzer(machine, [listener, subject("b", "6.18")], [], modelRun);
  for (let i = 0; i < 4; i++) fuzzer.runBlock();
  expect(told.length).toBeGreaterThan(0);
  const all = told.join("\n");
  expect(all).not.toMatch(/\/proc\/[12]\/|"call":"(write_sysctl|fail|lsm)"/);
  expect(all).not.toMatch(/"call":"prlimit64","args":\{[^}]*"(pid|new_limit)"/);
}, 60_000);
