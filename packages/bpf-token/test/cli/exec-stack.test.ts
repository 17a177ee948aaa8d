// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import {
  ProgramEndedError,
  type ProgramThread,
  runProgram,
} from "@bpf-token/kernel-native/program";
import { createKernel } from "@bpf-token/kernel-wasm";
import { expect, test } from "vitest";
import { openContainer } from "../../src/explain/setup.ts";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";
import { cli } from "./run-cli.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

describeNative("the stack of a program that is ended by name", ["cc", "strip"], stacks);

function stacks(): void {
  const { file, compile: compileAs } = useProgramFolder();
  const compile = (...flags: readonly string[]): string =>
    compileAs("nested", flags, `nested${flags.join("")}`);

  /** Runs a program that is ended, and returns the thread that made the call. */
  async function ended(...command: readonly [string, ...string[]]): Promise<ProgramThread> {
    const kernel = createKernel({ release: "7.3" });
    try {
      const setup = { options: ["delegate_cmds=any"], capabilities: -1n };
      await runProgram({ command, task: openContainer(kernel, setup, "/sys/fs/bpf") });
    } catch (error) {
      if (!(error instanceof ProgramEndedError)) throw error;
      expect(error.what).toBe("renameat2() of a BPF filesystem");
      expect(error.thread).toBeDefined();
      return error.thread as ProgramThread;
    } finally {
      kernel.close();
    }
    throw new Error("the program was not ended");
  }

  const names = ({ frames }: ProgramThread): readonly string[] =>
    frames.flatMap(({ symbol }) => symbol?.name ?? []);
  const reliable = ({ frames }: ProgramThread): readonly boolean[] => [
    ...new Set(frames.map((frame) => frame.reliable)),
  ];
  const functions = ["syscall", "third", "second", "first"];

  test.each([
    ["-O2", "-fomit-frame-pointer"],
    ["-O2", "-fomit-frame-pointer", "-static"],
    ["-O0"],
    ["-O0", "-static"],
    ["-O2", "-no-pie"],
    ["-O2", "-static-pie"],
  ])("names the functions of a program that was built with %s %s %s", async (...flags) => {
    const program = compile(...flags);
    const thread = await ended(program);
    expect(names(thread).slice(0, 5)).toEqual([...functions, "main"]);
    expect(reliable(thread)).toEqual([true]);
    expect(thread.frames[1]?.file).toBe(program);
    expect([thread.tid, thread.name]).toEqual([thread.pid, basename(program).slice(0, 15)]);
  });

  test.each(["-O2", "-O0"])("is that of the thread that made the call: %s", async (flag) => {
    const thread = await ended(compile(flag), "thread");
    expect(names(thread).slice(0, 5)).toEqual([...functions, "in_thread"]);
    expect(reliable(thread)).toEqual([true]);
    expect(thread.tid).not.toBe(thread.pid);
  });

  test.each(["-O2", "-O0"])(
    "continues where a signal interrupted the program: %s",
    async (flag) => {
      const thread = await ended(compile(flag, "-static"), "signal");
      expect(names(thread).slice(0, 5)).toEqual([...functions, "on_signal"]);
      expect(names(thread).slice(5)).toContain("main");
      expect(reliable(thread)).toEqual([true]);
    },
  );

  test("has addresses of the file in place of names for a stripped program", async () => {
    const program = compile("-O2", "-static");
    const whole = await ended(program);
    expect(spawnSync("strip", [program]).status).toBe(0);
    const stripped = await ended(program);
    expect(names(stripped)).toEqual([]);
    expect(stripped.frames).toEqual(
      whole.frames.map(({ file, offset, reliable }) => ({ file, offset, reliable })),
    );
  });

  test("says which frames were only found on the stack of a program without unwind information", async () => {
    const program = compile("-O0", "-static");
    const whole = await ended(program);
    const bytes = readFileSync(program);
    // Without sections: e_shoff, e_shentsize, e_shnum and e_shstrndx.
    bytes.fill(0, 40, 48).fill(0, 58, 64);
    writeFileSync(program, bytes);
    const { frames } = await ended(program);
    expect(frames.map((frame) => frame.reliable)).toEqual(frames.map((_, i) => i === 0));
    const offsets = (of: ProgramThread["frames"]) => of.slice(0, 5).map(({ offset }) => offset);
    expect(offsets(frames)).toEqual(offsets(whole.frames));
  });

  test("has no names of a program that was deleted", async () => {
    const program = compile("-O2");
    const { frames } = await ended(program, "deleted");
    const own = frames.filter(({ file }) => file === `${program} (deleted)`);
    expect(own.length).toBeGreaterThan(3);
    expect(own.filter(({ symbol }) => symbol !== undefined)).toEqual([]);
  });

  test("is found for a program that another process traces", async () => {
    const thread = await ended(compile("-O0", "-static"), "traced");
    expect(names(thread).slice(0, 5)).toEqual([...functions, "traced"]);
  });

  const exec = (...words: readonly string[]) =>
    cli(["exec", "--subject", "model@7.3", "--delegate", "cmds=any", ...words]);

  test("follows the message, with unprintable characters made visible", async () => {
    const program = file("\u001b[2J\nok");
    copyFileSync(compile("-O2"), program);
    const { code, err } = await exec("--", program);
    const [message, thread, ...frames] = err.split("\n");
    expect([code, message]).toEqual([
      3,
      expect.stringContaining("does not have what it used: ren"),
    ]);
    expect(thread).toMatch(/^ {2}in process \d+ \(\\u001b\[2J\\u000aok\):$/);
    expect(frames[0]).toMatch(/^ {4}syscall\+0x[\da-f]+ \(libc.*\)$/);
    expect(frames[1]).toMatch(/^ {4}third\+0x[\da-f]+ \(\\u001b\[2J\\012ok\)$/);
  });

  test("is the same from the files of the quick start", async () => {
    const program = compile("-O2");
    const args = ["exec", "--subject", "model@7.3", "--delegate", "cmds=any", "--", program];
    const quick = spawnSync(process.execPath, [path("../../bin/bpf-token.js"), ...args], {
      encoding: "utf8",
    });
    const usual = await exec("--", program);
    const shown = (text: string): string => text.replace(/ in process \d+ /, " in process N ");
    expect([quick.status, shown(quick.stderr)]).toEqual([3, shown(usual.err)]);
  });

  test("is not printed with --lenient", async () => {
    const { err } = await exec("--lenient", "--", compile("-O2"));
    expect(err).toBe(
      "bpf-token: not in the model of Linux 7.3, so the program got ENOSYS: renameat2() of a BPF filesystem\n",
    );
  });
}
