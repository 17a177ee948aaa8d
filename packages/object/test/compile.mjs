// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const fixtures = fileURLToPath(new URL("./fixtures", import.meta.url));

const compiler = [process.env.CC, "clang-19", "clang"].find(
  (name) => name?.includes("clang") && spawnSync(name, ["--version"]).status === 0,
);

export function compileFixture(name) {
  return compileFile(join(fixtures, `${name}.c`));
}

export function compileFile(source) {
  if (compiler === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-object-"));
  try {
    const out = join(folder, "object.o");
    const flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-Wall", "-Werror", "-I", fixtures];
    execFileSync(compiler, [...flags, "-c", source, "-o", out], { stdio: "pipe" });
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
