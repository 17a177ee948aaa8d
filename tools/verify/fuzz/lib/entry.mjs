// SPDX-License-Identifier: MIT
// Jazzer.js calls fuzz() of this file. FUZZ_TARGET names the target.
import { inTime } from "./oracles.mjs";
import { targets } from "./targets.mjs";

const name = process.env.FUZZ_TARGET;
const run = (await import(`./${targets[name].file}`))[name];

export const fuzz = (data) => inTime(() => run(data));
