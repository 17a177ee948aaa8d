// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNative } from "./native.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const recorder = path(`../../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-record`);

describeNative("the recorder", ["cc"], () => {
  let folder = "";
  let program = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "recorder-"));
    program = join(folder, "followed");
    const build = path("../../../../tools/build/native/build.mjs");
    spawnSync(process.execPath, [build, "--quiet", "recorder", process.arch]);
    const source = path("../fixtures/followed.c");
    const made = spawnSync("cc", ["-static", "-O1", "-Wall", "-o", program, source], {
      encoding: "utf8",
    });
    expect([made.status, made.stderr]).toEqual([0, ""]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs a command, which must end by itself. */
  const run = (command: string, ...args: readonly string[]) => {
    const options = { encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" } as const;
    const { status, signal, stderr, error } = spawnSync(command, args, options);
    expect(error).toBeUndefined();
    return { status, signal, stderr };
  };

  test("says that the recording is not complete if memory is short", () => {
    const limited = (kib: number, ...args: readonly string[]) =>
      run("sh", "-c", 'ulimit -Sv "$1"; shift; exec "$@"', "sh", String(kib), recorder, ...args);
    let least = 1024;
    while (least < 65_536 && limited(least, "--help").status !== 0) least += 64;
    const file = join(folder, "recording.jsonl");
    const seen = new Set<string>();
    for (let kib = least; kib < least + 512; kib += 16) {
      const { status, signal, stderr } = limited(kib, "-o", file, "--", program, "memory");
      expect([kib, status, signal]).toEqual([kib, 0, null]);
      seen.add(stderr);
    }
    const why = "bpf-token-record: the recording is not complete: it cannot be written\n";
    expect([...seen]).toEqual([why, ""]);
  });

  test.each([
    ["killed-at-seccomp", 128 + 31, ""],
    ["no-ptrace", 126, "bpf-token-record: this machine does not permit ptrace\n"],
  ])("ends if the start fails: %s", (what, status, stderr) => {
    const file = join(folder, "recording.jsonl");
    const ended = run(program, what, recorder, "-o", file, "--", program, "memory");
    expect(ended).toEqual({ status, signal: null, stderr });
  });

  test("ends if it is interrupted, whenever that is", () => {
    const file = join(folder, "recording.jsonl");
    const ended = run(program, "interrupt", recorder, "-o", file, "--", program, "memory");
    expect([ended.status, ended.signal]).toEqual([0, null]);
  });

  test("ends if processes are killed while they start others", () => {
    const file = join(folder, "recording.jsonl");
    const ended = run(recorder, "-o", file, "--", program, "killed");
    expect(ended).toEqual({ status: 0, signal: null, stderr: "" });
  });

  test("follows more processes than it records, and names the limit", () => {
    const file = join(folder, "recording.jsonl");
    const ended = run(recorder, "-o", file, "--", program, "crowd");
    expect(ended).toEqual({
      status: 0,
      signal: null,
      stderr:
        "bpf-token-record: there are more processes or threads than it records; the calls of the others are not recorded\n",
    });
  });
});
