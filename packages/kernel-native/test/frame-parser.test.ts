// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");

const flags = [
  ...["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-I", path("../native")],
  ...["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
];

function hasSanitizers(cc: string, to: string): boolean {
  const args = ["-fsanitize=address,undefined", "-x", "c", "-", "-o", to];
  return spawnSync(cc, args, { input: "int main(void) { return 0; }\n" }).status === 0;
}

test("the frame parser stays inside random payloads and segments", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-frame-"));
  try {
    const program = join(folder, "frame-random");
    const sources = [path("../native/frame.c"), path("fixtures/frame-random.c")];
    const cc = ["gcc", "clang"].find((name) => hasSanitizers(name, join(folder, "empty")));
    if (cc === undefined) {
      const why = "gcc or clang with the address sanitizer is not installed";
      if (required) throw new Error(`required, and not possible: ${why}`);
      context.skip(`the frame parser: ${why}`);
      return;
    }
    const made = spawnSync(cc, [...flags, "-o", program, ...sources], { encoding: "utf8" });
    expect([made.status, made.stderr]).toEqual([0, ""]);
    const { status, stdout, stderr } = spawnSync(program, [], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    const [, parsed, filled] = /^parsed (\d+) filled (\d+)\n$/.exec(stdout) ?? [];
    expect(Number(parsed)).toBeGreaterThan(100_000);
    expect(Number(parsed)).toBeLessThan(200_000);
    expect(Number(filled)).toBeGreaterThan(10_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
