// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cli } from "./run-cli.ts";

test("lint reads a folder of very many folders", async (context) => {
  // On a disk, the removal takes minutes.
  if (!existsSync("/dev/shm")) context.skip("there is no /dev/shm");
  const place = mkdtempSync("/dev/shm/bpf-token-lint-");
  onTestFinished(() => void execFileSync("rm", ["-rf", place]));
  writeFileSync(join(place, "run.sh"), "options=delegate_cmds=prog_load,map_create\n");
  for (let i = 0; i < 130_000; i++) mkdirSync(join(place, `${i}`));
  const { out } = await cli(["lint", place, "--json"]);
  expect((JSON.parse(out) as { files: number }).files).toBe(1);
});
