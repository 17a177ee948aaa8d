// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";

const compiler = [process.env.CC, "clang-19", "clang"].find(
  (name) => name?.includes("clang") && spawnSync(name, ["--version"]).status === 0,
);

/** Objects of `fixtures`, compiled once a run. */
const compiled = new Map<string, Uint8Array>();

/**
 * A fixture as an object file. Skips the test, with a reason, where there is no clang.
 *
 * @param name - `NAME.c` in `fixtures`.
 */
export function compile(context: TestContext, name: string): Uint8Array {
  if (compiler === undefined) return context.skip("compiled objects: there is no clang");
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-object-"));
  try {
    const out = join(folder, "object.o");
    const source = fileURLToPath(new URL(`./fixtures/${name}.c`, import.meta.url));
    const flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-Wall", "-Werror"];
    execFileSync(compiler, [...flags, "-c", source, "-o", out], { stdio: "pipe" });
    const object = new Uint8Array(readFileSync(out));
    compiled.set(name, object);
    return object;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What another program prints about a file's content; skips the test where it is missing. */
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
