// SPDX-License-Identifier: MIT
// A loop that uses no code of bpf-token. Its duration shows how fast the machine is at the moment,
// so bounds are multiples of it.
import { row } from "./stats.mjs";

export const CALIBRATION = "calibration: one step of a loop";
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

/** Nanoseconds per step, one figure per sample. */
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
