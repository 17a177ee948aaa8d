// SPDX-License-Identifier: MIT
// Builds the core as a static library for applications that use Emscripten. The library allocates
// with libc, because the application owns the heap. The application may place its function table.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cache } from "./cache.mjs";
import { emscriptenCompiler } from "./emscripten.mjs";
import { BuildError } from "./errors.mjs";
import { compileModel, objectName } from "./objects.mjs";
import { includeFolders, root } from "./paths.mjs";
import { libcHost, replaced } from "./program.mjs";
import { runProgram } from "./run-program.mjs";

const hostSources = [...libcHost, "core-c/arch/native/public.c"];
/** Headers for applications: the API, and the constants of Linux. */
const headers = ["bpf-token.h", "generated/syscalls.h", "trace/checks.def", "trace/checks", "uapi"];

async function run(program, args, folder = root) {
  const { ok, log } = await runProgram(program, args, folder);
  if (!ok) throw new BuildError(log.trimEnd() || `${program} failed`);
}

/** Compiles the sources that use libc, with the headers of libc. */
async function compileHost(program, folder) {
  const flags = ["-std=gnu11", "-O2", "-DCONFIG_NATIVE", "-Wall", "-Wextra", "-Werror"];
  const include = includeFolders.map((path) => `-I${path}`);
  for (const source of hostSources) {
    const out = join(folder, objectName(source));
    await run(program, [...flags, ...include, "-c", source, "-o", out]);
  }
  return hostSources.map(objectName);
}

/**
 * Builds `lib/libbpf-token.a` and `include/` in a folder.
 *
 * @throws BuildError with the output of the compiler, or when there is no compiler.
 */
export async function buildLibrary({ out, program = "emcc" }) {
  const compiler = emscriptenCompiler(program);
  const cache = new Cache(join(root, "core-c/build/cache"));
  const { objects } = await compileModel(compiler, cache, { defines: ["CONFIG_NATIVE"] });
  for (const source of replaced) objects.delete(objectName(source));
  const scratch = mkdtempSync(join(tmpdir(), "bpf-token-library-"));
  try {
    for (const [name, bytes] of objects) writeFileSync(join(scratch, name), bytes);
    const names = [...objects.keys(), ...(await compileHost(program, scratch))];
    await run(program.replace(/emcc$/, "emar"), ["rcs", "libbpf-token.a", ...names], scratch);
    rmSync(out, { recursive: true, force: true });
    mkdirSync(join(out, "lib"), { recursive: true });
    cpSync(join(scratch, "libbpf-token.a"), join(out, "lib/libbpf-token.a"));
    for (const name of headers) {
      cpSync(join(root, "core-c/include", name), join(out, "include", name), { recursive: true });
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return { objects: objects.size + hostSources.length, size: sizeOf(out) };
}

function sizeOf(out) {
  return readFileSync(join(out, "lib/libbpf-token.a")).length;
}

/**
 * Builds a C file with the library as its README describes, runs it in Node, and returns its
 * output.
 */
export async function buildExample({ out, source, program = "emcc" }) {
  const include = ["include", "include/uapi"].map((folder) => `-I${join(out, folder)}`);
  const made = join(out, "token.mjs");
  // From -O2 on, emcc also optimises the JavaScript, which needs another Debian package.
  const flags = ["-O1", "-Wall", "-Wextra", "-Werror", ...include];
  await run(program, [...flags, source, join(out, "lib/libbpf-token.a"), "-o", made]);
  const start = "const { default: main } = await import('./token.mjs'); await main();";
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", start], {
    cwd: out,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status: child.status, text: `${child.stdout}${child.stderr}` };
}
