// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { findCompiler } from "../lib/compiler.mjs";
import { machines, prebuilds } from "../lib/programs.mjs";

const script = fileURLToPath(new URL("../build.mjs", import.meta.url));
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");

test.for(Object.keys(machines))(
  "two builds for %s give the same bytes",
  { timeout: 600_000 },
  (arch, context) => {
    if (findCompiler(arch, "static") === undefined) {
      const why = `no C compiler and C library for ${arch} are installed`;
      if (required) throw new Error(`required, and not possible: ${why}`);
      context.skip(why);
    }
    const built = [1, 2].map(() => {
      const folder = mkdtempSync(join(tmpdir(), "bpf-token-native-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const { status, stderr } = spawnSync(
        process.execPath,
        [script, "--quiet", "--folder", folder, arch],
        { encoding: "utf8" },
      );
      expect([status, stderr]).toEqual([0, ""]);
      return prebuilds
        .filter((one) => one.arch === arch)
        .map(({ path }) => readFileSync(join(folder, path)).toString("base64"));
    });
    expect(built[0]?.length).toBeGreaterThan(1);
    expect(built[0]).toEqual(built[1]);
  },
);
