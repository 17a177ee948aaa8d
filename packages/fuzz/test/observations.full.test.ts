// SPDX-License-Identifier: MIT
// What a sequence compares although no system call returns it.
import { yowaspCompiler } from "@bpf-token/upstream";
import { buildSequences } from "@bpf-token/upstream/instrumented";
import { beforeAll, expect, test } from "vitest";
import { type Finding, Fuzzer, ModuleComparison, SequenceMachine } from "../src/index.ts";
import { noTokens, TOKEN } from "./texts.ts";

const release = "6.12";
let compiler: Awaited<ReturnType<typeof yowaspCompiler>>;
let machine: SequenceMachine;

beforeAll(async () => {
  compiler = await yowaspCompiler();
  machine = await machineOf(noTokens);
}, 600_000);

async function machineOf(text: string): Promise<SequenceMachine> {
  const file = { path: TOKEN, bytes: new TextEncoder().encode(text) } as const;
  const { module } = await buildSequences([file], { compiler, release });
  return new SequenceMachine(module, { release });
}

function findingOf(other: SequenceMachine): Finding | undefined {
  const comparison = new ModuleComparison([
    { name: "first", release, machine },
    { name: "other", release, machine: other },
  ]);
  const fuzzer = new Fuzzer(comparison, { seed: 1 });
  let finding: Finding | undefined;
  while (finding === undefined && fuzzer.tally.sequences < 2000) finding = fuzzer.runBlock();
  return finding;
}

const changed = (text: string, from: string, to: string): string => {
  expect(text.split(from).length).toBe(2);
  return text.replace(from, to);
};

test.each([
  ["the same source", "calls nothing else", "", undefined],
  [
    "a call of an LSM hook",
    "needs no answer",
    "(void)capable(CAP_BPF);",
    "calls hooks differently",
  ],
  [
    "a call with another argument",
    "of the same hook",
    "(void)ns_capable(current_user_ns(), CAP_SYS_ADMIN);",
    "calls hooks differently",
  ],
  ["a reference", "to a namespace", "get_user_ns(&init_user_ns);", "counts differently"],
] as const)(
  "%s that %s",
  async (_, __, statement, kind) => {
    const text = changed(
      changed(noTokens, "return -ENOLINK;", `${statement} return -ENOLINK;`),
      "#include <linux/err.h>",
      "#include <linux/err.h>\n#include <linux/cred.h>\n#include <linux/user_namespace.h>",
    );
    const finding = findingOf(await machineOf(text));
    expect(finding?.kind).toBe(kind);
    if (kind !== undefined) expect(finding).toMatchObject({ subject: "other" });
  },
  120_000,
);

test("a setup may nest containers, set any name, and set a umask with owner bits", () => {
  const texts = new Set<string>();
  const names = new Map<string, number>();
  const umasks = new Set<bigint>();
  for (let seed = 0; seed < 200; seed++) {
    const bytes = Uint8Array.from({ length: 60 }, (_, i) =>
      i === 0 ? 1 : ((seed + 1) * 7919 * (i + 3) + i * i * 31) >> 3,
    );
    const notes = machine.notes(bytes);
    for (const note of notes) {
      if (note.kind !== "call") continue;
      if (note.nr === 95) umasks.add(note.args[0] ?? 0n);
      for (const { bytes: memory } of note.memory) {
        texts.add(new TextDecoder().decode(memory).replace(/\0.*/s, ""));
      }
    }
    const forks = notes.filter(({ kind }) => kind === "fork").length;
    names.set(`${forks} processes`, (names.get(`${forks} processes`) ?? 0) + 1);
  }
  expect([...umasks].some((mask) => (mask & 0o600n) !== 0n)).toBe(true);
  // the app alone, in a container, and in a container of a container
  expect(names.size).toBeGreaterThan(2);
  const last = "0xffffffffffffffff";
  expect([...texts].filter((text) => /^0x[0-9a-f]+$/.test(text)).length).toBeGreaterThan(20);
  expect([...texts].some((text) => text.length === last.length && text !== last)).toBe(true);
  expect([...texts].some((text) => /^\w+:0x[0-9a-f]+$/.test(text))).toBe(true);
  expect([...texts].some((text) => /^\d+:\w+$/.test(text))).toBe(true);
  expect(texts.size).toBeGreaterThan(150);
});
