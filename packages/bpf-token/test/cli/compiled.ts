// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, type TestContext } from "vitest";

/** The name of an installed clang. */
export function findClang(): string | undefined {
  return [process.env.CC, "clang-19", "clang"].find(
    (one) => one?.includes("clang") && spawnSync(one, ["--version"]).status === 0,
  );
}

/** Compiles an object of `fixtures` for a test. Skips the test with a reason if there is no clang. */
export function compiled(context: TestContext, name: string, more: readonly string[] = []): string {
  const clang = findClang();
  if (clang === undefined) return context.skip("compiled BPF objects: there is no clang");
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-objects-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const object = join(folder, `${name}.bpf.o`);
  const source = fileURLToPath(new URL(`../fixtures/${name}.bpf.c`, import.meta.url));
  const flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-Wall", "-Werror"];
  const made = spawnSync(clang, [...flags, ...more, "-c", source, "-o", object], {
    encoding: "utf8",
  });
  expect([made.status, made.stderr]).toEqual([0, ""]);
  return object;
}
