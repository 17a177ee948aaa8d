// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("generated files", () => {
  it("match the facts", () => {
    const run = spawnSync(process.execPath, ["tools/gen/uapi/gen.mjs", "--check"], {
      cwd: root,
      encoding: "utf8",
    });
    expect({ out: run.stdout, err: run.stderr, status: run.status }).toEqual({
      out: "",
      err: "",
      status: 0,
    });
  });
});
