// SPDX-License-Identifier: MIT

import { buildUpstream, yowaspCompiler } from "@bpf-token/upstream";
import { buildSequences, type SequenceModule } from "@bpf-token/upstream/instrumented";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Finding,
  Fuzzer,
  fileCoverage,
  ModuleComparison,
  SequenceMachine,
  type SequenceResult,
} from "../src/index.ts";
import { noTokens, TOKEN } from "./texts.ts";

const release = "6.12";
let model: SequenceModule;
let mine: SequenceModule;

beforeAll(async () => {
  const compiler = await yowaspCompiler();
  model = await buildSequences([], { compiler });
  const file = { path: TOKEN, bytes: new TextEncoder().encode(noTokens) } as const;
  mine = await buildSequences([file], { compiler, release });
}, 300_000);

const input = (first: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: 120 }, (_, i) => (i === 0 ? first : (seed * 7919 + i * i * 31) & 0xff));

function live(machine: SequenceMachine, bytes: Uint8Array) {
  machine.restore(machine.booted);
  machine.runSetup(bytes);
  return machine.runSteps(bytes);
}

describe("sequences generated from bytes", () => {
  test("are the same in each run on the same kernel", () => {
    const [a, b] = [0, 1].map(() => new SequenceMachine(model.module, { release })) as [
      SequenceMachine,
      SequenceMachine,
    ];
    const bytes = input(4, 1);
    const first = live(a, bytes);
    for (let i = 2; i < 20; i++) live(a, input(i, i));
    expect(live(a, bytes)).toEqual(first);
    expect(live(b, bytes)).toEqual(first);
    expect(first).toMatchObject({ leaked: 0, tokens: expect.any(Number) as number });
    expect(live(b, input(4, 2)).fingerprint).not.toBe(first.fingerprint);
  });

  test("continue from a snapshot of a setup as from the setup itself", () => {
    const machine = new SequenceMachine(model.module, { release });
    const bytes = input(0, 3);
    const whole = live(machine, bytes);
    machine.restore(machine.booted);
    expect(machine.runSetup(bytes.subarray(0, 24))).toBeLessThan(24);
    const afterSetup = machine.save();
    machine.runSteps(input(0, 4));
    machine.restore(afterSetup);
    expect(machine.runSteps(bytes)).toEqual(whole);
  });

  test("differ only where the kernels differ", () => {
    const a = new SequenceMachine(model.module, { release });
    const b = new SequenceMachine(mine.module, { release });
    // a sequence with a token, and one without
    expect(live(a, input(0, 1)).tokens).toBeGreaterThan(0);
    expect(live(b, input(0, 1)).tokens).toBe(0);
    expect(live(b, input(0, 1)).fingerprint).not.toBe(live(a, input(0, 1)).fingerprint);
    const none = Uint8Array.of(3, 160, 1, 160, 1, 160, 1, 160, 1, 160, 1, 160, 1, 160, 1, 160, 1);
    expect(live(b, none).tokens).toBe(0);
  });

  test("have their memory at the same addresses in modules of different sizes", () => {
    const [a, b] = [model, mine].map(({ module }) => {
      const calls = new SequenceMachine(module, { release }).notes(input(0, 1));
      const [first] = calls.flatMap((note) => (note.kind === "call" ? note.memory : []));
      return first;
    });
    // A random number could be an address in one of them. Small numbers are addresses in neither.
    expect(a?.address).toBeGreaterThan(1 << 24);
    expect(a?.address).toBe(b?.address);
    expect(a?.bytes).toEqual(b?.bytes);
  });

  test.each([
    ["6.18", false],
    ["7.3", true],
  ] as const)("find the inodes that TP-22 keeps, on Linux %s: %s", (release, found) => {
    const [a, b] = [0, 1].map(() => new SequenceMachine(model.module, { release })) as [
      SequenceMachine,
      SequenceMachine,
    ];
    const comparison = new ModuleComparison([
      { name: "one", release, machine: a },
      { name: "two", release, machine: b },
    ]);
    const fuzzer = new Fuzzer(comparison, { seed: 1 });
    while (fuzzer.tally.sequences < 4000) expect(fuzzer.runBlock()).toBeUndefined();
    expect(fuzzer.tally.withLeftInode > 0).toBe(found);
  });

  test("find a kernel that does not keep the inodes", () => {
    class Mended extends SequenceMachine {
      override runSteps(bytes: Uint8Array): SequenceResult {
        return { ...super.runSteps(bytes), leftInodes: 0 };
      }
    }
    const options = { release: "7.3" } as const;
    const comparison = new ModuleComparison([
      { name: "model", ...options, machine: new SequenceMachine(model.module, options) },
      { name: "mended", ...options, machine: new Mended(model.module, options) },
    ]);
    const fuzzer = new Fuzzer(comparison, { seed: 1 });
    let finding: Finding | undefined;
    while (finding === undefined && fuzzer.tally.sequences < 4000) finding = fuzzer.runBlock();
    expect(finding).toMatchObject({ kind: "keeps inodes", subject: "mended" });
    expect(finding?.message).toContain("(TP-22)");
  });

  test("can be listed step by step", () => {
    const machine = new SequenceMachine(model.module, { release });
    const notes = machine.notes(input(0, 1));
    const calls = notes.filter(({ kind }) => kind === "call");
    expect(notes.filter(({ kind }) => kind === "return").length).toBe(calls.length);
    expect(notes.filter(({ kind }) => kind === "fork").length).toBeGreaterThan(0);
    const texts = calls.flatMap((note) =>
      note.kind === "call" ? note.memory.map(({ bytes }) => new TextDecoder().decode(bytes)) : [],
    );
    expect(texts).toContain("delegate_cmds\0");
    expect(machine.notes(input(0, 1)).length).toBe(notes.length);
  });

  test("coverage is reported by line and branch", () => {
    const machine = new SequenceMachine(mine.module, { release });
    const totals = new Array<number>(machine.counters().length).fill(0);
    for (let i = 0; i < 40; i++) {
      live(machine, input(i, i));
      machine.counters().forEach((n, at) => {
        totals[at] = (totals[at] ?? 0) + Number(n);
      });
    }
    expect(mine.coverage.map(({ path }) => path)).toEqual([TOKEN]);
    const [map] = mine.coverage;
    if (map === undefined) return;
    const { lines, branches } = fileCoverage(map, machine.countsOf(totals));
    const rows = noTokens.split("\n");
    const at = (text: string) => rows.findIndex((row) => row.includes(text)) + 1;
    expect(lines.get(at("return capable(cap)"))).toBeGreaterThan(0);
    expect(lines.get(at("return -ENOLINK;"))).toBeGreaterThan(0);
    expect(lines.has(at("#include <linux/err.h>"))).toBe(false);
    expect(branches.map(({ line }) => line)).toContain(at("return capable(cap)"));
    expect(model.coverage).toEqual([]);
    expect(new SequenceMachine(model.module, { release }).counters().length).toBe(0);
  });

  test("need a module of buildSequences()", async () => {
    const compiler = await yowaspCompiler();
    const file = { path: TOKEN, bytes: new TextEncoder().encode(noTokens) } as const;
    const plain = await buildUpstream([file], { compiler, release });
    expect(() => new SequenceMachine(plain.module, { release })).toThrow(/buildSequences/);
  });
});
