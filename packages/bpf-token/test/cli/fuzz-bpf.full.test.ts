// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { expect, onTestFinished, test } from "vitest";
import { cli } from "./run-cli.ts";

const built = bpfKernelReleases();

// Without any module, one release stays and its test is skipped with the reason.
const releases = built.length > 0 ? built : ["6.12"];

test.for(releases)("bpf:%s answers random sequences as the model", async (release, context) => {
  if (built.length === 0) return context.skip(`fuzz: no module of Linux ${release} was built`);
  const corpus = mkdtempSync(join(tmpdir(), "bpf-token-bpf-"));
  onTestFinished(() => rmSync(corpus, { recursive: true }));
  const subjects = [`model@${release}`, `bpf:${release}`];
  const words = ["--subjects", subjects.join(","), "--sequences", "100", "--json"];
  const { code, out } = await cli(
    ["fuzz", ...words, "--corpus", corpus],
    {},
    {
      BPF_TOKEN_BPF_KERNELS: bpfKernelFolder(),
    },
  );
  const report = JSON.parse(out) as { subjects: string[]; findings: string[] };
  const findings = report.findings.map((name) => readFileSync(join(corpus, name), "utf8"));
  expect(findings.join("\n")).toBe("");
  expect(report.subjects).toEqual(subjects);
  expect(code).toBe(0);
});
