// SPDX-License-Identifier: MIT
// A loop that has nothing to do with us. How long it takes says how fast this machine is right now,
// so that what is measured beside it can be told as a multiple of it.
import { row } from "./stats.mjs";

export const CALIBRATION = "calibration: a step of a loop";
const STEPS = 1_000_000;

function loop(memory) {
  let x = 1;
  for (let i = 0; i < STEPS; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    memory[x & 4095] += x;
  }
  return x;
}

/** Nanoseconds of a step, some times over. */
export function calibrationRows(samples) {
  const memory = new Uint32Array(4096);
  for (let i = 0; i < 5; i++) loop(memory);
  const times = Array.from({ length: samples }, () => {
    const start = performance.now();
    loop(memory);
    return ((performance.now() - start) * 1e6) / STEPS;
  });
  return [row(CALIBRATION, "ns", times)];
}
