// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { quote, readRuns } from "../lib/guest.mjs";
import { runLimited } from "../lib/limit.mjs";

const LONG = 600;

function shell(text: string, seconds: number) {
  const run = { name: "a row, all", command: ["sh", "-c", text], seconds };
  const { status, signal, stdout, stderr } = runLimited(run);
  return { status, signal, stdout, stderr };
}

test("a run that the limit ended is an error with its name, not a result", () => {
  expect(() => shell("sleep 600", 0.05)).toThrow(
    "a row, all: not finished in 0.05 s, so there is no result. Fix: ",
  );
});

test("a run that ends by itself has its result, even by the signal or the status of a limit", () => {
  const none = { signal: null, stdout: "", stderr: "" };
  expect(shell("echo out; echo err >&2; exit 3", LONG)).toEqual({
    ...{ status: 3, signal: null, stdout: "out\n", stderr: "err\n" },
  });
  expect(shell("exit 124", LONG)).toEqual({ ...none, status: 124 });
  expect(shell("exit 137", LONG)).toEqual({ ...none, status: 137 });
  expect(shell("kill -KILL $$", LONG)).toEqual({ ...none, status: null, signal: "SIGKILL" });
});

test("a program that is not there is an error with the name of the run", () => {
  const run = { name: "a row", command: ["true"], seconds: 1, env: { PATH: "/nonexistent" } };
  expect(() => runLimited(run)).toThrow("a row: spawnSync timeout ENOENT");
});

const runs = [
  { name: "first", line: "true" },
  { name: "second", line: "sleep 600" },
  { name: "third", line: "true" },
];
const first = `
@@bpf-token 0 7
out
@@bpf-token errors
err

@@bpf-token end
`;

test("in a guest, the run that the limit ended is named", () => {
  expect(() => readRuns(`${first}\n@@bpf-token late 1\n`, runs, 5)).toThrow(
    "second, in the guest: not finished in 5 s, so there is no result. Fix: ",
  );
});

test("a guest that ends early has no result, and the first run without one is named", () => {
  const early = "the guest ended before this run did, so there is no result";
  expect(() => readRuns(first, runs, 5)).toThrow(`second: ${early}`);
  expect(() => readRuns("Kernel panic", runs, 5)).toThrow(`first: ${early}`);
  expect(readRuns(first, runs.slice(0, 1), 5)).toEqual([
    { status: 7, stdout: "out", stderr: "err\n" },
  ]);
});

test("a quoted word is one word of a shell", () => {
  for (const word of ["", "a b", "it's", `"$HOME" \\ \`x\``, "two\nlines"]) {
    const { stdout } = spawnSync("sh", ["-c", `printf %s ${quote(word)}`], { encoding: "utf8" });
    expect(stdout).toBe(word);
  }
});
