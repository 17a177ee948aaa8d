// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
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

describeNative("a program that is ended by name", ["cc", "gdb"], endings);

function endings(): void {
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

  const renameat2 = process.arch === "arm64" ? 276 : 316;

  test("has the thread, the number of its call and the place in its file", async () => {
    const program = compile("-O2", "-static");
    const { pid, tid, name, nr, at } = await ended(program);
    expect([tid, name, nr]).toEqual([pid, basename(program).slice(0, 15), renameat2]);
    expect(at?.file).toBe(program);
    // The instruction before it is the call: `syscall` of x86-64, `svc #0` of arm64.
    const offset = at?.offset ?? 0;
    const code = readFileSync(program)
      .subarray(offset - 4, offset)
      .toString("hex");
    expect(code).toMatch(/0f05$|^010000d4$/);
  });

  test("names the thread that made the call, and a file that was deleted", async () => {
    const thread = await ended(compile("-O2"), "thread");
    expect(thread.tid).not.toBe(thread.pid);
    expect(thread.at?.file).toContain("libc");
    const program = compile("-O2", "-static-pie");
    expect((await ended(program, "deleted")).at?.file).toBe(`${program} (deleted)`);
  });

  test("is found for a program that another process traces", async () => {
    expect((await ended(compile("-O0", "-static"), "traced")).nr).toBe(renameat2);
  });

  const exec = (...words: readonly string[]) =>
    cli(["exec", "--subject", "model@7.3", "--delegate", "cmds=any", ...words]);

  test("follows the message, with unprintable characters made visible", async () => {
    const program = file("\u001b[2J\nok");
    copyFileSync(compile("-O2", "-static"), program);
    const { code, err } = await exec("--", program);
    const [message, thread, ...hint] = err.trimEnd().split("\n");
    expect([code, message]).toEqual([
      3,
      expect.stringContaining("does not have what it used: ren"),
    ]);
    expect(thread).toMatch(
      /^ {2}in process \d+ \(\\u001b\[2J\\u000aok\), at \\u001b\[2J\\012ok\+0x[\da-f]+$/,
    );
    expect(hint).toEqual([
      "  to see the functions that led to the call, repeat exec with --lenient and gdb:",
      `    -- gdb -ex 'catch syscall ${renameat2}' -ex run -ex bt --args COMMAND`,
    ]);
  });

  test("the command of the message prints the functions", () => {
    const gdb = ["gdb", "-nx", "-batch", "-ex", `catch syscall ${renameat2}`, "-ex", "run"];
    const { stdout } = spawnSync(
      process.execPath,
      [
        ...[path("../../bin/bpf-token.js"), "exec", "--subject", "model@7.3"],
        ...["--delegate", "cmds=any", "--lenient", "--", ...gdb, "-ex", "bt"],
        ...["--args", compile("-O2")],
      ],
      { encoding: "utf8" },
    );
    const functions = [...stdout.matchAll(/^#\d+ .* in (\w+) \(/gm)].map(([, name]) => name);
    expect(functions).toEqual(["third", "second", "first", "main"]);
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
