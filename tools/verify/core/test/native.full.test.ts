// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isRequired } from "../../../lib/chromium.mjs";
import { buildNative, nativeCompilers, runNative } from "../lib/native.mjs";

const RELEASES = [1, 2, 3, 6009, 6012, 6015, 6017, 6018, 6019, 7000, 7001, 7002, 7003];

test("the native core with ASan and UBSan runs the demo scenario and survives random input", {
  timeout: 300_000,
}, async (context) => {
  const [compiler] = nativeCompilers();
  if (compiler === undefined) {
    expect(isRequired("native")).toBe(false);
    context.skip("the core natively: no C compiler with sanitizers found");
  }
  const out = mkdtempSync(join(tmpdir(), "bpf-token-native-"));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  const program = await buildNative({ compiler: compiler ?? "", out });
  const results = RELEASES.map((release) => runNative(program, release, 20 + release));
  expect(results).toEqual(
    RELEASES.map((release) => ({ ok: true, text: `release ${release}: 0 failures` })),
  );
});

test("ignores a compiler that does not exist", () => {
  expect(nativeCompilers({ CC: "no-such-compiler" })).not.toContain("no-such-compiler");
});
