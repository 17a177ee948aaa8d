// SPDX-License-Identifier: MIT
import { yowaspCompiler } from "@bpf-token/upstream";
import { buildSequences } from "@bpf-token/upstream/instrumented";
import { beforeAll, describe, expect, test } from "vitest";
import { SequenceCrash, SequenceMachine } from "../src/index.ts";
import { noPins, noTokens, TOKEN } from "./texts.ts";

const release = "6.12";
let compiler: Awaited<ReturnType<typeof yowaspCompiler>>;

beforeAll(async () => {
  compiler = await yowaspCompiler();
}, 600_000);

describe("an endless loop", { timeout: 600_000 }, () => {
  test("ends a sequence, and the machine can run the next one", async () => {
    const text = noTokens.replace("return -ENOLINK;", "for (;;) ;");
    const bytes = new TextEncoder().encode(text);
    const { module } = await buildSequences([{ path: TOKEN, bytes }], { compiler, release });
    const machine = new SequenceMachine(module, { release });
    const story = Uint8Array.from({ length: 60 }, (_, i) => (i * i * 31) & 0xff);
    const live = () => {
      machine.restore(machine.booted);
      machine.runSetup(story);
      return machine.runSteps(story);
    };
    expect(live).toThrow(SequenceCrash);
    expect(live).toThrow("a loop does not end in bpf_token_create()");
    const notes = machine.notes(story);
    expect(notes.at(-1)).toMatchObject({ kind: "call" });
    machine.restore(machine.booted);
    const other = new SequenceMachine(module, { release });
    // a sequence without a token
    const quiet = Uint8Array.of(3);
    other.restore(other.booted);
    expect(machine.runSetup(quiet)).toBe(other.runSetup(quiet));
    expect(machine.save()).toEqual(other.save());
  });

  test("at boot is a ModuleError", async () => {
    const text = new TextEncoder().encode(noPins.replace("return 0;", "for (;;) ;"));
    const files = [{ path: "kernel/bpf/inode.c", bytes: text }] as const;
    const sequences = await buildSequences(files, { compiler, release });
    expect(() => new SequenceMachine(sequences.module, { release })).toThrow(
      /does not boot as 6\.12: a loop does not end/,
    );
  });
});
