// SPDX-License-Identifier: MIT
// Measures the commands that explain refusals: their start, and a long log.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../lib/run.mjs";
import { beyondRow, commandPairs } from "./processes.mjs";
import { row } from "./stats.mjs";

const program = `${root}packages/bpf-token/bin/bpf-token.js`;
/** A refused call, and a line that no rule knows. */
const LOG = [
  "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=8, value_size=20, max_entries=1}, 72) = -1 EPERM (Operation not permitted)",
  "agent[812]: a line of a log, which no rule of explain knows at all",
];
/** Hostile lines: a start, and a word that follows it again and again, up to a length. */
const PUMPS = [
  ["cgroup ", "attach"],
  ["bpf ", "remov"],
  ["bpf ", "MAP_CREATE"],
  ["bpf ", '"\\ " '],
].flatMap(([start, word]) => [100, 4000].map((length) => ({ start, word, length })));
/** Prints the peak memory of a process at its end, in kB. */
const PEAK =
  "data:text/javascript,process.on('exit',()=>console.error(process.resourceUsage().maxRSS))";

/** Start of explain, doctor and trace, and explain with a long log on standard input. */
export function explainRows(times, megabytes) {
  const start = (args) => beyondRow(`bpf-token ${args[0]}`, commandPairs(args, times, [0, 1]));
  const first = start(["explain", "EPERM", "--cmd", "map_create"]);
  const rows = [first, ...logRows(megabytes), pumpRow(Math.min(times, 3))];
  if (process.platform !== "linux") return { rows, why: "doctor: needs Linux" };
  rows.push(start(["doctor"]));
  const recorder = `${root}packages/kernel-native/prebuilds/linux-${process.arch}/bpf-token-record`;
  if (!existsSync(recorder)) return { rows, why: "trace: the recorder is not built" };
  return [...rows, start(["trace", "--", "true"])];
}

/** CPU time of `explain` for 1 MB of the hostile line that takes longest. */
function pumpRow(times) {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-bench-"));
  const file = join(folder, "pump.txt");
  try {
    const rows = PUMPS.map(({ start, word, length }) => {
      const line = `${start}${word.repeat(length / word.length)}\n`;
      writeFileSync(file, line.repeat(2 ** 20 / line.length));
      const pairs = commandPairs(["explain", file], times, [0, 1, 3]);
      return beyondRow("explain, worst MB", pairs);
    });
    return rows.reduce((worst, one) => (one.min > worst.min ? one : worst));
  } finally {
    rmSync(folder, { recursive: true });
  }
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
