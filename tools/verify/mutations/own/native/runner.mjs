// SPDX-License-Identifier: MIT
// The first process of its namespaces: runs the tests again for each program that is put in place.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createVitest } from "vitest/node";
import { root } from "../../../../lib/run.mjs";

const { BPF_TOKEN_MUTATION_FOLDER: folder, BPF_TOKEN_MUTATION_PROGRAM: program } = process.env;

/** The most CPU time of one process of the program, in ticks of 10 ms. */
const MOST_TICKS = 1000;
/** How often in succession nothing runs until the tests hang: the longest wait of a test takes 5 s. */
const MOST_IDLE = 24;
const PERIOD = 500;

const vitest = await createVitest("test", {
  ...{ root, config: "tools/verify/mutations/own/vitest.config.mjs", watch: false, bail: 1 },
  ...{
    fileParallelism: false,
    isolate: false,
    reporters: [{ onTestCaseResult: (test) => results.push(resultOf(test)) }],
  },
  setupFiles: ["tools/lib/property-seed.ts", "tools/verify/mutations/own/native/setup.mjs"],
  // Files keep the order of the request.
  sequence: { sequencer: Sequencer() },
});

function Sequencer() {
  return class {
    sort = (specs) => specs;
    shard = (specs) => specs;
  };
}

// Before that, vitest knows no file by its path.
const everything = await vitest.globTestSpecifications();

const mountsOf = () => readFileSync("/proc/self/mountinfo", "utf8").split("\n").length;

/** All other processes, with their CPU time. */
function processes() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
        const words = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const ticks = Number(words[11]) + Number(words[12]);
        return [{ pid: Number(pid), state: words[0], ticks, own: name === program.slice(0, 15) }];
      } catch {
        // It has ended.
        return [];
      }
    });
}

let [idle, spent] = [0, 0];
let isActive = false;
setInterval(() => {
  if (!isActive) return;
  const all = processes().filter(({ state }) => state !== "Z");
  const ticks = all.reduce((sum, one) => sum + one.ticks, 0);
  const isBusy = all.some(({ state }) => state === "R") || ticks !== spent;
  idle = isBusy ? 0 : idle + 1;
  spent = ticks;
  // The parent ends these namespaces.
  if (idle > MOST_IDLE || all.some(({ own, ticks: one }) => own && one > MOST_TICKS)) {
    isActive = false;
    process.send({ hangs: true });
  }
}, PERIOD);

/** Processes of the program that a test left behind would disturb the next ones. */
function endLeftovers() {
  for (const { pid } of processes().filter(({ own }) => own)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}

/** Those of the active run; the state of vitest also has older ones. */
let results = [];

function resultOf(test) {
  const { state, errors = [] } = test.result();
  return {
    ...{ name: `${test.module.moduleId} > ${test.fullName}`, file: test.module.moduleId, state },
    ...{ duration: test.diagnostic()?.duration ?? 0, errors: errors.map(({ message }) => message) },
  };
}

async function run({ files, trace, tests, all }) {
  writeFileSync(join(folder, "run.json"), JSON.stringify({ trace, tests }));
  const mounts = mountsOf();
  // The program that notes its blocks is slower.
  [idle, isActive, results] = [0, !trace, []];
  const found = files
    ? await Promise.all(files.map((file) => vitest.getModuleSpecifications(file)))
    : [everything];
  const specs = found.flat();
  // The first run shows all tests that fail without a mutant.
  for (const { config } of [vitest, ...vitest.projects]) config.bail = trace || all ? 0 : 1;
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specs, false);
  isActive = false;
  endLeftovers();
  const ran = new Set(specs.map(({ moduleId }) => moduleId));
  const failed = results.filter(({ state }) => state === "failed").map(({ name }) => name);
  const errors = [
    ...testModules.filter((one) => ran.has(one.moduleId)).flatMap((one) => one.errors()),
    ...unhandledErrors,
  ].map((one) => String(one?.message ?? one));
  const texts = [...errors, ...results.flatMap((one) => one.errors)].slice(0, 5);
  return {
    failed,
    broken: errors.length > 0,
    errors: texts,
    results,
    spoiled: mountsOf() !== mounts,
  };
}

process.on("message", (wish) => {
  run(wish).then(
    (answer) => process.send(answer),
    (error) => process.send({ errors: [String(error?.stack)], spoiled: true }),
  );
});
// With it, all processes of these namespaces end.
process.on("disconnect", () => process.exit());
process.send({ ready: true });
