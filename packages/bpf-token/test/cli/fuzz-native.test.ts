// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { factsRelease } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";

/** The number of calls, and the time limit; the full run compares many more. */
const [steps, minutes] = process.env.BPF_TOKEN_FULL === "1" ? [25_000, 20] : [1_000, 2];

describeNative("the running kernel", [], () => {
  test(
    `answers ${steps} random steps as the model of its release`,
    async () => {
      const corpus = mkdtempSync(join(tmpdir(), "bpf-token-native-"));
      const model = `model@${factsRelease(release())}`;
      const words = ["--subjects", `${model},native`, "--steps", `${steps}`, "--json"];
      const { code, out } = await cli(["fuzz", ...words, "--corpus", corpus]);
      const report = JSON.parse(out) as {
        subjects: string[];
        tally: Record<string, number>;
        findings: string[];
      };
      const findings = report.findings.map((name) => readFileSync(join(corpus, name), "utf8"));
      rmSync(corpus, { recursive: true });
      expect(findings.join("\n")).toBe("");
      expect(code).toBe(0);
      expect(report.subjects).toEqual([model, "native"]);
      expect(report.tally.steps).toBeGreaterThanOrEqual(steps);
      expect(report.tally.withToken).toBeGreaterThan(0);
    },
    minutes * 60_000,
  );
});
