// SPDX-License-Identifier: MIT
// Measures what `bpf-token exec --subject` adds to a program, compared with strace in the same run.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../lib/run.mjs";
import { beyondRow, commandPairs, node } from "./processes.mjs";
import { row } from "./stats.mjs";

const CALLS = 10_000;
const exec = ["exec", "--subject", "model@6.12", "--delegate", "cmds=any", "--"];

/** The start, and a call that the model answers. */
export function subjectRows(times) {
  const native = `${root}packages/kernel-native/prebuilds/linux-${process.arch}`;
  if (process.arch !== "x64" || !existsSync(`${native}/bpf-token-intercept`))
    return { rows: [], why: "subject: the interceptor is not built" };
  const rows = [beyondRow("exec --subject", commandPairs([...exec, "true"], times))];
  if (spawnSync("strace", ["-V"]).error) return { rows, why: "subject: strace is missing" };
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-bench-"));
  try {
    const program = join(folder, "refused");
    const source = `${root}packages/bpf-token/test/fixtures/refused.c`;
    const made = spawnSync(process.env.CC ?? "cc", ["-static", "-O1", "-o", program, source]);
    if (made.status !== 0) return { rows, why: "subject: the program does not compile" };
    const log = join(folder, "log");
    const each = Array.from({ length: times }, () => {
      const ours = perCall((count) => {
        const cli = `${root}packages/bpf-token/bin/bpf-token.js`;
        return node([cli, ...exec, program, `${count}`]).ms;
      });
      const strace = perCall((count) => straced(["-f", "-o", log, program, `${count}`]));
      return { ours, strace };
    });
    const samples = (name, take) => row(name, "µs", each.map(take));
    return [
      ...rows,
      samples("exec --subject: a bpf() call", ({ ours }) => ours),
      samples("exec --subject: a bpf() call beyond strace", ({ ours, strace }) => ours - strace),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The time of one call in µs, without the start of the program. */
function perCall(run) {
  const start = run(1);
  return (1000 * (run(CALLS + 1) - start)) / CALLS;
}

function straced(args) {
  const start = performance.now();
  const { error } = spawnSync("strace", args, { stdio: "ignore" });
  if (error !== undefined) throw error;
  return performance.now() - start;
}
