// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));

test("the lines of the README run", { timeout: 600_000 }, () => {
  const [, code = ""] =
    /```js\n([\s\S]*?)```/.exec(readFileSync(`${folder}README.md`, "utf8")) ?? [];
  expect(code).not.toBe("");
  // Read from standard input, so that names of packages are looked up from the package's folder.
  const run = spawnSync(process.execPath, ["--input-type=module", "-"], {
    cwd: folder,
    encoding: "utf8",
    input: code,
  });
  expect(run.stderr).toBe("");
  expect(run.stdout).toBe("no difference 128\n");
});
