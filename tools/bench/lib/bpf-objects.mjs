// SPDX-License-Identifier: MIT
// Loads the programs of the repository's objects on two kernels in one run, and compares CPU times.
import { readdirSync } from "node:fs";
import { compileFile, compileFixture } from "../../../packages/object/test/compile.mjs";
import { root } from "../../lib/run.mjs";
import { callBpf, loadOf, recordCalls } from "../../verify/kernel-bpf/lib/record.mjs";
import { fixtures } from "../../verify/object/lib/exercise.mjs";
import { cpuTime } from "./cpu-time.mjs";
import { median } from "./stats.mjs";

const CLOSE = 3;
/** Loads of each program before the rounds that count. */
const WARM_UP = 200;
const COUNTED = 11;
/** One load is too short to measure alone. */
const BATCH = 10;

/** The compiled objects, or undefined without a compiler. */
export function objectFiles() {
  const folder = `${root}packages/bpf-token/test/fixtures/`;
  const sources = readdirSync(folder).filter((name) => name.endsWith(".bpf.c"));
  // Its verification takes a minute on purpose.
  const others = sources.filter((name) => name !== "hostile.bpf.c");
  const files = [
    ...fixtures.map(compileFixture),
    ...others.map((name) => compileFile(`${folder}${name}`)),
  ];
  return files.includes(undefined) ? undefined : files;
}

function load(task, call) {
  const fd = callBpf(task, call);
  if (fd < 0) throw new Error(`a program that was loaded before is refused: errno ${-fd}`);
  task.syscall(CLOSE, fd);
}

/** By program: the median CPU time of loading and closing it, in milliseconds. */
export function loadTimes(task, files, options) {
  const programs = recordCalls(task, files, options);
  const times = new Map(programs.map(({ name }) => [name, []]));
  for (let round = 0; round < WARM_UP / BATCH + COUNTED; round++) {
    for (const program of programs) {
      const call = loadOf(program);
      const started = cpuTime();
      for (let i = 0; i < BATCH; i++) load(task, call);
      times.get(program.name).push((cpuTime() - started) / BATCH);
    }
  }
  return new Map([...times].map(([name, all]) => [name, median(all.slice(-COUNTED))]));
}

/** By program that both kernels accept: the time on the first, compared with the second. */
export function ratios(ours, theirs) {
  return [...ours].flatMap(([name, time]) => (theirs.has(name) ? [time / theirs.get(name)] : []));
}
