// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));

test("the example of the README runs", { timeout: 600_000 }, () => {
  const [, code = ""] =
    /```js\n([\s\S]*?)```/.exec(readFileSync(`${folder}README.md`, "utf8")) ?? [];
  expect(code).not.toBe("");
  // Node reads the script from standard input, so it resolves packages from the package's directory.
  const run = spawnSync(process.execPath, ["--input-type=module", "-"], {
    cwd: folder,
    encoding: "utf8",
    input: code,
  });
  expect(run.stderr).toBe("");
  expect(run.stdout).toBe("no difference 128\n");
});
