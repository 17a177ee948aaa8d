// SPDX-License-Identifier: MIT
// Runs a target under libFuzzer: a C program that contains it, or Jazzer.js, which passes its options on.
import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { labFile } from "../../../lib/lab.mjs";
import { root } from "../../../lib/run.mjs";
import { buildNative } from "./native.mjs";
import { dictionaryOf, unpackSeeds } from "./seeds.mjs";
import { targets } from "./targets.mjs";

/** Where a target keeps its inputs and findings. */
export const folderOf = (name) => join(root, ".fuzz", name);

const HANG_SECONDS = 120;
const HOW = [
  ...["-max_len=8192", "-len_control=20", "-reload=0", "-print_final_stats=1", "-verbosity=1"],
  ...[`-timeout=${HANG_SECONDS}`, "-rss_limit_mb=3000", "-detect_leaks=0"],
];

/** The program that runs a target, and its first arguments. */
async function programOf(name, corpus) {
  const { units } = targets[name];
  if (units !== undefined) return [await buildNative(name), [corpus]];
  const jazzer = labFile("@jazzer.js/core/dist/cli.js");
  const entry = fileURLToPath(new URL("entry.mjs", import.meta.url));
  const how = ["--mode=fuzzing", "--includes=packages/", "--disable_bug_detectors=.*"];
  how.push(`--timeout=${HANG_SECONDS * 1000}`, `--sync=${!targets[name].asynchronous}`);
  const env = ["FUZZ_TARGET=".concat(name), process.execPath];
  return ["env", [...env, jazzer, entry, corpus, ...how, "--"]];
}

/**
 * Runs a target from the seeds and from the inputs of earlier runs.
 *
 * @param limits - `seconds`, `runs`, `seed`: options of libFuzzer; undefined: its default.
 * @param options - `input`: the path of one input to run instead; `folder`: where inputs and findings
 *   remain.
 * @returns `found`: paths of inputs that failed; `log`, the output; `runs`, `speed` (a second),
 *   `covered` and `inputs`, unless the target failed.
 */
export async function fuzz(name, limits, options = {}) {
  const { seconds, runs, seed } = limits;
  const { input, folder = folderOf(name) } = options;
  const corpus = join(folder, "corpus");
  unpackSeeds(name, corpus);
  const words = join(folder, "words.txt");
  const dictionary = dictionaryOf(targets[name].sources);
  writeFileSync(words, dictionary);
  const [program, args] = await programOf(name, input ?? corpus);
  const all = { max_total_time: seconds, runs: input === undefined ? runs : 1, seed };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  const own = given.map(([option, value]) => `-${option}=${value}`);
  const found = () => readdirSync(folder).filter((file) => /^(crash|timeout|oom|leak)-/.test(file));
  const before = found();
  const last = [...own, ...HOW, `-artifact_prefix=${folder}/`];
  if (dictionary !== "") last.push(`-dict=${words}`);
  const { ok, log } = await runLogged(program, [...args, ...last], join(folder, "log.txt"));
  const fresh = found().filter((file) => !before.includes(file));
  const { runs: done, ...others } = figures(log);
  // A process that ends before its last line has not run everything, whatever its status is.
  const whole = ok && (input !== undefined || Number.isFinite(done));
  return { ok: whole, log, found: fresh.map((file) => join(folder, file)), runs: done, ...others };
}

/** Runs a program with its output in a file, because Node makes pipes non-blocking: they lose lines. */
function runLogged(program, args, file) {
  const output = openSync(file, "w");
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", output, output] });
    child.on("error", reject);
    child.on("close", (code) => resolve({ ok: code === 0, log: readFileSync(file, "utf8") }));
  }).finally(() => closeSync(output));
}

function figures(log) {
  const number = (pattern) => Number([...log.matchAll(pattern)].at(-1)?.[1]);
  return {
    runs: number(/stat::number_of_executed_units:\s+(\d+)/g),
    speed: number(/stat::average_exec_per_sec:\s+(\d+)/g),
    covered: number(/\bcov: (\d+)/g),
    inputs: number(/\bcorp: (\d+)/g),
  };
}
