// SPDX-License-Identifier: MIT
// The CPU time of each test file, for the list at the end of a run: how busy the machine is changes it little.
import { existsSync, readFileSync } from "node:fs";
import { afterAll } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** CPU time of the file and of the processes that it started and waited for, in ms. */
    cpu?: number;
  }
}

/** Counts the ticks of this process and of its ended children: proc_pid_stat(5), fields 14 to 17. */
function ticks(): number {
  if (!existsSync("/proc/self/stat")) return 0;
  const [, fields = ""] = readFileSync("/proc/self/stat", "utf8").split(") ");
  const times = fields.split(" ").slice(11, 15);
  return times.reduce((sum, one) => sum + Number(one), 0);
}

/** A tick is 10 ms on every architecture of Linux that Node runs on. */
const TICK = 10;
const start = ticks();

// biome-ignore lint/correctness/noEmptyPattern: Vitest reads which fixtures a hook takes
afterAll(({}, file) => {
  file.meta.cpu = (ticks() - start) * TICK;
});
