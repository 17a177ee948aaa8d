// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../build.mjs", import.meta.url));

test("an unknown architecture prints the usage and exits with 2", () => {
  const { status, stderr } = spawnSync(process.execPath, [script, "x32"], { encoding: "utf8" });
  expect([status, stderr]).toEqual([2, expect.stringContaining("'x32' is not x64 or arm64")]);
});
