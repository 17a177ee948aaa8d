// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { statisticsOf } from "../src/verify/statistics.ts";
import { cli } from "./cli/run-cli.ts";

const env = { BPF_TOKEN_BPF_KERNELS: "/nonexistent" };
const self = process.execPath;

test("the last line of a log has the counts", () => {
  const line =
    "processed 13 insns (limit 1000000) max_states_per_insn 0 total_states 2 peak_states 3 mark_read 1";
  expect(statisticsOf(`0: (b7) r0 = 2\n${line}\n`)).toEqual({ instructions: 13, states: 2 });
  expect(statisticsOf("")).toBeUndefined();
});

test.each([
  [[], "needs exactly one OBJECT"],
  [["a.o", "b.o"], "needs exactly one OBJECT"],
  [["a.o", "--caps", "bfp"], "unknown capability 'bfp'; did you mean 'bpf'?"],
  [["a.o", "--token", "maps=hasch"], "hasch"],
  [["a.o", "--limit", "0"], "--limit needs a number of seconds, not '0'"],
  [["a.o", "--limit", "1h"], "--limit needs a number of seconds, not '1h'"],
  [["/nonexistent/a.o"], "/nonexistent/a.o"],
])("refuses %j", async (args, message) => {
  const { code, err } = await cli(["verify", ...args], {}, env);
  expect(err).toContain(message);
  expect(code).toBe(2);
});

test.each([
  [["a.o"], "needs --program NAME"],
  [["--program", "p"], "needs exactly one OBJECT"],
  [["a.o", "--program", "p", "--packet", "012"], "odd number of hexadecimal digits"],
  [["a.o", "--program", "p", "--packet", ""], "--packet needs a FILE or hexadecimal digits"],
  [["a.o", "--program", "p", "--context", "/nonexistent/c"], "/nonexistent/c"],
  [["a.o", "--program", "p", "--limit", "x"], "--limit needs a number of seconds, not 'x'"],
  [["/nonexistent/a.o", "--program", "p"], "/nonexistent/a.o"],
])("test-run refuses %j", async (args, message) => {
  const { code, err } = await cli(["test-run", ...args], {}, env);
  expect(err).toContain(message);
  expect(code).toBe(2);
});

test("a file that is no BPF object is malformed", async () => {
  const { code, err } = await cli(["verify", self], {}, env);
  expect(code).toBe(1);
  expect(err.split("\n")[0]).toContain(self);
});
