// SPDX-License-Identifier: MIT
// Measures how long a command takes to start: from the clone, from the package and from the executable.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../lib/run.mjs";
import { timed } from "./processes.mjs";
import { row } from "./stats.mjs";

const packed = `${root}out-tsc/cli`;
const text = "libbpf: Error in bpf_object__probe_loading(): Operation not permitted (1)\n";

/** Elapsed and CPU time of some commands. Every round runs all of them, so that a slow moment slows each. */
export function startRows(times) {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-bench-"));
  try {
    const { channels, why } = channelsIn(folder);
    const log = join(folder, "log");
    writeFileSync(log, text);
    const commands = {
      "--version": ["--version"],
      explain: ["explain", log],
      exec: ["exec", "--subject", "model@7.3", "--delegate", "cmds=any", "--", "true"],
    };
    const cases = [
      { name: "node -e 0", words: [process.execPath, "-e", "0"] },
      ...Object.entries(commands).flatMap(([name, args]) =>
        channels.map((one) => ({ name: `${one.name} ${name}`, words: [...one.words, ...args] })),
      ),
    ].map((one) => ({ ...one, runs: [] }));
    for (let i = 0; i < times; i++) for (const one of cases) one.runs.push(runOf(one));
    const rows = cases.flatMap(({ name, runs }) => [
      row(
        `start: ${name}`,
        "ms",
        runs.map(({ ms }) => ms),
      ),
      row(
        `start: ${name}, CPU time`,
        "ms",
        runs.map(({ processor }) => processor),
      ),
    ]);
    return why === undefined ? rows : { rows, why };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runOf({ name, words: [program, ...args] }) {
  const run = timed(program, args);
  // 1: explain found a cause.
  if (run.status > 1) throw new Error(`${name} ended with ${run.status}:\n${run.stderr}`);
  return run;
}

/** The ways to start the program, and which could not be measured. */
function channelsIn(folder) {
  const clone = {
    name: "clone",
    words: [process.execPath, `${root}packages/bpf-token/bin/bpf-token.js`],
  };
  const files = existsSync(packed) ? readdirSync(packed) : [];
  const archs = { x64: /-linux-x64\.tar\.xz$/, arm64: /-linux-arm64\.tar\.xz$/ };
  const tarball = files.find((name) => name.endsWith(".tgz"));
  const archive = files.find((name) => archs[process.arch]?.test(name));
  const channels = [clone];
  for (const name of [tarball, archive]) {
    if (name !== undefined) execFileSync("tar", ["-xf", join(packed, name), "-C", folder]);
  }
  if (tarball !== undefined) {
    const program = join(folder, "package/bin/bpf-token.js");
    channels.push({ name: "package", words: [process.execPath, program] });
  }
  if (archive !== undefined) {
    const [top] = readdirSync(folder).filter((name) => name.startsWith("bpf-token-"));
    channels.push({ name: "executable", words: [join(folder, top, "bpf-token")] });
  }
  if (channels.length === 3) return { channels };
  const why =
    "start: some channels are not packed; run npm run tool pack:cli -- tarball executable";
  return { channels, why };
}
