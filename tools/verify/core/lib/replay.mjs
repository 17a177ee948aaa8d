// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { buildProgram, sanitizers } from "../../../build/core/lib/program.mjs";

/** LeakSanitizer needs ptrace(2), which some containers forbid. */
const CANNOT_TRACE = /LeakSanitizer has encountered a fatal error/;

/** Builds the program that replays recordings, with sanitizers; returns its path. */
export function buildReplay({ compiler, out }) {
  const own = ["core-c/tests/replay.c"];
  return buildProgram({ compiler, name: "replay", out, own, flags: sanitizers });
}

/**
 * Replays a recording.
 *
 * @returns `ok`, and the output: every difference, and sanitizer reports.
 */
export function replay(program, recording, leaks = true) {
  const child = spawnSync(program, [recording], {
    encoding: "utf8",
    timeout: 3_600_000,
    maxBuffer: 1 << 26,
    env: { ...process.env, ASAN_OPTIONS: `detect_leaks=${Number(leaks)}` },
  });
  if (leaks && CANNOT_TRACE.test(child.stderr)) return replay(program, recording, false);
  const how = child.error?.message ?? (child.signal ? `killed by ${child.signal}` : "");
  return { ok: child.status === 0, text: `${child.stdout}${child.stderr}${how}`.trimEnd() };
}
