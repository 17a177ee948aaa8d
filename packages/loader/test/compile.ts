// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";

const compiler = [process.env.CC, "clang-19", "clang"].find(
  (name) => name?.includes("clang") && spawnSync(name, ["--version"]).status === 0,
);

const compiled = new Map<string, Uint8Array>();

/** Compiles a fixture to an object. Skips the test, with a reason, without clang. */
export function fixture(context: TestContext, name: string): Uint8Array {
  if (compiler === undefined) {
    if (process.env.BPF_TOKEN_REQUIRE?.includes("native"))
      throw new Error("clang is required to compile the fixtures");
    return context.skip("loader: there is no clang to compile objects");
  }
  const known = compiled.get(name) ?? compile(compiler, name);
  compiled.set(name, known);
  return known;
}

function compile(program: string, name: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-loader-"));
  try {
    const out = join(folder, "object.o");
    const source = fileURLToPath(new URL(`./fixtures/${name}.c`, import.meta.url));
    const flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-Wall", "-Werror"];
    execFileSync(program, [...flags, "-c", source, "-o", out], { stdio: "pipe" });
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
