#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { readOptions, wholeNumber } from "../../lib/options.mjs";

const HELP = `usage: npm run fixes -- [--count N] [--seed N]

Proves that the fixes of bpf-token doctor work. Draws random combinations of user namespace, delegate
masks, capabilities, map type and program type. For each, makes the calls on the running kernel and
compares the answer with doctor, then applies what doctor names, until both have no error. Needs root on
Linux 6.9 or newer. Nothing is attached or pinned.

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
try {
  for (let i = 0; i < options.count; i++) {
    const combination = randomCombination(random);
    const problem = judge(kernel, combination, kernel.release);
    if (problem === "") continue;
    wrong++;
    console.log(`${i}: ${textOf(combination)}: ${problem}`);
  }
} finally {
  kernel.close();
}
console.log(`${options.count} combinations on Linux ${kernel.release}: ${wrong} exceptions`);
process.exitCode = wrong === 0 ? 0 : 1;
