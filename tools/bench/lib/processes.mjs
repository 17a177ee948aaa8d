// SPDX-License-Identifier: MIT
// What is measured from outside: whole processes.
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

/** The shell tells on its standard error, behind the command's, how long that had a processor. */
const TIMED = ["-c", 'TIMEFORMAT="%3U %3S"; time "$@"', "bash"];

/** Without what makes Node do more at its start than it has to, such as reading certificates. */
const bareEnv = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NODE_")));

/**
 * Runs Node and waits; `ms` is how long it took, `processor` how long it had a processor, in ms too,
 * from its start to its very end: others who use the machine make a process wait, but not work.
 */
export function node(args) {
  const start = performance.now();
  const run = spawnSync("bash", [...TIMED, process.execPath, ...args], {
    cwd: root,
    env: bareEnv(),
    encoding: "utf8",
  });
  const ms = performance.now() - start;
  const said = run.stderr.trimEnd().split("\n").at(-1) ?? "";
  const [user = Number.NaN, system = Number.NaN] = said.split(" ").map(Number);
  return { ...run, ms, processor: 1000 * (user + system) };
}

/** Import of the package, the first createKernel() and the first call, each in a fresh process. */
export function coldRows(times) {
  const runs = Array.from({ length: times }, () => {
    const { status, stdout, stderr } = node(["--input-type=module", "-e", COLD]);
    if (status !== 0) throw new Error(`a fresh process could not create a kernel:\n${stderr}`);
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

/** The demo beyond an empty Node, in pairs, so that a slow moment slows both. */
export function demoRows(times) {
  const demo = `${root}packages/bpf-token/bin/bpf-token.js`;
  if (!existsSync(`${root}packages/bpf-token/dist/cli/main.js`)) return [];
  const pairs = Array.from({ length: times }, () => {
    const told = node([demo, "demo", "--no-color"]);
    if (told.status !== 0) throw new Error(`the demo ended with ${told.status}:\n${told.stderr}`);
    return { told, empty: node(["-e", "0"]) };
  });
  const of = (take) => pairs.map(take);
  return [
    row(
      "node -e 0",
      "ms",
      of(({ empty }) => empty.ms),
    ),
    row(
      "node -e 0, processor",
      "ms",
      of(({ empty }) => empty.processor),
    ),
    row(
      "bpf-token demo",
      "ms",
      of(({ told }) => told.ms),
    ),
    row(
      "bpf-token demo, processor",
      "ms",
      of(({ told }) => told.processor),
    ),
    row(
      "bpf-token demo beyond node -e 0",
      "ms",
      of(({ told, empty }) => told.ms - empty.ms),
    ),
  ];
}

/** What `exec` adds to a command, in pairs; empty where the running kernel cannot be had. */
export function execRows(times) {
  const program = `${root}packages/bpf-token/bin/bpf-token.js`;
  const exec = [program, "exec", "--delegate", "cmds=any,maps=any,progs=any,attachs=any", "--"];
  const alone = ["-e", 'require("node:child_process").spawnSync("true")'];
  const pairs = Array.from({ length: times }, () => {
    const { status, stderr, ms } = node([...exec, "true"]);
    if (status !== 0) throw new Error(`exec ended with ${status}:\n${stderr}`);
    return ms - node(alone).ms;
  });
  return [row("bpf-token exec beyond Node and the command", "ms", pairs)];
}
