// SPDX-License-Identifier: MIT
import { read, type Steps } from "../calls/steps.js";

/** Returns the number of possible CPUs, which is the number of values in a per-CPU element. */
export function* possibleCpus(): Steps<number> {
  const list = yield* read("/sys/devices/system/cpu/possible");
  if (typeof list !== "number") return countList(new TextDecoder().decode(list));
  // Without sysfs, count the CPUs that are online; rarely are more possible.
  const stat = yield* read("/proc/stat");
  if (typeof stat === "number") return 1;
  return new TextDecoder().decode(stat).match(/^cpu\d+ /gm)?.length ?? 1;
}

/** Counts the numbers in a list such as `0-3,8`. */
export function countList(text: string): number {
  return text
    .trim()
    .split(",")
    .map((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return last - first + 1;
    })
    .reduce((sum, count) => sum + count, 0);
}
