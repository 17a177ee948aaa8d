// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cli } from "./run-cli.ts";

/** The folder of a finding that somebody else wrote. */
function findingOf(subjects: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-finding-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "input.bin"), new Uint8Array(64).fill(7));
  writeFileSync(
    join(folder, "finding.json"),
    JSON.stringify({ format: 1, subjects, confined: true }),
  );
  return folder;
}

test.each([[["model@6.12", "native"]], [["native@6.18", "model@6.18"]]])(
  "a finding does not choose the running kernel: %j",
  async (subjects) => {
    const { code, out, err } = await cli(["fuzz", "--replay", findingOf(subjects)]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(
      `only the command line may choose; add --subjects ${subjects.join(",")}\n`,
    );
  },
);

test("a finding chooses other kernels", async () => {
  const { err } = await cli(["fuzz", "--replay", findingOf(["model@6.12", "model@6.18"])]);
  expect(err).not.toContain("only the command line");
});
