// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../build.mjs", import.meta.url));

function build(args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

test("without a compiler it prints one line and exits with 3", () => {
  const { status, stdout, stderr } = build([], { CC: "no-such-compiler" });
  expect([status, stdout]).toEqual([3, ""]);
  expect(stderr).toMatch(/^no C compiler found for \w+: [^\n]+\n$/);
});

test("an unknown option prints the usage and exits with 2", () => {
  expect(build(["--fast"]).status).toBe(2);
});

test.each(["riscv64", "toString", "bpf-exec"])("'%s' is no program or architecture", (word) => {
  const { status, stdout, stderr } = build([word]);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(
    `'${word}' is no program or architecture\nusage: npm run tool build:native`,
  );
});
