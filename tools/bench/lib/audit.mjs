// SPDX-License-Identifier: MIT
// Measures `audit` on a host with many containers, and `cat`, which reads the same files of /proc.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { root } from "../../lib/run.mjs";
import { commandPairs, timed } from "./processes.mjs";
import { row } from "./stats.mjs";

const CONTAINERS = 500;
/** Starts the command in `$@` so many times, in a PID namespace that ends all of them. */
const all = `i=0; while [ $i -lt ${CONTAINERS} ]; do "$@" 3>&2 & i=$((i+1)); done; wait`;
/** CAP_BPF. */
const CAPS = "0x8000000000";
const OPTIONS = ["delegate_cmds=map_create", "delegate_maps=array"];
const READ = "for file in mountinfo status cgroup stat; do cat /proc/[0-9]*/$file; done";

/** CPU time and elapsed time of `audit` with a delegation in each of many containers. */
export async function auditRows(times) {
  const executor = `${root}packages/kernel-native/prebuilds/linux-${process.arch}/bpf-exec`;
  if (process.geteuid() !== 0) return { rows: [], why: "audit: needs root" };
  if (!existsSync(executor)) return { rows: [], why: "audit: bpf-exec is not built" };
  const box = [executor, "delegate", "/sys/fs/bpf", CAPS, "0", ...OPTIONS, "--"];
  const words = ["sh", "-c", all, "sh", ...box, "sh", "-c", "echo; exec sleep 3600"];
  const host = spawn(
    "unshare",
    ["--pid", "--fork", "--mount-proc", "--kill-child=KILL", ...words],
    {
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  try {
    await lines(host, CONTAINERS);
    const runs = commandPairs(["audit", "--json"], times, [0, 1, 3]);
    const found = JSON.parse(runs[0].command.stdout).delegations.length;
    if (found < CONTAINERS) throw new Error(`audit found ${found} of ${CONTAINERS} delegations`);
    const reads = Array.from({ length: times }, () => timed("sh", ["-c", READ]));
    const samples = (name, of, take) => row(name, "ms", of.map(take));
    return [
      samples(`audit: ${CONTAINERS} containers`, runs, ({ command }) => command.ms),
      samples(
        `audit: ${CONTAINERS} containers, CPU time`,
        runs,
        ({ command }) => command.processor,
      ),
      samples("audit: cat of these files, CPU time", reads, ({ processor }) => processor),
    ];
  } finally {
    host.kill("SIGKILL");
  }
}

/** Waits until a program has printed some lines. */
async function lines(child, count) {
  let seen = 0;
  for await (const bytes of child.stdout) {
    seen += bytes.toString().split("\n").length - 1;
    if (seen >= count) return;
  }
  throw new Error(`only ${seen} of ${count} containers started`);
}
