// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { buildNative, nativeCompilers, runNative } from "../lib/native.mjs";

const [compiler] = nativeCompilers();
const out = mkdtempSync(join(tmpdir(), "bpf-token-native-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

describe("the core on this machine, with ASan and UBSan", () => {
  beforeEach((context) => {
    if (compiler === undefined)
      context.skip("the core on this machine: no C compiler with sanitizers");
  });
  let program = "";
  test("compiles and links", { timeout: 180_000 }, async () => {
    program = await buildNative({ compiler: compiler ?? "", out });
    expect(program).toBe(join(out, "smoke"));
  });

  test.each([2, 6009, 6018])(
    "tells the story and survives nonsense as %d",
    { timeout: 180_000 },
    (code) => {
      expect(runNative(program, code)).toEqual({ ok: true, text: `release ${code}: 0 failures` });
    },
  );
});
