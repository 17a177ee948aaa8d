#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { readOptions, wholeNumber } from "../../lib/options.mjs";

const HELP = `usage: npm run tool fixes -- [--count N] [--seed N]

Proves that the fixes of bpf-token doctor work. Draws random combinations of user namespace,
delegate masks, capabilities, map type, program type and seccomp filter. For each, makes the calls
on the running kernel and compares the answer with doctor. Then applies what doctor names, until
both have no error. If one of the named causes stays, the calls must fail. Needs root on Linux 6.9
or newer. Nothing is attached or pinned.

Options:
  --count N  number of combinations (default: 200)
  --seed N   start of the random numbers (default: 1)

Exit codes: 0 no exception; 1 exceptions (each is printed), or the build failed; 2 usage; 3 no kernel
to compare with (the reason is printed).`;

const options = readOptions(
  HELP,
  {
    options: { count: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
  },
  ({ values }) => ({
    count: wholeNumber("count", values.count),
    seed: wholeNumber("seed", values.seed),
  }),
);
if (!buildQuietly()) process.exit(1);

const { openNativeKernel, probeNative } = await import("@bpf-token/kernel-native");
const { judge, randomCombination, randomFrom, textOf } = await import("./lib/trial.mjs");
const support = probeNative();
if (!support.ok) {
  console.error(`not compared: ${support.why}`);
  process.exit(3);
}
const kernel = openNativeKernel();
const random = randomFrom(options.seed);
let wrong = 0;
const seen = {};
const count = (what) => {
  seen[what] = (seen[what] ?? 0) + 1;
};
try {
  for (let i = 0; i < options.count; i++) {
    const combination = randomCombination(random);
    const { problem, causes } = judge(kernel, combination, kernel.release);
    count(`namespace ${combination.namespace}`);
    count(`seccomp ${combination.filter?.errno ?? "none"}`);
    if (problem === "" && causes.length === 0) count("no cause, the calls succeed");
    for (const id of new Set(causes)) count(`cause ${id}`);
    if (problem === "") continue;
    wrong++;
    console.log(`${i}: ${textOf(combination)}: ${problem}`);
  }
} finally {
  kernel.close();
}
for (const [what, number] of Object.entries(seen).sort()) console.log(`${number}\t${what}`);
console.log(`${options.count} combinations on Linux ${kernel.release}: ${wrong} exceptions`);
process.exitCode = wrong === 0 ? 0 : 1;
