// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "vitest";
import { buildPrograms } from "./build-programs.ts";
import { cli } from "./run-cli.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A folder for programs that `exec --subject` runs, until the end of the tests. */
export interface ProgramFolder {
  /** The path of a file in it. */
  file(name: string): string;
  /**
   * Compiles a program of `fixtures`, and returns its path.
   *
   * @param flags - of the C compiler; default: for a static program.
   * @param name - of the program; default: that of its source.
   */
  compile(source: string, flags?: readonly string[], name?: string): string;
  /** Runs `exec` with a command whose output goes to a file, and returns the text of that too. */
  exec(args: readonly string[], ...command: readonly string[]): Promise<Executed>;
}

/** What `exec` and its command printed. */
export interface Executed {
  readonly code: number;
  readonly err: string;
  /** The output of the command. */
  readonly text: string;
}

/** Creates the folder before the tests of a suite, and builds the native programs that exec needs. */
export function useProgramFolder(): ProgramFolder {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "exec-programs-"));
    buildPrograms("interceptor", "addon");
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string): string => join(folder, name);

  function compile(source: string, flags = ["-static"], name = source): string {
    const program = file(name);
    const args = [...flags, "-pthread", "-Wno-unused-result", "-o", program];
    const made = spawnSync("cc", [...args, path(`../fixtures/${source}.c`)], { encoding: "utf8" });
    expect([made.status, made.stderr]).toEqual([0, ""]);
    return program;
  }

  async function exec(args: readonly string[], ...command: readonly string[]): Promise<Executed> {
    const output = file("output");
    rmSync(output, { force: true });
    const shell = ["sh", "-c", 'out=$1; shift; exec "$@" >"$out" 2>&1', "sh", output];
    const env = { PATH: process.env.PATH ?? "" };
    const { code, err } = await cli(["exec", ...args, "--", ...shell, ...command], {}, env);
    return { code, err, text: existsSync(output) ? readFileSync(output, "utf8") : "" };
  }
  return { file, compile, exec };
}
