// SPDX-License-Identifier: MIT
// Builds the core as a native program with sanitizers.
import { spawnSync } from "node:child_process";
import { buildProgram, sanitizers } from "../../../build/core/lib/program.mjs";

export { nativeCompilers } from "../../../build/core/lib/program.mjs";

/**
 * Compiles the core and links it with `smoke.c`.
 *
 * @param options - `compiler`; `out`, a folder.
 * @returns the path of the program.
 * @throws BuildError with the output of the compiler.
 */
export function buildNative({ compiler, out }) {
  const own = ["core-c/tests/smoke.c"];
  return buildProgram({ compiler, name: "smoke", out, own, flags: sanitizers });
}

/** LeakSanitizer needs ptrace(2), which some containers forbid. */
const CANNOT_TRACE = /LeakSanitizer has encountered a fatal error/;

/**
 * Runs the program for one release.
 *
 * @returns `ok`, and its output including sanitizer reports.
 */
export function runNative(program, releaseCode, seed = 1, leaks = true) {
  const child = spawnSync(program, [String(releaseCode), String(seed)], {
    encoding: "utf8",
    timeout: 120_000,
    maxBuffer: 1 << 26,
    env: { ...process.env, ASAN_OPTIONS: `detect_leaks=${Number(leaks)}` },
  });
  if (leaks && CANNOT_TRACE.test(child.stderr)) return runNative(program, releaseCode, seed, false);
  const how = child.error?.message ?? (child.signal ? `killed by ${child.signal}` : "");
  return { ok: child.status === 0, text: `${child.stdout}${child.stderr}${how}`.trimEnd() };
}
