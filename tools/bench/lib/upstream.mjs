// SPDX-License-Identifier: MIT
// How long it takes to build upstream source, to compare it with the model, and to compare the
// model with the running kernel. The source comes from Debian's package linux-source-6.12.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { node } from "./processes.mjs";
import { row } from "./stats.mjs";

const CHILD = fileURLToPath(new URL("./upstream-child.mjs", import.meta.url));
const PROGRAM = "packages/bpf-token/bin/bpf-token.js";
const TARBALL = "/usr/src/linux-source-6.12.tar.xz";
const TEXTS = ["Makefile", "kernel/bpf/token.c", "kernel/bpf/inode.c"];

/** Rows, or the reason why there are none. */
export function upstreamRows(times, sequences) {
  if (!existsSync(TARBALL)) return { rows: [], why: `upstream: there is no ${TARBALL}` };
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-bench-"));
  try {
    unpack(folder);
    process.env.BPF_TOKEN_UPSTREAM = join(folder, "store");
    const runs = Array.from({ length: times }, () => outputOf(node([CHILD, folder])));
    const of = (what, i) =>
      row(
        `upstream: ${what}`,
        "ms",
        runs.map((run) => run[i]),
      );
    return [
      of("first build", 0),
      of("build of changed source", 1),
      of("repeated build", 2),
      pairs(folder, times, sequences),
    ];
  } finally {
    delete process.env.BPF_TOKEN_UPSTREAM;
    rmSync(folder, { recursive: true });
  }
}

/**
 * Steps per second that fuzz runs on the model and on the running kernel. The caller has checked
 * that the running kernel is available.
 */
export function liveRows(times, steps) {
  const subjects = ["--subjects", "model@6.18,native"];
  const run = (n) => fuzz([...subjects, "--steps", `${n}`]);
  const base = Math.min(...Array.from({ length: times }, () => run(1).ms));
  const rates = Array.from({ length: times }, () => (1000 * steps) / (run(steps).ms - base));
  return [row("fuzz: steps per second, model and running kernel", "1/s", rates)];
}

function pairs(folder, times, sequences) {
  const built = node([PROGRAM, "upstream", "build", folder, "--name", "6.12"]);
  if (built.status !== 0) throw new Error(`the upstream source did not build:\n${built.stderr}`);
  const subjects = ["--subjects", "model@6.12,upstream:6.12"];
  const run = (n) => fuzz([...subjects, "--sequences", `${n}`]).processor;
  const base = Math.min(...Array.from({ length: times }, () => run(1)));
  const rates = Array.from({ length: times }, () => (1000 * sequences) / (run(sequences) - base));
  return row("fuzz: pairs with upstream, per second of CPU time", "1/s", rates);
}

function fuzz(args) {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-bench-"));
  try {
    const run = node([PROGRAM, "fuzz", ...args, "--corpus", folder, "--no-color"]);
    if (run.status !== 0)
      throw new Error(`fuzz failed or found a divergence:\n${run.stdout}${run.stderr}`);
    return run;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function unpack(folder) {
  const top = "linux-source-6.12";
  const names = TEXTS.map((name) => `${top}/${name}`);
  const args = ["-xf", TARBALL, "-C", folder, "--strip-components=1", ...names];
  const { status, stderr } = spawnSync("tar", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${TARBALL} could not be unpacked:\n${stderr}`);
}

function outputOf({ status, stdout, stderr }) {
  if (status !== 0) throw new Error(`could not measure the builds:\n${stderr}`);
  return JSON.parse(stdout);
}
