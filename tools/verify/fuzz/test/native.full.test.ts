// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fuzz } from "../lib/libfuzzer.mjs";
import { whyNoNative } from "../lib/native.mjs";
import { targets } from "../lib/targets.mjs";

const names = (Object.keys(targets) as (keyof typeof targets)[]).filter(
  (name) => "units" in targets[name],
);
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");
const why: string | undefined = whyNoNative();

for (const name of names)
  test(`${name} survives its corpus and 5,000 inputs under ASan and UBSan`, async (context) => {
    if (why !== undefined && required) throw new Error(`required, and not possible: ${why}`);
    if (why !== undefined) context.skip(`native targets: ${why}`);
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-fuzz-"));
    try {
      const { ok, log, runs } = await fuzz(name, { runs: 5000, seed: 1 }, { folder });
      expect([ok, ok ? "" : log]).toEqual([true, ""]);
      expect(runs).toBeGreaterThanOrEqual(5000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 600_000);
