// SPDX-License-Identifier: MIT
// Measures the commands that explain refusals: their start, and a long log.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { root } from "../../lib/run.mjs";
import { beyondRow, commandPairs } from "./processes.mjs";
import { row } from "./stats.mjs";

const program = `${root}packages/bpf-token/bin/bpf-token.js`;
/** A refused call, and a line that no rule knows. */
const LOG = [
  "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=8, value_size=20, max_entries=1}, 72) = -1 EPERM (Operation not permitted)",
  "agent[812]: a line of a log, which no rule of explain knows at all",
];
/** Prints the peak memory of a process at its end, in kB. */
const PEAK =
  "data:text/javascript,process.on('exit',()=>console.error(process.resourceUsage().maxRSS))";

/** Start of explain, doctor and trace, and explain with a long log on standard input. */
export function explainRows(times, megabytes) {
  const start = (args) => beyondRow(`bpf-token ${args[0]}`, commandPairs(args, times, [0, 1]));
  const rows = [start(["explain", "EPERM", "--cmd", "map_create"]), ...logRows(megabytes)];
  if (process.platform !== "linux") return { rows, why: "doctor: needs Linux" };
  rows.push(start(["doctor"]));
  const recorder = `${root}packages/kernel-native/prebuilds/linux-${process.arch}/bpf-token-record`;
  if (!existsSync(recorder)) return { rows, why: "trace: the recorder is not built" };
  return [...rows, start(["trace", "--", "true"])];
}

/** Time and peak memory of `explain` for a log of both kinds of lines. */
function logRows(megabytes) {
  const lines = LOG.map((line) => `"${line}"`).join(" ");
  const script = `yes "$(printf '%s\\n' ${lines})" | head -c ${megabytes}M | "$@"`;
  const command = [process.execPath, "--import", PEAK, program, "explain", "-"];
  const begin = performance.now();
  const { status, stderr } = spawnSync("sh", ["-c", script, "sh", ...command], {
    encoding: "utf8",
  });
  const ms = performance.now() - begin;
  const peak = Number(stderr.trim().split("\n").at(-1));
  if (status !== 1 || !(peak > 0)) throw new Error(`explain ended with ${status}: ${stderr}`);
  return [
    row("explain: peak memory with a long log", "bytes", [peak * 1024]),
    row("explain: time per MB of a log", "ms", [ms / megabytes]),
  ];
}
