// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const compiler = [process.env.CC, "clang-19", "clang"].find(
  (name) => name?.includes("clang") && spawnSync(name, ["--version"]).status === 0,
);

export function compileFixture(name) {
  if (compiler === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-object-"));
  try {
    const out = join(folder, "object.o");
    const source = fileURLToPath(new URL(`./fixtures/${name}.c`, import.meta.url));
    const flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-Wall", "-Werror"];
    execFileSync(compiler, [...flags, "-c", source, "-o", out], { stdio: "pipe" });
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
