// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import {
  type Comparison,
  type Finding,
  Fuzzer,
  type FuzzReport,
  mergeReports,
  reportOf,
  runBlocks,
  type SequenceResult,
  type SetupResult,
  type Verdict,
} from "../src/index.ts";

const result: SequenceResult = {
  fingerprint: 1n,
  calls: 1n,
  hooks: 1n,
  references: 1n,
  setupCalls: 2,
  stepCalls: 10,
  tasks: 2,
  tokens: 1,
  uses: 0,
  leaked: 0,
  leftInodes: 0,
};

/** A comparison that records its inputs and returns the verdicts of the test. */
class Fake implements Comparison {
  readonly blockSize = 4;
  readonly batchSize: number;
  readonly inputs: string[] = [];
  readonly #verdict: (n: number) => Partial<Verdict>;
  readonly #setup: Partial<SetupResult>;

  constructor(
    verdict: (n: number) => Partial<Verdict> = () => ({}),
    batchSize = 1,
    setup: Partial<SetupResult> = {},
  ) {
    this.#verdict = verdict;
    this.batchSize = batchSize;
    this.#setup = setup;
  }

  setUp(prefix: Uint8Array): SetupResult {
    return { read: Math.min(8, prefix.length), ...this.#setup };
  }

  *run(inputs: readonly Uint8Array[]): Iterable<Verdict> {
    for (const input of inputs) {
      this.inputs.push(input.join());
      yield { input, result, ...this.#verdict(this.inputs.length) };
    }
  }

  finish(): readonly Verdict[] {
    return [];
  }

  minimize(finding: Finding) {
    const scenario = { name: "x", rules: [], tasks: [], steps: [] };
    return { ...finding, scenario, reproduces: false };
  }
}

const finding = (subject: string): Finding => ({
  input: new Uint8Array(1),
  subject,
  kind: "differs",
  message: `${subject} differs`,
});

describe("the engine", () => {
  test.each([1, 2, 4])("generates the same inputs for the same seed, in batches of %d", (size) => {
    const [a, b, other] = [new Fake(), new Fake(() => ({}), size), new Fake()];
    for (const [fake, seed] of [
      [a, 7],
      [b, 7],
      [other, 8],
    ] as const) {
      const fuzzer = new Fuzzer(fake, { seed });
      for (let i = 0; i < 3; i++) expect(fuzzer.runBlock()).toBeUndefined();
      expect(fuzzer.tally).toMatchObject({ sequences: 12, steps: 120, withToken: 12, withUse: 0 });
    }
    expect(b.inputs).toEqual(a.inputs);
    expect(other.inputs).not.toEqual(a.inputs);
  });

  test("shards share no block, and together are the whole run", () => {
    const inputsOf = (index: number, count: number, blocks: number) => {
      const fake = new Fake();
      const fuzzer = new Fuzzer(fake, { shard: { index, count } });
      for (let i = 0; i < blocks; i++) fuzzer.runBlock();
      return fake.inputs;
    };
    const shards = [inputsOf(0, 2, 2), inputsOf(1, 2, 2)];
    expect(new Set(shards.flat()).size).toBe(16);
    expect(shards.flat().sort()).toEqual([...inputsOf(0, 1, 4)].sort());
  });

  test("keeps inputs that reach new code, and mutates them", () => {
    const fuzzer = new Fuzzer(new Fake((n) => ({ reachedNew: n === 2 })));
    fuzzer.runBlock();
    expect(fuzzer.kept).toBe(1);
    expect(fuzzer.takeFresh().length).toBe(1);
    expect(fuzzer.takeFresh()).toEqual([]);
  });

  test("ends a block at its first finding, and continues with the next block", () => {
    const fake = new Fake((n) => (n === 2 ? { finding: finding("b") } : {}));
    const fuzzer = new Fuzzer(fake);
    expect(fuzzer.runBlock()).toMatchObject({ subject: "b" });
    expect(fake.inputs.length).toBe(2);
    expect(fuzzer.crashes).toBe(0);
    expect(fuzzer.runBlock()).toBeUndefined();
    expect(fake.inputs.length).toBe(6);
  });

  test("counts expected differences and the reasons of early ends", () => {
    const fuzzer = new Fuzzer(new Fake(() => ({ expected: 1, ended: ["known"] })));
    fuzzer.runBlock();
    expect(fuzzer.expected).toBe(4);
    expect([...fuzzer.ended]).toEqual([["known", 4]]);
  });
});

describe("a run", () => {
  const goal = { sequences: 8, steps: Infinity, time: Infinity, findings: 10 };

  test("ends at its limit", () => {
    const fuzzer = new Fuzzer(new Fake());
    expect([...runBlocks(fuzzer, goal, Infinity)]).toEqual([]);
    expect(fuzzer.tally.sequences).toBe(8);
  });

  test("ends after the maximum number of findings, which are minimised", () => {
    const fuzzer = new Fuzzer(new Fake(() => ({ finding: finding("b") })));
    const events = [...runBlocks(fuzzer, { ...goal, findings: 3 }, Infinity)];
    expect(events.map(({ kind }) => kind)).toEqual(["finding", "finding", "finding"]);
    expect(events[0]).toMatchObject({ finding: { reproduces: false, message: "b differs" } });
  });

  test("stops if every block ends in a crash, during setup or later", () => {
    for (const fake of [
      new Fake(() => ({ crashed: true })),
      new Fake(() => ({}), 1, { crashed: true }),
    ]) {
      const events = [...runBlocks(new Fuzzer(fake), { ...goal, sequences: 1e9 }, Infinity)];
      expect(events).toEqual([{ kind: "stopped", why: "16 blocks in a row ended in a crash" }]);
    }
  });

  test("reports progress", () => {
    const [event] = runBlocks(new Fuzzer(new Fake()), goal, 0);
    expect(event).toMatchObject({ kind: "progress", findings: 0 });
  });
});

describe("reports", () => {
  const reportOfShard = (index: number, before?: FuzzReport): FuzzReport => {
    const shard = { index, count: 2 };
    const block = before && { block: before.block };
    const fuzzer = new Fuzzer(new Fake(() => ({ ended: ["known"] })), { shard, ...block });
    fuzzer.runBlock();
    const path = "kernel/bpf/token.c";
    const branches = { reached: [`${index}:1+`], all: 4 };
    const lines = { reached: [10 - index], all: 9 };
    const run = { subjects: ["a", "b"], seed: 1, shard };
    return reportOf(fuzzer, run, [`finding-${index}`], [{ path, branches, lines }], before);
  };

  test("continue an earlier report", () => {
    const first = reportOfShard(0);
    expect(first).toMatchObject({ block: 2, tally: { sequences: 4 }, ended: { known: 4 } });
    expect(reportOfShard(0, first)).toMatchObject({
      block: 4,
      tally: { sequences: 8 },
      ended: { known: 8 },
      findings: ["finding-0", "finding-0"],
    });
  });

  test("of shards can be merged", () => {
    expect(mergeReports([reportOfShard(0), reportOfShard(1)])).toMatchObject({
      shards: 2,
      missing: [],
      tally: { sequences: 8 },
      ended: { known: 8 },
      findings: ["finding-0", "finding-1"],
      coverage: [{ branches: { reached: ["0:1+", "1:1+"] }, lines: { reached: [9, 10] } }],
    });
    expect(mergeReports([reportOfShard(1)]).missing).toEqual([0]);
  });

  test("of different runs cannot be merged", () => {
    expect(() => mergeReports([])).toThrow("no report");
    const other = { ...reportOfShard(1), seed: 2 };
    expect(() => mergeReports([reportOfShard(0), other])).toThrow("are different runs");
  });
});
