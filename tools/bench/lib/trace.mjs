// SPDX-License-Identifier: MIT
// Measures what the recorder of `bpf-token trace` costs, compared with strace.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../lib/run.mjs";
import { row } from "./stats.mjs";

const CALLS = 2000;

/** The time of a program with many bpf() calls under the recorder, divided by that under strace. */
export function traceRows(times) {
  const recorder = `${root}packages/kernel-native/prebuilds/linux-${process.arch}/bpf-token-record`;
  if (!existsSync(recorder)) return { rows: [], why: "recorder: it is not built" };
  if (spawnSync("strace", ["-V"]).error) return { rows: [], why: "recorder: strace is missing" };
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-bench-"));
  try {
    const program = join(folder, "refused");
    const source = `${root}packages/bpf-token/test/fixtures/refused.c`;
    const made = spawnSync(process.env.CC ?? "cc", ["-static", "-O1", "-o", program, source]);
    if (made.status !== 0) return { rows: [], why: "recorder: the program does not compile" };
    const log = join(folder, "log");
    const command = [program, String(CALLS)];
    const strace = ["-f", "-v", "-s", "65536", "-o", log, ...command];
    const ratios = Array.from({ length: times }, () => {
      return elapsed(recorder, ["-o", log, "--", ...command]) / elapsed("strace", strace);
    });
    return [row("recorder, time divided by that of strace", "times", ratios)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The program's own status is that of its first refused call, so it is not compared. */
function elapsed(program, args) {
  const start = performance.now();
  const { error } = spawnSync(program, args, { stdio: "ignore" });
  if (error !== undefined) throw error;
  return performance.now() - start;
}
