// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { making, noTokens, TOKEN } from "./texts.ts";

const readme = fileURLToPath(new URL("../README.md", import.meta.url));

test("the code of the README runs", { timeout: 600_000 }, () => {
  const [, code = ""] = /```js\n([\s\S]*?)```/.exec(readFileSync(readme, "utf8")) ?? [];
  expect(code).not.toBe("");
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-readme-"));
  try {
    writeFileSync(join(folder, "bpf-introduce-BPF-token-object.mbox"), making(TOKEN, noTokens));
    const packages = fileURLToPath(new URL("../../..", import.meta.url));
    // Node resolves package names from the folder of the file.
    const lines = code.replace(/from "(@bpf-token\/[\w-]+)"/g, (_, name: string) => {
      return `from ${JSON.stringify(`${packages}node_modules/${name}/dist/index.js`)}`;
    });
    writeFileSync(join(folder, "lines.mjs"), lines);
    const run = spawnSync(process.execPath, ["lines.mjs"], { cwd: folder, encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout).toMatch(/^upstream v10-03 \[\s*'capable'/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
