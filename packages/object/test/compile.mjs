// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const fixtures = fileURLToPath(new URL("./fixtures", import.meta.url));

let compiler;

/** The first clang that runs, or false. Looked for once, on the first compilation. */
function findClang() {
  const names = [process.env.CC, "clang-19", "clang"].filter((name) => name?.includes("clang"));
  compiler ??= names.find((name) => spawnSync(name, ["--version"]).status === 0) ?? false;
  return compiler;
}

export function compileFixture(name) {
  return compileFile(join(fixtures, `${name}.c`));
}

export function compileFile(source) {
  const clang = findClang();
  if (clang === false) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-object-"));
  try {
    const out = join(folder, "object.o");
    const flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-Wall", "-Werror", "-I", fixtures];
    execFileSync(clang, [...flags, "-c", source, "-o", out], { stdio: "pipe" });
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
