// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../../lib/run.mjs";
import { passedIn, sameInBoth } from "../same-in-both.mjs";

/** An empty repository, and a function that writes its tests. */
function repository(): { top: string; write: (name: string, text: string) => void } {
  const top = mkdtempSync(join(tmpdir(), "bpf-token-same-"));
  onTestFinished(() => rmSync(top, { recursive: true }));
  mkdirSync(join(top, "tests/inner"), { recursive: true });
  return { top, write: (name, text) => writeFileSync(join(top, "tests", name), text) };
}

test("a file that asks for the run, itself or through another file, is not the same in both", () => {
  const { top, write } = repository();
  write("plain.test.ts", 'import { a } from "./help.ts";');
  write("help.ts", 'import { b } from "./loop.ts";');
  write("loop.ts", 'import { c } from "./help.ts";');
  write("asks.test.ts", 'const full = inject("full");');
  write("inner/through.test.ts", 'import { sample } from "../sample.ts";');
  write("sample.ts", "process.env.BPF_TOKEN_FULL");
  write("long.full.test.ts", "");
  write("none.ts", "");
  expect(sameInBoth(top, ["tests"])).toEqual(["tests/plain.test.ts"]);
});

test("finds the tests here that take a sample", () => {
  const same = sameInBoth(root, ["packages", "tools"]);
  expect(same).not.toContain("packages/conformance/test/model.test.ts");
  expect(same).not.toContain("packages/bpf-token/test/cli/fuzz-native.test.ts");
  expect(same).toContain("tools/ci/test/spdx.test.ts");
});

test("of a report, files count that passed as a whole and do not look at the machine", () => {
  const { top, write } = repository();
  const states: Record<string, readonly string[]> = {
    good: ["passed", "passed"],
    looks: ["passed"],
    skips: ["passed", "skipped"],
    fails: ["failed"],
    none: [],
  };
  for (const name of Object.keys(states)) write(`${name}.test.ts`, "");
  write("looks.test.ts", "if (process.geteuid() === 0) test();");
  write("unreported.test.ts", "");
  const testResults = Object.entries(states).map(([name, all]) => ({
    name: `/elsewhere/tests/${name}.test.ts`,
    assertionResults: all.map((status) => ({ status })),
  }));
  expect(passedIn({ testResults }, top, ["tests"])).toEqual(["tests/good.test.ts"]);
});
