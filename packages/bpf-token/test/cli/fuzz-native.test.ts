// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";

describeNative("the running kernel", [], () => {
  test("lives through the sequences of the model of its release", async () => {
    const corpus = mkdtempSync(join(tmpdir(), "bpf-token-live-"));
    const words = ["--subjects", "model@6.18,native", "--steps", "100", "--json"];
    const { out } = await cli(["fuzz", ...words, "--corpus", corpus]);
    rmSync(corpus, { recursive: true });
    const report = JSON.parse(out) as { subjects: string[]; tally: Record<string, number> };
    expect(report.subjects).toEqual(["model@6.18", "native"]);
    expect(report.tally.steps).toBeGreaterThanOrEqual(100);
    expect(report.tally.withToken).toBeGreaterThan(0);
  }, 120_000);
});
