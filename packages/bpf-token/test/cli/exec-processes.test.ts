// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
describeNative("processes of a program on the model", ["cc"], processes);

function processes(): void {
  const { compile, file } = useProgramFolder();
  beforeAll(() => {
    for (const kind of ["-static", "-fPIE"]) compile("processes", [kind], kind);
  });

  function exec(before: readonly string[], ...command: readonly string[]) {
    const cli = path("../../bin/bpf-token.js");
    const args = [cli, "exec", "--subject", "model@7.3", "--initial", "--", ...command];
    const [program = "", ...rest] = [...before, process.execPath, ...args];
    return spawnSync(program, rest, { encoding: "utf8" });
  }

  describe.each(["-static", "-fPIE"])("built with %s", (kind) => {
    test.each([
      ["children of vfork() that execute a program have their own task", "vfork", "5"],
      ["threads share the task of their process", "threads", "50"],
      ["a program that a thread executes keeps what the process was", "exec", "1"],
      ["processes that are killed in a call leave the others alone", "deaths", "20"],
      ["processes that live at a time have a task each", "forks", "30"],
    ])("%s", (_, what, count) => {
      const run = exec([], file(kind), what, count);
      expect(run).toMatchObject({ status: 0, stderr: "" });
    });
  });

  test("a process that gets the number of an ended one has nothing of it", () => {
    // Only with privileges, which a pid namespace gives, a process chooses its number.
    const inPidNamespace = ["unshare", "--pid", "--fork", "--mount-proc"];
    const run = exec(inPidNamespace, file("-static"), "reuse", "10");
    expect(run).toMatchObject({ status: 0, stderr: "" });
  });

  test("too many processes end the program by name, and none is left", () => {
    const { status, stderr } = exec([], file("-static"), "forks", "200");
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/more than \d+ processes at a time/),
    ]);
    expect(spawnSync("pgrep", ["-f", `^${file("-static")}`]).status).toBe(1);
  });
}
