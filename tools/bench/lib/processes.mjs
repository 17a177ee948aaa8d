// SPDX-License-Identifier: MIT
// Measures whole processes from outside.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { root } from "../../lib/run.mjs";
import { row } from "./stats.mjs";

const COLD = `
const start = performance.now();
const { createKernel } = await import("@bpf-token/kernel-wasm");
const loaded = performance.now();
const kernel = createKernel();
const booted = performance.now();
kernel.init.syscall(39);
console.log(JSON.stringify([loaded - start, booted - loaded, performance.now() - booted]));
`;

/** Bash's `time` prints the CPU time on standard error, after the output of the command. */
const TIMED = ["-c", 'TIMEFORMAT="%3U %3S"; time "$@"', "bash"];

/** Drops NODE_* variables, which make Node do extra work at start, such as reading certificates. */
const bareEnv = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NODE_")));

/**
 * Runs Node and waits. `ms` is the elapsed time; `processor` is the CPU time in ms, from start to
 * exit. Other processes make this one wait, but do not add to its CPU time.
 */
export const node = (args) => timed(process.execPath, args);

/** The same for any program. */
export function timed(program, args) {
  const start = performance.now();
  const run = spawnSync("bash", [...TIMED, program, ...args], {
    cwd: root,
    env: bareEnv(),
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  const ms = performance.now() - start;
  const times = run.stderr.trimEnd().split("\n").at(-1) ?? "";
  const [user = Number.NaN, system = Number.NaN] = times.split(" ").map(Number);
  return { ...run, ms, processor: 1000 * (user + system) };
}

/** Import of the package, the first createKernel() and the first call, each in a new process. */
export function coldRows(times) {
  const runs = Array.from({ length: times }, () => {
    const { status, stdout, stderr } = node(["--input-type=module", "-e", COLD]);
    if (status !== 0) throw new Error(`a new process could not create a kernel:\n${stderr}`);
    return JSON.parse(stdout);
  });
  return [
    row(
      "import of the package",
      "ms",
      runs.map(([loaded]) => loaded),
    ),
    row(
      "createKernel, cold",
      "ms",
      runs.map(([, booted]) => booted),
    ),
    row(
      "the first call",
      "ms",
      runs.map(([, , called]) => called),
    ),
  ];
}

/** Runs a command and an empty Node in pairs, so that a slow moment slows both. */
export function commandPairs(args, times, statuses = [0]) {
  const program = `${root}packages/bpf-token/bin/bpf-token.js`;
  return Array.from({ length: times }, () => {
    const command = node([program, ...args]);
    if (!statuses.includes(command.status)) {
      throw new Error(`bpf-token ${args[0]} ended with ${command.status}:\n${command.stderr}`);
    }
    return { command, empty: node(["-e", "0"]) };
  });
}

/** CPU time of a command beyond that of an empty Node. */
export function beyondRow(name, pairs) {
  const beyond = pairs.map(({ command, empty }) => command.processor - empty.processor);
  return row(`${name} beyond node -e 0, CPU time`, "ms", beyond);
}

/** Time of the demo, and CPU time of `--version`, compared with an empty Node. */
export function commandRows(times) {
  if (!existsSync(`${root}packages/bpf-token/dist/cli/main.js`)) return [];
  const pairs = commandPairs(["demo", "--no-color"], times);
  const samples = (name, unit, take) => row(name, unit, pairs.map(take));
  return [
    samples("node -e 0", "ms", ({ empty }) => empty.ms),
    samples("node -e 0, CPU time", "ms", ({ empty }) => empty.processor),
    samples("bpf-token demo", "ms", ({ command }) => command.ms),
    samples("bpf-token demo, CPU time", "ms", ({ command }) => command.processor),
    samples("bpf-token demo beyond node -e 0", "ms", ({ command, empty }) => command.ms - empty.ms),
    beyondRow("bpf-token demo", pairs),
    beyondRow("bpf-token --version", commandPairs(["--version"], times)),
  ];
}

/** What `exec` adds to a command, measured in pairs. */
export function execRows(times) {
  const program = `${root}packages/bpf-token/bin/bpf-token.js`;
  const exec = [program, "exec", "--delegate", "cmds=any,maps=any,progs=any,attachs=any", "--"];
  const alone = ["-e", 'require("node:child_process").spawnSync("true")'];
  const pairs = Array.from({ length: times }, () => {
    const { status, stderr, ms, processor } = node([...exec, "true"]);
    if (status !== 0) throw new Error(`exec ended with ${status}:\n${stderr}`);
    const without = node(alone);
    return { ms: ms - without.ms, processor: processor - without.processor };
  });
  const named = "bpf-token exec beyond Node and the command";
  return [
    row(
      named,
      "ms",
      pairs.map(({ ms }) => ms),
    ),
    row(
      `${named}, CPU time`,
      "ms",
      pairs.map(({ processor }) => processor),
    ),
  ];
}
