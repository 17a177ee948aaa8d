// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { compileFixture } from "./compile.mjs";

/** Objects of `fixtures`, compiled once per test file. */
const compiled = new Map<string, Uint8Array>();

/** Compiles a fixture to an object file. Skips the test, with a reason, without clang. */
export function compile(context: TestContext, name: string): Uint8Array {
  const object = compiled.get(name) ?? compileFixture(name);
  if (object === undefined) return context.skip("compiled BPF objects: there is no clang");
  compiled.set(name, object);
  return object;
}

/** Returns what another program prints about a file; skips the test without that program. */
export function ask(context: TestContext, command: readonly string[], file: Uint8Array): string {
  const [program = "", ...args] = command;
  if (spawnSync(program, ["--version"]).status !== 0) {
    return context.skip(`the comparison with ${program}: it is not installed`);
  }
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-object-"));
  try {
    const path = join(folder, "object.o");
    writeFileSync(path, file);
    return execFileSync(program, [...args, path], { encoding: "utf8", maxBuffer: 1 << 28 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
