// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../../bin/bpf-token.js", import.meta.url));

/** The inputs that stopped the command, of 32 kB and 1 MB. */
const pumps = [
  ["cgroup ", "attach"],
  ["bpf ", "attach"],
  ["bpf ", "remov"],
  ["bpf extern ksym ", "extern ksym "],
  ["bpf ", "create token "],
].flatMap(([start = "", word = ""]) => [
  { start, word, size: 32 * 1024 },
  { start, word, size: 1024 * 1024 },
]);

test.each(pumps)("explain - reads $size bytes of '$start' and '$word'", ({ start, word, size }) => {
  const input = `${start}${word.repeat(size / word.length)}\nlibbpf: failed to find valid kernel BTF\n`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "explain", "-"], {
    input,
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([1, ""]);
  expect(stdout).toMatch(/^not a token matter: the loader finds no BTF of the running kernel\n/);
  expect(stdout).toContain("   evidence: line 2: libbpf: failed to find valid kernel BTF\n");
});
