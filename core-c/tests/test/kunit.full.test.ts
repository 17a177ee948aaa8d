// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const runner = fileURLToPath(new URL("../run.mjs", import.meta.url));
const CANNOT_TELL = 3;

test("the C unit tests pass under sanitizers", { timeout: 300_000 }, (context) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [runner], { encoding: "utf8" });
  if (status === CANNOT_TELL) {
    const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");
    if (!required) context.skip(`C unit tests: ${stderr.trim()}`);
  }
  expect(status, `${stdout}${stderr}`).toBe(0);
  const suites = [...stdout.matchAll(/^(\w+): \d+ cases, (\d+) checks, (\d+) failures$/gm)];
  expect(suites.length).toBeGreaterThan(8);
  for (const [line, name, checks, failures] of suites) {
    expect(Number(checks), `${name}: ${line}`).toBeGreaterThan(0);
    expect(failures, line).toBe("0");
  }
});
