// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../../lib/run.mjs";
import { sameInBoth } from "../same-in-both.mjs";

test("a file that asks for the run, itself or through another file, is not the same in both", () => {
  const top = mkdtempSync(join(tmpdir(), "bpf-token-same-"));
  onTestFinished(() => rmSync(top, { recursive: true }));
  const write = (name: string, text: string) => {
    mkdirSync(join(top, "tests/inner"), { recursive: true });
    writeFileSync(join(top, "tests", name), text);
  };
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
